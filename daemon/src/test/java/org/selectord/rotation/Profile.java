package org.selectord.rotation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Where the time of a simulated world goes: one part at a time counts, the innermost. */
final class Profile {
    enum Part {
        PLANNING,
        FOLD,
        REGISTRY,
        DNS,
        SIGNERS,
        MAIL,
        INVARIANTS,
        /** Events, sweeps, clocks, people. */
        REST
    }

    private final Map<Part, Long> nanos = none();
    private Part part = Part.REST;
    private long since = System.nanoTime();

    /** From here on time counts for {@code next}; answers what it counted for before. */
    Part enter(Part next) {
        long now = System.nanoTime();
        nanos.merge(part, now - since, Long::sum);
        since = now;
        Part before = part;
        part = next;
        return before;
    }

    <T> T in(Part inner, Supplier<T> what) {
        Part before = enter(inner);
        try {
            return what.get();
        } finally {
            enter(before);
        }
    }

    void run(Part inner, Runnable what) {
        Part before = enter(inner);
        try {
            what.run();
        } finally {
            enter(before);
        }
    }

    void addTo(Map<Part, Long> all) {
        enter(part);
        nanos.forEach((each, spent) -> all.merge(each, spent, Long::sum));
    }

    static String shares(Map<Part, Long> all) {
        long sum = Math.max(1, all.values().stream().mapToLong(Long::longValue).sum());
        return Arrays.stream(Part.values())
                .sorted(Comparator.comparing((Part each) -> all.getOrDefault(each, 0L))
                        .reversed())
                .map(each -> each.name().toLowerCase(Locale.ROOT) + " " + 100 * all.getOrDefault(each, 0L) / sum + " %")
                .collect(Collectors.joining(", "));
    }

    static Map<Part, Long> none() {
        return new EnumMap<>(Part.class);
    }
}
