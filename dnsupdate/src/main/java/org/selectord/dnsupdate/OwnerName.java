package org.selectord.dnsupdate;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** A domain name, absolute and in lower case, with its trailing dot: {@code s1._domainkey.example.org.} The root is {@code "."}. */
public record OwnerName(String name) implements Comparable<OwnerName> {
    // RFC 1035 2.3.4: a label has at most 63 octets. What a zone file would read otherwise (blanks, quotes, escapes) is
    // no part of our names.
    private static final Pattern LABELS = Pattern.compile("\\.|([!#-'*-:<-?\\[\\]-~&&[^.]]{1,63}\\.)+");

    public OwnerName {
        if (name.length() > 254
                || !name.equals(name.toLowerCase(Locale.ROOT))
                || !LABELS.matcher(name).matches()) {
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

    /** The name one label up; nothing above the root. */
    public Optional<OwnerName> parent() {
        if (name.equals(".")) {
            return Optional.empty();
        }
        String rest = name.substring(name.indexOf('.') + 1);
        return Optional.of(new OwnerName(rest.isEmpty() ? "." : rest));
    }

    /** The name one label down. */
    public OwnerName child(String label) {
        return new OwnerName(label + "." + (name.equals(".") ? "" : name));
    }

    /** As people write it where a name cannot be a relative one. */
    public String withoutDot() {
        return name.equals(".") ? name : name.substring(0, name.length() - 1);
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
