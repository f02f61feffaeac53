package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The highest TTL that servers answered. It falls to what is served now only when its own length has passed since the first look that found less, for until
 * just before it a cache may have been given an answer that carried the higher one.
 *
 * @param countsFrom when it was last seen, or, once less was, the first look that found less; {@link Use#UNTIMED} where it was seen while the clock could
 *     not be trusted: then its length counts from the next trusted look
 * @param lowerSeconds the highest that was seen since: the mark falls to it first
 */
public record HighWater(long seconds, Instant countsFrom, Optional<Long> lowerSeconds) {
    /** Seen just now. */
    public static HighWater seen(long seconds, Instant at) {
        return new HighWater(seconds, at, Optional.empty());
    }

    static HighWater first(long seen, Look look) {
        return seen(seen, look.trusted() ? look.endedAt() : Use.UNTIMED);
    }

    /** F1 and F2: N and T = the highest that servers have answered, until its own length has passed. With one more answer of {@code seen} seconds. */
    public HighWater with(long seen, Look look) {
        if (seen >= seconds) {
            return first(seen, look);
        } else if (!look.trusted()) {
            return this;
        } else if (lowerSeconds.isEmpty() || isUntimed()) {
            return new HighWater(seconds, look.endedAt(), Optional.of(seen));
        }
        long lower = Math.max(lowerSeconds.get(), seen);
        boolean outlived = !look.endedAt().isBefore(countsFrom.plusSeconds(seconds));
        return outlived
                ? seen(lower, look.endedAt()).with(seen, look)
                : new HighWater(seconds, countsFrom, Optional.of(lower));
    }

    /**
     * With what somebody else saw of the same: the higher of the two, falling from the first look of either that found less; of the same height, the one
     * that counts longer.
     */
    HighWater joined(HighWater other) {
        if (seconds != other.seconds) {
            return seconds > other.seconds ? loweredTo(other) : other.loweredTo(this);
        }
        if (countsFrom.isBefore(other.countsFrom)) { // UNTIMED is later than all
            return other.joined(this);
        }
        boolean fell = other.lowerSeconds.isPresent() || countsFrom.isAfter(other.countsFrom);
        Optional<Long> lower =
                lowerSeconds.filter(seen -> fell).map(seen -> Math.max(seen, other.lowerSeconds.orElse(seen)));
        return new HighWater(seconds, countsFrom, lower);
    }

    private HighWater loweredTo(HighWater less) {
        if (lowerSeconds.isPresent()) {
            return new HighWater(seconds, countsFrom, Optional.of(Math.max(lowerSeconds.get(), less.seconds)));
        }
        boolean seenSince = less.countsFrom.isAfter(countsFrom) && !less.isUntimed();
        return seenSince ? new HighWater(seconds, less.countsFrom, Optional.of(less.seconds)) : this;
    }

    /** Until when it counts, unless it is seen again; {@link Use#UNTIMED} where that is not known. */
    public Instant countsUntil() {
        return isUntimed() ? Use.UNTIMED : countsFrom.plusSeconds(seconds);
    }

    public Duration period() {
        return Duration.ofSeconds(seconds);
    }

    /** Whether nobody knows yet since when it counts. */
    public boolean isUntimed() {
        return countsFrom.equals(Use.UNTIMED);
    }

    boolean isBeyond(Instant now) {
        return !isUntimed() && countsFrom.isAfter(now);
    }

    HighWater notBeyond(Instant now) {
        return isUntimed() ? this : new HighWater(seconds, Use.earlier(countsFrom, now), lowerSeconds);
    }
}
