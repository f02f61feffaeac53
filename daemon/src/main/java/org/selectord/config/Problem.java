package org.selectord.config;

import java.util.Comparator;
import java.util.Locale;

/** Something wrong or doubtful in a configuration file, for people; never quotes a secret. */
public record Problem(Severity severity, Place place, String text) implements Comparable<Problem> {
    public enum Severity {
        /** Nothing starts, and a reload changes nothing. */
        ERROR,
        /** It can be done, but somebody should know. */
        WARNING;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Comparator<Problem> ORDER = Comparator.comparing(Problem::place)
            .thenComparing(Problem::severity)
            .thenComparing(Problem::text);

    @Override
    public int compareTo(Problem other) {
        return ORDER.compare(this, other);
    }

    /** As compilers print it, so that editors find the place. */
    @Override
    public String toString() {
        return place + ": " + severity.word() + ": " + text;
    }
}
