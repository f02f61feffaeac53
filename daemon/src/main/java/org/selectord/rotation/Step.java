package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Change;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;

/**
 * One thing to do.
 *
 * @param key which key it is about; none for LOCATE, GENERATE, and an ASK_SIGNER about all keys of the domain
 * @param algorithm only with GENERATE: what the new key shall be
 * @param change only with PUBLISH, REVOKE and WITHDRAW: exactly what is asked of the primary
 */
public record Step(
        Verb verb,
        Optional<KeyId> key,
        Target target,
        Optional<KeyAlgorithm> algorithm,
        Optional<Change> change,
        Instant dueAt,
        List<Reason> because) {
    public Step {
        because = List.copyOf(because);
    }

    /** The same step, not before {@code again}, for one more reason. */
    Step waiting(Instant again, Reason waitsFor) {
        List<Reason> more = new ArrayList<>(because);
        more.add(waitsFor);
        return new Step(verb, key, target, algorithm, change, again, more);
    }

    /** Whether one look shows what the other one is for. */
    boolean asksTheSameAs(Step other) {
        return verb == other.verb && key.equals(other.key) && target.equals(other.target);
    }

    /** Whether both would touch the same thing: at most one intent a key and target is open. */
    public boolean bars(Step other) {
        return key.equals(other.key) && target.equals(other.target);
    }
}
