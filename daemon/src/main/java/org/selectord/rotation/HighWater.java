package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;

/**
 * The highest TTL that servers answered. It falls to what is served now only when its own length has passed since it was last seen, for until
 * then a cache may still hold an answer that carried it.
 */
public record HighWater(long seconds, Instant lastSeenAt) {
    /** With one more answer: {@code seen} seconds, at {@code at}. */
    public HighWater with(long seen, Instant at) {
        boolean outlived = !at.isBefore(lastSeenAt.plusSeconds(seconds));
        return seen >= seconds || outlived ? new HighWater(seen, at) : this;
    }

    public Duration period() {
        return Duration.ofSeconds(seconds);
    }
}
