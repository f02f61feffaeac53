package org.selectord.signer.opendkim;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.key.SigningDomain;

/** One line of ours in SigningTable: whoever writes from that domain, and the name in KeyTable. */
record SigningLine(SigningDomain domain, String keyName) {
    private static final Pattern OURS = Pattern.compile("\\*@(?<domain>\\S+)\\s+(?<name>selectord\\.\\S+)\\s*");

    static SigningLine of(KeyLine key) {
        return new SigningLine(key.domain(), key.name());
    }

    String text() {
        return "*@" + domain + " " + keyName;
    }

    /** Empty: not a line that we would write. */
    static Optional<SigningLine> parse(String line) {
        Matcher matcher = OURS.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SigningLine(new SigningDomain(matcher.group("domain")), matcher.group("name")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
