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
 * @param because the reasons of the step that leads there
 */
public record Foretold(
        Instant at, KeyId key, String selector, KeyAlgorithm algorithm, String what, List<Reason> because) {
    public Foretold {
        because = List.copyOf(because);
    }
}
