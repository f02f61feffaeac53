package org.selectord.key;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The domain a signature vouches for: SDID, the {@code d=} of RFC 6376 section 3.5. Lower case, A-labels, no trailing dot.
 */
public record SigningDomain(String name) implements Comparable<SigningDomain> {
    // RFC 1035 2.3.1 letters, digits, hyphen, 63 octets a label; an underscore is legal in DNS but in no mail domain
    // (RFC 5321 4.1.2)
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public SigningDomain {
        String problem = problemWith(name);
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** As people write it: upper case is folded and one trailing dot is dropped. Throws {@link IllegalArgumentException} with a sentence for people. */
    public static SigningDomain of(String written) {
        String folded = written.strip().toLowerCase(Locale.ROOT);
        return new SigningDomain(folded.endsWith(".") ? folded.substring(0, folded.length() - 1) : folded);
    }

    private static String problemWith(String name) {
        if (name.length() > 253 - "._domainkey".length()) {
            return "\"" + name
                    + "\" is too long for a signing domain: DNS names have at most 253 characters, and its selectors live below it";
        }
        String[] labels = name.split("\\.", -1);
        if (labels.length < 2) {
            return "\"" + name + "\" is no signing domain: it needs at least two labels, as in example.org";
        }
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                return "\"" + name + "\" is no signing domain: the label \"" + label
                        + "\" is not made of letters, digits and inner hyphens (write an internationalised name in its xn-- form)";
            }
        }
        return "";
    }

    @Override
    public int compareTo(SigningDomain other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
