package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Every due time, each a named method with its formula above it; the F numbers are those of the lifecycle notes that the manual explains. Empty
 * means: cannot be said yet, for something it needs has not been seen. Pure.
 */
final class DueTimes {
    private DueTimes() {}

    /** F1: N, how long a cache may remember that a selector is not there. */
    static Duration negativeTtl(ZoneMarks zone) {
        return zone.negativeTtl().period();
    }

    /** F4: the wait between "everywhere" and "no cache says otherwise" = N + margin. N counts for unguessable selectors too (RFC 8020). */
    static Duration publishWait(ZoneMarks zone, RotationPolicy policy) {
        Duration negativeTtl = negativeTtl(zone);
        return negativeTtl.plus(policy.publishMargin().of(negativeTtl));
    }

    /** F5: READY = everywhereAt + N + margin, and then one more look. */
    static Optional<Instant> readyDueAt(ManagedKey key, ManagedDomain domain, RotationPolicy policy) {
        return domain.zone()
                .flatMap(zone ->
                        key.propagated().everywhereAt().map(everywhere -> everywhere.plus(publishWait(zone, policy))));
    }

    /** The end of the signing period of the ACTIVE key = activeAt + signing period. */
    static Instant signingPeriodEndsAt(ManagedKey active, RotationPolicy policy) {
        return active.reachedAt(KeyState.ACTIVE).orElseThrow().plus(policy.signingPeriod());
    }

    /** When the successor is to be generated: with a standby at once, else the end of the signing period - prepublish period. */
    static Instant generateDueAt(ManagedKey active, RotationPolicy policy) {
        return policy.standby()
                ? active.reachedAt(KeyState.ACTIVE).orElseThrow()
                : signingPeriodEndsAt(active, policy).minus(policy.prepublishPeriod());
    }

    /**
     * F6: flip at the end of the signing period, or at once where nothing signs, in the next open window; {@code rotate now} at once, whatever the
     * window.
     */
    static Instant activateDueAt(ManagedKey ready, ManagedDomain domain, RotationPolicy policy, Instant now) {
        Instant readyAt = ready.reachedAt(KeyState.READY).orElseThrow();
        if (domain.openOrder(Order.Kind.ROTATE_NOW).isPresent()) {
            return readyAt;
        }
        Instant due = domain.active(ready.type())
                .map(active -> signingPeriodEndsAt(active, policy))
                .filter(end -> end.isAfter(readyAt))
                .orElse(readyAt);
        return policy.window().nextOpenAt(due.isAfter(now) ? due : now);
    }

    /** F8: how long a record stays after the last possible signature = grace + margin. */
    static Duration retention(RotationPolicy policy) {
        return policy.gracePeriod().plus(policy.graceMargin());
    }

    /**
     * F9: L + grace + margin, and not while an unanswered copy of its publication may still land. Once it is meant to be gone, only copies of the
     * withdrawal itself are out, and that may be repeated.
     */
    static Optional<Instant> withdrawDueAt(ManagedKey key, RotationPolicy policy) {
        return key.lastSignatureAt()
                .map(last -> last.plus(retention(policy)))
                .map(due -> key.mayLandUntil()
                        .filter(until -> key.standing().isPresent() && due.isBefore(until))
                        .orElse(due));
    }

    /** The private half goes at RETIRED + rollback period, not before L; for a key that never signed at REMOVED. */
    static Optional<Instant> destroyDueAt(ManagedKey key, RotationPolicy policy) {
        return switch (key.state()) {
            case GENERATED, PUBLISHED, READY, ACTIVE -> Optional.empty();
            case RETIRED ->
                key.lastSignatureAt().map(last -> later(last, key.since().plus(policy.rollbackPeriod())));
            case REVOKED, REMOVED -> key.lastSignatureAt().map(last -> later(last, key.since()));
        };
    }

    /** Until when an unanswered update may still be applied = its signing time + fudge + margin; the end of the look stands for the signing time. */
    static Instant mayLandUntil(Instant lookEndedAt, DomainSettings settings) {
        return lookEndedAt.plus(settings.dns().fudge()).plus(settings.dns().lateMargin());
    }

    static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
