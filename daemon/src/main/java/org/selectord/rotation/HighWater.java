package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;

/**
 * The highest TTL that servers answered. It falls to what is served now only when its own length has passed since it was last seen, for until
 * then a cache may still hold an answer that carried it.
 *
 * @param lastSeenAt {@link Use#UNTIMED} where it was seen while the clock could not be trusted: then its length counts from the next trusted look
 */
public record HighWater(long seconds, Instant lastSeenAt) {
    /** With one more answer of {@code seen} seconds. */
    public HighWater with(long seen, Look look) {
        if (!look.trusted()) {
            return new HighWater(Math.max(seen, seconds), seen >= seconds ? Use.UNTIMED : lastSeenAt);
        }
        if (lastSeenAt.equals(Use.UNTIMED)) {
            return new HighWater(Math.max(seen, seconds), look.endedAt());
        }
        boolean outlived = !look.endedAt().isBefore(lastSeenAt.plusSeconds(seconds));
        return seen >= seconds || outlived ? new HighWater(seen, look.endedAt()) : this;
    }

    static HighWater first(long seen, Look look) {
        return new HighWater(seen, look.trusted() ? look.endedAt() : Use.UNTIMED);
    }

    public Duration period() {
        return Duration.ofSeconds(seconds);
    }

    HighWater notBeyond(Instant now) {
        return lastSeenAt.equals(Use.UNTIMED) ? this : new HighWater(seconds, Use.earlier(lastSeenAt, now));
    }
}
