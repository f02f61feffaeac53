package org.selectord.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as people write them: a whole number and its unit, {@code 90d}, {@code 1h}, {@code 10s}, {@code 250ms}. */
public final class Durations {
    private static final Pattern WRITTEN = Pattern.compile("([0-9]{1,15})(ms|s|m|h|d)");
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** From the largest to the smallest. */
    private enum Unit {
        D(Duration.ofDays(1)),
        H(Duration.ofHours(1)),
        M(Duration.ofMinutes(1)),
        S(Duration.ofSeconds(1)),
        MS(Duration.ofMillis(1));

        private final long millis;

        Unit(Duration one) {
            this.millis = one.toMillis();
        }

        String word() {
            return this == MS ? "ms" : name().substring(0, 1).toLowerCase(Locale.ROOT);
        }

        static Unit named(String word) {
            Optional<Unit> unit =
                    Arrays.stream(values()).filter(u -> u.word().equals(word)).findFirst();
            return unit.orElseThrow();
        }
    }

    private Durations() {}

    static Duration of(String written) {
        Matcher matcher = WRITTEN.matcher(written);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    written.matches("[0-9]+")
                            ? "\"" + written + "\" has no unit: one of d, h, m, s, ms, as in " + written + "s"
                            : "\"" + written
                                    + "\" is no length of time: a whole number and one of d, h, m, s, ms, as in 90d");
        }
        long number = Long.parseLong(matcher.group(1));
        long millis = Unit.named(matcher.group(2)).millis;
        if (number > LONGEST.toMillis() / millis) {
            throw new IllegalArgumentException("\"" + written + "\" is longer than a hundred years");
        }
        return Duration.ofMillis(number * millis);
    }

    static Shape<Duration> atLeast(Duration least) {
        return Shape.text(written -> notShorter(of(written), least));
    }

    /** Whole seconds, as DNS counts. */
    static Shape<Duration> wholeSeconds(Duration least, Duration most) {
        return Shape.text(written -> {
            Duration duration = notShorter(of(written), least);
            if (duration.compareTo(most) > 0) {
                throw new IllegalArgumentException(print(duration) + " is more than " + print(most));
            }
            if (duration.toMillisPart() != 0) {
                throw new IllegalArgumentException(print(duration) + " is no whole number of seconds");
            }
            return duration;
        });
    }

    private static Duration notShorter(Duration duration, Duration least) {
        if (duration.compareTo(least) < 0) {
            throw new IllegalArgumentException(print(duration) + " is less than " + print(least));
        }
        return duration;
    }

    /** As a configuration would write it, in the largest unit that leaves a whole number. */
    public static String print(Duration duration) {
        long millis = duration.toMillis();
        return Arrays.stream(Unit.values())
                .filter(unit -> millis != 0 && millis % unit.millis == 0)
                .findFirst()
                .map(unit -> millis / unit.millis + unit.word())
                .orElse("0s");
    }

    /** Without what nobody cares for in so long a time: {@code 22d} for 22 days and 7 minutes. */
    public static String round(Duration duration) {
        if (duration.toDays() > 1) {
            return print(duration.truncatedTo(ChronoUnit.DAYS));
        }
        return print(duration.truncatedTo(duration.toHours() > 1 ? ChronoUnit.HOURS : ChronoUnit.SECONDS));
    }
}
