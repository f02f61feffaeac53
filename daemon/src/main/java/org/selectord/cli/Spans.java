package org.selectord.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as people read and write them. */
final class Spans {
    private static final Pattern WRITTEN = Pattern.compile("([0-9]{1,9})(s|m|h|d|y)");

    private Spans() {}

    static String relative(Instant now, Instant at) {
        Duration distance = Duration.between(now, at);
        if (distance.abs().toSeconds() < 1) {
            return "now";
        }
        return distance.isNegative() ? length(distance.negated()) + " ago" : "in " + length(distance);
    }

    /** In the largest unit of which there are at least two. */
    static String length(Duration length) {
        if (length.toDays() >= 2) {
            return length.toDays() + " d";
        } else if (length.toHours() >= 2) {
            return length.toHours() + " h";
        } else if (length.toMinutes() >= 2) {
            return length.toMinutes() + " min";
        }
        return length.toSeconds() + " s";
    }

    /** {@code 90s}, {@code 5m}, {@code 2h}, {@code 1d}, {@code 1y} of 365 days. Throws {@link IllegalArgumentException} with a sentence for people. */
    static Duration parse(String written) {
        Matcher matcher = WRITTEN.matcher(written);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"" + written + "\" is no length of time; write a number and its unit, as in 90s, 5m, 2h or 1d");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> Duration.ofDays(365 * amount);
        };
    }
}
