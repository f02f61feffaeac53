package org.selectord.registry;

import java.time.Instant;
import org.selectord.rotation.RotationRunner;

/**
 * Instants in columns that are compared: nanoseconds since 1970, exact as the planner said them, so that a step is due at its instant and neither
 * before nor after. What a long cannot hold (after 2262) is never.
 */
final class Nanos {
    static final long NEVER = Long.MAX_VALUE;

    private static final Instant LAST = Instant.parse("2262-01-01T00:00:00Z");

    private Nanos() {}

    static long of(Instant at) {
        if (!at.isBefore(LAST)) {
            return NEVER;
        }
        return at.isBefore(Instant.EPOCH) ? 0 : at.getEpochSecond() * 1_000_000_000L + at.getNano();
    }

    static Instant instant(long nanos) {
        return nanos == NEVER ? RotationRunner.NEVER : Instant.ofEpochSecond(0, nanos);
    }
}
