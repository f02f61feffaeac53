package org.selectord.rotation;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * How all domains stand, counted at one moment. Each domain is in one of the first four: the worst that is true of it.
 *
 * @param unlisted the configuration does not name it, and it has keys: it goes on signing and is not rotated
 * @param halted a chain of it is halted
 * @param waiting none is halted, and no key of it is ACTIVE
 * @param signing the rest
 * @param haltedBy halted domains by the reasons of their chains' halts
 * @param oldestActiveAt when the ACTIVE key that has signed longest became ACTIVE
 * @param nextDueAt the earliest due time of a next step
 * @param overdue domains whose next step was due before the time that was asked for
 * @param breakerOpen flips and withdrawals stand still until {@code breaker reset}
 */
public record FleetCounts(
        long unlisted,
        long signing,
        long waiting,
        long halted,
        Map<HaltReason, Long> haltedBy,
        Optional<Instant> oldestActiveAt,
        Optional<Instant> nextDueAt,
        long overdue,
        boolean breakerOpen) {
    public FleetCounts {
        haltedBy = Map.copyOf(haltedBy);
    }
}
