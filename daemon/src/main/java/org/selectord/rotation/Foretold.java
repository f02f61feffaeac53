package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;

/**
 * One thing that will come about if all goes well.
 *
 * @param selector of a key that exists; one that is yet to be made has none, for its selector is a secret until then
 * @param what a state of the key, or {@code DESTROYED}: its private half
 * @param afterReset whether the fleet's breaker holds it: then it comes only after {@code breaker reset}, and {@code at} is when it would if that were now
 * @param because the reasons of the step that leads there
 */
public record Foretold(
        Instant at,
        KeyId key,
        String selector,
        KeyAlgorithm algorithm,
        String what,
        boolean afterReset,
        List<Reason> because) {
    public Foretold {
        because = List.copyOf(because);
    }

    boolean isTheSameAs(Foretold other) {
        return key.equals(other.key) && algorithm == other.algorithm && what.equals(other.what);
    }

    Foretold onceReset() {
        return new Foretold(at, key, selector, algorithm, what, true, because);
    }
}
