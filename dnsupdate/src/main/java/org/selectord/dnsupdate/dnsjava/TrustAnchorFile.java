package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TrustAnchor;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** DS and DNSKEY records in zone-file form, as {@code dnssec-dsfromkey} prints them and unbound's {@code trust-anchor-file} takes them. */
public final class TrustAnchorFile {
    private static final long ANY_TTL = 3600;
    private static final Set<Integer> DIGESTS = Set.of(1, 2, 4); // SHA-1, SHA-256 and SHA-384 (RFC 8624 section 3.3)

    private TrustAnchorFile() {}

    /** Reads a file with at least one of them, and nothing else. */
    public static List<TrustAnchor> read(Path file) throws IOException {
        List<TrustAnchor> anchors = new ArrayList<>();
        try (InputStream text = Files.newInputStream(file);
                Master records = new Master(text, Name.root, ANY_TTL)) {
            records.disableIncludes(true);
            records.expandGenerate(false);
            for (Record record = records.nextRecord(); record != null; record = records.nextRecord()) {
                anchors.add(anchor(record));
            }
        } catch (TextParseException e) {
            throw new IOException(
                    "it is no list of DS and DNSKEY records"); // what it is instead may be a secret, which the cause
            // quotes
        }
        if (anchors.isEmpty()) {
            throw new IOException("it holds no DS and no DNSKEY record");
        }
        return anchors;
    }

    private static TrustAnchor anchor(Record record) throws IOException {
        if (!(record instanceof DSRecord || record instanceof DNSKEYRecord)) {
            throw new IOException("it holds other records than DS and DNSKEY: " + record.getName() + " "
                    + Type.string(record.getType()));
        }
        if (record instanceof DSRecord ds && !DIGESTS.contains(ds.getDigestID())) {
            throw new IOException("the DS of " + record.getName() + " has a digest of a type that is not known here: "
                    + ds.getDigestID());
        }
        OwnerName zone = Wire.ownerName(record.getName())
                .orElseThrow(() -> new IOException(record.getName() + " can be no zone of ours"));
        return new TrustAnchor(zone, record.toString());
    }
}
