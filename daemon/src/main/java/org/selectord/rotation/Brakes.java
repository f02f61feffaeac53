package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;

/**
 * What holds one domain's flips for the sake of all domains. A flip that goes back, and one for a compromise, is held by nothing.
 *
 * @param flipsHeldUntil when the caps let the next one flip; a canary before it holds only flips by the calendar
 * @param breaker why flips and withdrawals stand still until {@code breaker reset}
 */
public record Brakes(Optional<Instant> flipsHeldUntil, Optional<String> breaker) {
    public static final Brakes NONE = new Brakes(Optional.empty(), Optional.empty());
}
