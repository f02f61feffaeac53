package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;

/**
 * What holds one domain's flips for the sake of all domains. A flip that goes back, and one for a compromise, is held by nothing.
 *
 * @param flips what holds the next flip, if anything does; a canary before it holds only flips by the calendar
 * @param breaker why flips and withdrawals stand still until {@code breaker reset}
 */
public record Brakes(Optional<Held> flips, Optional<String> breaker) {
    public static final Brakes NONE = new Brakes(Optional.empty(), Optional.empty());

    /**
     * One of the fleet's caps, or its canaries.
     *
     * @param until when to look again
     * @param why which of them, with its numbers, for people
     */
    public record Held(Instant until, String why) {}
}
