package org.selectord.dnsupdate;

import java.util.Locale;

/** A domain name, absolute and in lower case, with its trailing dot: {@code s1._domainkey.example.org.} The root is {@code "."}. */
public record OwnerName(String name) implements Comparable<OwnerName> {
    public OwnerName {
        if (!name.endsWith(".")
                || !name.equals(name.toLowerCase(Locale.ROOT))
                || name.contains("..")
                || name.length() > 254) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is no absolute, lower-case domain name with a trailing dot");
        }
    }

    /** Upper case is folded and the trailing dot added where it is missing. */
    public static OwnerName of(String written) {
        String folded = written.toLowerCase(Locale.ROOT);
        return new OwnerName(folded.endsWith(".") ? folded : folded + ".");
    }

    /** Whether this name is {@code apex} or lies below it, cut at labels: {@code ab.org.} does not lie in {@code b.org.} */
    public boolean isIn(OwnerName apex) {
        return apex.name.equals(".") || name.equals(apex.name) || name.endsWith("." + apex.name);
    }

    @Override
    public int compareTo(OwnerName other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
