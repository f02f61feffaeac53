package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.MessageSizeExceededException;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Our values as dnsjava's and as octets, and back. */
final class Wire {
    /** What the two length octets of TCP can say. */
    static final int MAX_LENGTH = 65_535;

    private Wire() {}

    /**
     * Never truncates: dnsjava's one-argument {@code toWire(65535)} would cut an update short, set TC, and a server would take the first half
     * of it and answer NOERROR.
     */
    static byte[] encode(Message message) throws TooLongException {
        try {
            return message.toWire(MAX_LENGTH, false);
        } catch (MessageSizeExceededException e) {
            throw new TooLongException("the message does not fit into " + MAX_LENGTH + " octets", e);
        }
    }

    /** Whatever the octets are, it is either a message or an IOException. */
    static Message decode(byte[] octets) throws IOException {
        Message message;
        try {
            message = new Message(octets);
        } catch (RuntimeException e) {
            throw new IOException("no DNS message: " + Texts.of(e), e);
        }
        // what comes after the last record is covered by no signature
        if (message.numBytes() != octets.length) {
            throw new IOException("no DNS message: it ends at octet " + message.numBytes() + " of " + octets.length);
        }
        return message;
    }

    static Name name(OwnerName owner) {
        try {
            return Name.fromString(owner.name());
        } catch (TextParseException e) {
            throw new IllegalArgumentException(owner + " is no domain name: " + e.getMessage(), e);
        }
    }

    /** How many octets a name takes without compression: it has no escapes, and a length octet before each label instead of a dot behind it. */
    static int length(OwnerName owner) {
        return owner.name().equals(".") ? 1 : owner.name().length() + 1;
    }

    /** As our own kind of name, if it can be one of ours. */
    static Optional<OwnerName> ownerName(Name name) {
        try {
            return Optional.of(OwnerName.of(name.toString()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** From octets, never from text: dnsjava's text parser takes {@code ;} for a comment and a backslash for an escape. */
    static Record txt(Name owner, int dclass, long ttlSeconds, TxtRecord record) {
        return Record.newRecord(owner, Type.TXT, dclass, ttlSeconds, rdata(record));
    }

    static byte[] rdata(TxtRecord record) {
        // RFC 1035 3.3.14: one length octet, then the string
        byte[] octets = new byte[rdataLength(record)];
        int at = 0;
        for (String string : record.strings()) {
            octets[at++] = (byte) string.length();
            System.arraycopy(string.getBytes(StandardCharsets.ISO_8859_1), 0, octets, at, string.length());
            at += string.length();
        }
        return octets;
    }

    static int rdataLength(TxtRecord record) {
        int length = 0;
        for (String string : record.strings()) {
            length += 1 + string.length();
        }
        return length;
    }

    /** The TXT RRset of {@code owner} in one section of a reply. */
    static Optional<TxtRRset> txtRRset(OwnerName owner, Message reply, int section) {
        Name wanted = name(owner);
        List<TxtRecord> records = new ArrayList<>();
        long ttlSeconds = 0;
        for (Record record : reply.getSection(section)) {
            if (record instanceof TXTRecord txt
                    && record.getDClass() == DClass.IN
                    && txt.getName().equals(wanted)) {
                records.add(record(txt));
                ttlSeconds = Math.max(ttlSeconds, txt.getTTL());
            }
        }
        // RFC 2181 8: a TTL with the highest bit set is to be taken as 0
        long served = ttlSeconds > 0x7fffffffL ? 0 : ttlSeconds;
        return records.isEmpty() ? Optional.empty() : Optional.of(new TxtRRset(owner, served, records));
    }

    private static TxtRecord record(TXTRecord txt) {
        List<String> strings = txt.getStringsAsByteArrays().stream()
                .map(string -> new String(string, StandardCharsets.ISO_8859_1))
                .toList();
        // RFC 1035 3.3.14 wants at least one, but a server can serve none all the same
        return new TxtRecord(strings.isEmpty() ? List.of("") : strings);
    }

    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;

        TooLongException(String message) {
            super(message);
        }

        TooLongException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
