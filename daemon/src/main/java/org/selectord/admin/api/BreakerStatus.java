package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What holds flips and withdrawals of all domains when too many flips were proven bad.
 *
 * @param open whether it holds them
 * @param failures flips that were proven bad, of the last hundred and since the last reset, the newest first
 */
public record BreakerStatus(
        boolean open,
        Optional<Instant> since,
        Optional<String> why,
        List<FailedFlip> failures,
        Optional<Instant> lastReset) {
    /**
     * One of them.
     *
     * @param key its number within the domain
     */
    public record FailedFlip(String domain, int key, boolean canary, Instant at) {}
}
