package org.selectord.registry;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The hashes that chain the history: SHA-256 in lower-case hex over a list of fields. A field is the number of octets of its UTF-8 form, as 4 octets,
 * the highest first, and then these octets; one that is null is FF FF FF FF and nothing more; numbers are written in decimal. So no two lists have the
 * same encoding. The lists: {@link #of} and {@link #ofHeads}; why, and what it shows and what it cannot:
 * {@code deploy/docs/decisions/003-history-hash-chain.md}.
 */
final class HistoryHash {
    /** Stands before the first row of every domain, in place of a hash. */
    static final String BEGINNING = "selectord history 1";

    private HistoryHash() {}

    /** The hash of the row before it (the first: {@link #BEGINNING}), then every column of the row in this order. */
    static String of(String before, HistoryRow row) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream(512);
        List.of(before, Long.toString(row.id()), row.domain(), Long.toString(row.number()), row.at(), row.event())
                .forEach(field -> append(encoded, Optional.of(field)));
        append(encoded, row.key());
        List.of(row.selector(), row.what(), row.askedBy(), row.evidence())
                .forEach(field -> append(encoded, Optional.of(field)));
        return sha256(encoded);
    }

    /** Domain, number of rows and hash of the last one, of each head in this order. */
    static String ofHeads(Collection<HistoryHead> byDomain) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream(512);
        for (HistoryHead head : byDomain) {
            List.of(head.domain(), Long.toString(head.rows()), head.hash())
                    .forEach(field -> append(encoded, Optional.of(field)));
        }
        return sha256(encoded);
    }

    private static void append(ByteArrayOutputStream encoded, Optional<String> field) {
        byte[] octets = field.orElse("").getBytes(StandardCharsets.UTF_8);
        int length = field.isPresent() ? octets.length : -1;
        encoded.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
        encoded.writeBytes(octets);
    }

    private static String sha256(ByteArrayOutputStream encoded) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
