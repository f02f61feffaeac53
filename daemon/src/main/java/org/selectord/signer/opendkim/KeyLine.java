package org.selectord.signer.opendkim;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** One line of ours in KeyTable: a name, then signing domain, selector and key file. */
record KeyLine(SigningDomain domain, Selector selector, Path file) {
    private static final Pattern OURS = Pattern.compile(
            "(?<name>selectord\\.\\S+)\\s+(?<domain>[^:\\s]+):(?<selector>[^:\\s]+):(?<file>/[^:\\s]+)\\s*");

    /** Domain and selector are in the name, so that a name means the same key for ever, whichever of the two tables is read first. */
    static String name(SigningDomain domain, Selector selector) {
        return "selectord." + selector + "._domainkey." + domain;
    }

    String name() {
        return name(domain, selector);
    }

    String text() {
        return name() + " " + domain + ":" + selector + ":" + file;
    }

    /** Empty: not a line that we would write. */
    static Optional<KeyLine> parse(String line) {
        Matcher matcher = OURS.matcher(line);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            KeyLine parsed = new KeyLine(
                    new SigningDomain(matcher.group("domain")),
                    new Selector(matcher.group("selector")),
                    Path.of(matcher.group("file")));
            return Optional.of(parsed).filter(key -> key.name().equals(matcher.group("name")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
