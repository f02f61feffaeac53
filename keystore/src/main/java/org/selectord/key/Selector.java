package org.selectord.key;

import java.util.regex.Pattern;

/**
 * What tells keys of one signing domain apart: the {@code s=} of RFC 6376 section 3.1, one or more DNS labels, lower case.
 */
public record Selector(String name) implements Comparable<Selector> {
    private static final Pattern LABELS =
            Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

    public Selector {
        if (name.length() > 120 || !LABELS.matcher(name).matches()) {
            throw new IllegalArgumentException("\"" + name
                    + "\" is no selector: labels of lower-case letters, digits and inner hyphens (RFC 6376 3.1)");
        }
    }

    /** The owner name of this selector's key record, absolute: {@code s1._domainkey.example.org.} (RFC 6376 section 3.6.2.1). */
    public String ownerName(SigningDomain domain) {
        return name + "._domainkey." + domain.name() + ".";
    }

    @Override
    public int compareTo(Selector other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
