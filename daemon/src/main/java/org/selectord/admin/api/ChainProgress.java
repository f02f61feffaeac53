package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How far the rotation of one chain is.
 *
 * @param selector the key that shall sign next; absent while there is none
 * @param keyState the state that key is in
 * @param waitingFor what it waits for now
 * @param due when that is due
 */
public record ChainProgress(
        String chain,
        Optional<String> selector,
        Optional<String> keyState,
        List<String> waitingFor,
        Optional<Instant> due) {}
