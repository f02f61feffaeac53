package org.selectord.dnsupdate;

import java.util.List;

/**
 * One TXT record: its character-strings, each 0 to 255 octets (RFC 1035 section 3.3.14), one char an octet (ISO 8859-1). Two records
 * that split the same text differently are different records in an update, and the same text to a reader.
 */
public record TxtRecord(List<String> strings) {
    public TxtRecord {
        strings = List.copyOf(strings);
        if (strings.isEmpty()) {
            throw new IllegalArgumentException("a TXT record has at least one string");
        }
        for (String string : strings) {
            if (string.length() > 255 || !isOctets(string)) {
                throw new IllegalArgumentException(
                        "a string of a TXT record has at most 255 octets: \"" + string + "\"");
            }
        }
    }

    private static boolean isOctets(String string) {
        for (int i = 0; i < string.length(); i++) {
            if (string.charAt(i) > 255) {
                return false;
            }
        }
        return true;
    }

    /** Whether both are the same text to a reader. */
    public boolean saysTheSameAs(TxtRecord other) {
        return strings.equals(other.strings) || joined().equals(other.joined());
    }

    /** The strings joined with nothing between them, as RFC 6376 section 3.6.2.2 reads them. */
    public String joined() {
        return String.join("", strings);
    }
}
