package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One thing that will come about.
 *
 * @param key its number within the domain
 * @param selector absent for a key that is yet to be made
 * @param what a state of the key, or DESTROYED: its private half
 * @param afterReset whether the fleet's breaker holds it: {@code at} is when it would come if that were reset now
 * @param because why then
 */
public record PlannedEvent(
        Instant at,
        int key,
        Optional<String> selector,
        String algorithm,
        String what,
        boolean afterReset,
        List<String> because) {}
