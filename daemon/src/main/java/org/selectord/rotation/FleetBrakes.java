package org.selectord.rotation;

import java.time.Instant;

/**
 * What all domains together have flipped. It fills by itself: whoever saves a record that begins or ends a flip, records that too, in the same
 * transaction, so that nothing is forgotten over a crash. Blocks; safe from any thread; throws {@link RegistryUnavailableException}.
 */
public interface FleetBrakes {
    FlipLedger ledger();

    /**
     * Closes the breaker, with who did it and why in the history, and makes every domain due at {@code at}: what it held is to be planned anew. What
     * failed before counts no more.
     *
     * @return false when it was not open: then nothing is recorded
     */
    boolean resetBreaker(String askedBy, String why, Instant at);
}
