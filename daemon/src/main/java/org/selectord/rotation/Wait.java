package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;
import org.selectord.key.KeyId;

/** Not before when, how often tried, and what for: what keeps a step from being tried again at once. */
public record Wait(
        Target target,
        Verb verb,
        Optional<KeyId> key,
        Instant retryAt,
        int attempts,
        Reason waitingFor,
        Instant lookedAt) {
    boolean holds(Step step) {
        return verb == step.verb() && target.equals(step.target()) && key.equals(step.key());
    }

    Wait notBeyond(Instant now, Instant longest) {
        return new Wait(
                target, verb, key, Use.earlier(retryAt, longest), attempts, waitingFor, Use.earlier(lookedAt, now));
    }
}
