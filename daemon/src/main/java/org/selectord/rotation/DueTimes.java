package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Every due time, each a named method with its formula above it; the F numbers are those of {@code deploy/docs/manual/times.md}. Empty
 * means: cannot be said yet, for something it needs has not been seen. Pure.
 */
final class DueTimes {
    private static final int PROPAGATION_MINUTES = 15;

    private DueTimes() {}

    /** F1: N, how long a cache may remember that a selector is not there; where an alias leads to the record, the longer of both zones. */
    static Duration negativeTtl(ManagedDomain domain) {
        Duration longest = Duration.ZERO;
        for (ZoneMarks zone : domain.zones()) {
            Duration period = zone.negativeTtl().period();
            longest = period.compareTo(longest) > 0 ? period : longest;
        }
        return longest;
    }

    /** F4: the wait between "everywhere" and "no cache says otherwise" = N + margin. N counts for unguessable selectors too (RFC 8020). */
    static Duration publishWait(ManagedDomain domain, RotationPolicy policy) {
        Duration negativeTtl = negativeTtl(domain);
        return negativeTtl.plus(policy.publishMargin().of(negativeTtl));
    }

    /** F5: READY = everywhereAt + N + margin, not before the parent zone's denials are forgotten, and then one more look. */
    static Optional<Instant> readyDueAt(Propagated propagated, ManagedDomain domain, RotationPolicy policy) {
        return propagated
                .everywhereAt()
                .filter(everywhere -> domain.zone().isPresent())
                .map(everywhere -> {
                    Instant due = everywhere.plus(publishWait(domain, policy));
                    for (ZoneMarks zone : domain.zones()) {
                        due = later(
                                due,
                                zone.cut()
                                        .map(cut -> parentForgottenAt(cut, policy))
                                        .orElse(due));
                    }
                    return due;
                });
    }

    /**
     * F10: when a selector of a ring may have its next key = its last one is gone from every server + T + N: no cache may know it then, nor that it was not
     * there. Other selectors have no next key, so that nothing waits for it.
     */
    static Instant selectorFreeAt(ManagedKey removed, ManagedDomain domain) {
        Duration ttl = Stream.of(
                        removed.propagated().ttl(), domain.alias(removed).ttl())
                .flatMap(Optional::stream)
                .map(HighWater::period)
                .reduce(
                        Duration.ofSeconds(removed.record().ttlSeconds()),
                        (one, other) -> one.compareTo(other) > 0 ? one : other);
        return removed.since().plus(ttl).plus(negativeTtl(domain));
    }

    /** F1, with {@code authoritative: zone}: first seen + the parent's N + margin, for until the zone cut the parent may have denied the name. */
    static Instant parentForgottenAt(ZoneCut cut, RotationPolicy policy) {
        Duration negativeTtl = cut.parentNegativeTtl();
        return cut.firstSeenAt().plus(negativeTtl).plus(policy.publishMargin().of(negativeTtl));
    }

    /**
     * F14: PUBLISHED + {@value #PROPAGATION_MINUTES} min, which is more than NOTIFY, a backlog of it and a transfer take: a server that still lacks the record
     * is said to be late. It is a reason to look, never one to go on.
     */
    static Instant lateAt(ManagedKey published) {
        return published.reachedAt(KeyState.PUBLISHED).orElseThrow().plus(Duration.ofMinutes(PROPAGATION_MINUTES));
    }

    /** The end of the signing period of the ACTIVE key = activeAt + signing period; after a rollback it counts from {@code resume}. */
    static Instant signingPeriodEndsAt(ManagedKey active, ManagedDomain domain, RotationPolicy policy) {
        Instant activeAt = active.reachedAt(KeyState.ACTIVE).orElseThrow();
        Instant begins = domain.resumedAt().filter(activeAt::isBefore).orElse(activeAt);
        return begins.plus(policy.signingPeriod());
    }

    /** When the successor is to be generated: with a standby at once, else the end of the signing period - prepublish period. */
    static Instant generateDueAt(ManagedKey active, ManagedDomain domain, RotationPolicy policy) {
        return policy.standby()
                ? active.reachedAt(KeyState.ACTIVE).orElseThrow()
                : signingPeriodEndsAt(active, domain, policy)
                        .minus(jitter(active, policy))
                        .minus(policy.prepublishPeriod());
    }

