package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;

/**
 * F12: whether a policy leaves room for what it asks, before anything is done. What the servers take is not known then; N, the zone's negative TTL,
 * is therefore answered rather than asked for: the longest that still fits. Pure.
 */
public record Feasibility(RotationPolicy policy) {
    private static final Duration A_YEAR = Duration.ofDays(366);
    private static final Duration LOOKED_AT_EVERY = Duration.ofHours(1);

    /** A time in which nothing may be flipped by the calendar. */
    public record Closed(Instant from, Instant until) {
        public Duration period() {
            return Duration.between(from, until);
        }

        /** Nothing may be flipped from then on. */
        public boolean forGood() {
            return until.equals(FlipWindow.NEVER);
        }
    }

    /** The shortest time for which a key signs = signing period - jitter. */
    public Duration shortestSigning() {
        return policy.signingPeriod().minus(policy.jitter());
    }

    /** From the publication of a successor until it is needed: with a standby all the time that its predecessor signs, else the prepublish period. */
    public Duration available() {
        boolean asWithStandby = policy.standby() || policy.prepublishPeriod().compareTo(policy.signingPeriod()) >= 0;
        return asWithStandby ? shortestSigning() : policy.prepublishPeriod();
    }

    /** From the publication of a successor until it may sign, where all servers have its record at once = proof + N + margin. */
    public Duration needed(Duration negativeTtl) {
        return policy.proofOver().plus(negativeTtl).plus(policy.publishMargin().of(negativeTtl));
    }

    /** F12: proof + N + margin <= the time there is; whether a successor can be in time where nothing is cached. */
    public boolean fits() {
        return needed(Duration.ZERO).compareTo(available()) <= 0;
    }

    /** The longest N with which a successor is in time: N + margin(N) is what the proof leaves. */
    public Duration longestNegativeTtl() {
        Duration left = available().minus(policy.proofOver());
        RotationPolicy.PublishMargin margin = policy.publishMargin();
        Duration besideTheFixed = left.minus(margin.atLeast());
        Duration besideThePart = left.multipliedBy(100).dividedBy(100 + margin.percent());
        return besideTheFixed.compareTo(besideThePart) < 0 ? besideTheFixed : besideThePart;
    }

    /** How long a key stays published after it last signed, where no signer goes on for a while = grace + margin. */
    public Duration retention() {
        return DueTimes.retention(policy);
    }

    /** How many retired keys of a chain are published at once, at most = ceil((grace + margin) / shortest signing). */
    public long retiredAtOnce() {
        Duration signing = shortestSigning();
        long whole = retention().dividedBy(signing);
        return signing.multipliedBy(whole).compareTo(retention()) < 0 ? whole + 1 : whole;
    }

    /** All keys of a chain that are published at once, at most: those, the one that signs, and its successor. */
    public long publishedAtOnce() {
        return retiredAtOnce() + 2;
    }

    /** The longest time of the coming year in which window and freezes let nothing be flipped; it is told up to an hour too short. */
    public Closed longestClosed(Instant now) {
        FlipWindow flips = policy.scheduledFlips();
        Closed longest = new Closed(now, now);
        Instant end = now.plus(A_YEAR);
        for (Instant at = now; at.isBefore(end); ) {
            Closed closed = new Closed(at, flips.nextOpenAt(at));
            longest = closed.period().compareTo(longest.period()) > 0 ? closed : longest;
            at = closed.until().plus(LOOKED_AT_EVERY);
        }
        return longest;
    }
}