    /**
     * F6: flip at the end of the signing period - jitter, or at once where nothing signs, in the next open window; {@code rotate now} at once, whatever
     * the window, but in no freeze.
     */
    static Instant activateDueAt(ManagedKey ready, ManagedDomain domain, RotationPolicy policy, Instant now) {
        Instant from = later(ready.reachedAt(KeyState.READY).orElseThrow(), now);
        if (domain.rotateNow(ready.type()).isPresent()) {
            return policy.freeze().nextOpenAt(from);
        }
        Instant due = domain.active(ready.type())
                .map(active -> signingPeriodEndsAt(active, domain, policy).minus(jitter(active, policy)))
                .orElse(from);
        return policy.scheduledFlips().nextOpenAt(later(due, from));
    }

    /** F15: hash(domain, rotation) mod jitter, so that domains enrolled together do not flip together. */
    static Duration jitter(ManagedKey active, RotationPolicy policy) {
        long span = policy.jitter().toSeconds();
        return span <= 0
                ? Duration.ZERO
                : Duration.ofSeconds(Math.floorMod(active.id().hashCode() * 0x9E3779B97F4A7C15L, span));
    }

    /** F8: how long a record stays after the last possible signature = grace + margin. */
    static Duration retention(RotationPolicy policy) {
        return policy.gracePeriod().plus(policy.graceMargin());
    }

    /**
     * F9: L + grace + margin; at once for a key that was revoked before any signer was told of it, for no mail of ours has its signature. And without a fence not while an unanswered copy of its publication may still land. Once it is meant to be gone, only
     * copies of the withdrawal itself are out, and that may be repeated.
     */
    static Optional<Instant> withdrawDueAt(ManagedKey key, ManagedDomain domain, DomainSettings settings, Instant now) {
        return key.lastSignatureAt(domain.waiversAt(now))
                .map(last -> key.isRevokedUnused() ? key.since() : last.plus(retention(settings.policy())))
                .map(due -> afterLateLanding(key, settings, due));
    }

    /** At once for a key that no signer was told of, but not while an unanswered copy of its publication may still land. */
    static Instant discardDueAt(ManagedKey key, DomainSettings settings) {
        return afterLateLanding(key, settings, key.since());
    }

    /** I10: behind a fence the server refuses a late copy by itself. */
    private static Instant afterLateLanding(ManagedKey key, DomainSettings settings, Instant due) {
        return settings.dns().fence()
                ? due
                : key.mayLandUntil()
                        .filter(until -> key.standing().isPresent() && due.isBefore(until))
                        .orElse(due);
    }

    /**
     * A compromised key is revoked when every signer has stopped and none can have a connection open that goes on, at the latest
     * {@code revoke_within} after the signers were first told; one that no signer uses, at once. Empty while it signs until its successor is READY.
     */
    static Optional<Instant> revokeDueAt(ManagedKey key, RotationPolicy policy) {
        Compromise compromise = key.compromise().orElseThrow();
        if (key.state() == KeyState.ACTIVE
                && key.mayBeSigning()
                && compromise.stoppingAt().isEmpty()) {
            return Optional.empty();
        }
        Instant latest = compromise.stoppingAt().orElse(compromise.declaredAt()).plus(policy.revokeWithin());
        return Optional.of(key.lastSignatureAt()
                .map(last -> later(last, compromise.declaredAt()))
                .filter(stopped -> stopped.isBefore(latest))
                .orElse(latest));
    }

    /** F11: exposure ends when every server shows the revocation + T, for until then a cache may hold the record. */
    static Optional<Instant> exposureEndsAt(ManagedKey revoked) {
        Duration ttl = revoked.propagated()
                .ttl()
                .map(HighWater::period)
                .orElse(Duration.ofSeconds(revoked.record().ttlSeconds()));
        return revoked.reachedAt(KeyState.REVOKED).map(at -> at.plus(ttl));
    }

    /** The private half goes at RETIRED + rollback period, not before L; for a key that was revoked or never signed when it is so. */
    static Optional<Instant> destroyDueAt(ManagedKey key, ManagedDomain domain, RotationPolicy policy, Instant now) {
        Optional<Instant> lastSignatureAt = key.lastSignatureAt(domain.waiversAt(now));
        return switch (key.state()) {
            case GENERATED, PUBLISHED, READY, ACTIVE -> Optional.empty();
            case RETIRED -> lastSignatureAt.map(last -> later(last, key.since().plus(policy.rollbackPeriod())));
            case REVOKED, REMOVED -> lastSignatureAt.map(last -> later(last, key.since()));
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
