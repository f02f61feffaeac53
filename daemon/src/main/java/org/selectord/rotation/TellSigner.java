package org.selectord.rotation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.key.SigningDomain;

/** ACTIVATE and STOP_SIGNING: tells a signer the whole set of keys each domain shall sign with, all domains in one rewrite. */
final class TellSigner implements Worker {
    private final Map<Target, Signer> signers;

    TellSigner(Map<Target, Signer> signers) {
        this.signers = Map.copyOf(signers);
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        Optional<Signer> signer =
                Optional.ofNullable(signers.get(oneLane.get(0).step().target()));
        Map<SigningDomain, Wanted> wanted = new HashMap<>();
        oneLane.forEach(task -> wanted.put(task.domain().name(), new Wanted(keys(task), task.zoneThatCounts())));
        Map<SigningDomain, Outcome> told =
                signer.map(known -> known.apply(wanted, isToCut(oneLane))).orElse(Map.of());
        return oneLane.stream().map(task -> outcome(task, told)).toList();
    }

    /** Open connections go on with the key they began with: where it is compromised they are cut. */
    private static boolean isToCut(List<Task> oneLane) {
        return oneLane.stream()
                .anyMatch(task -> task.domain().mayCompromisedSign(task.key().type()));
    }

    /** The key of the step for its own chain, and what signs in the other chains. */
    private static Set<SigningKey> keys(Task task) {
        ManagedKey key = task.key();
        Stream<SigningKey> others = task.domain().wanted(task.settings().policy()).stream()
                .filter(other -> other.algorithm().type() != key.type());
        Stream<SigningKey> own = task.step().verb() == Verb.ACTIVATE ? Stream.of(key.signingKey()) : Stream.empty();
        return Stream.concat(own, others).collect(Collectors.toUnmodifiableSet());
    }

    private static Outcome outcome(Task task, Map<SigningDomain, Outcome> told) {
        return Optional.ofNullable(told.get(task.domain().name()))
                .orElseGet(() -> new Outcome.NotYet(Pace.SLOW, notConfigured(task)));
    }

    static Reason notConfigured(Task task) {
        return new Reason(
                task.step().target() + " is not in the configuration the daemon was started with; restart it");
    }
}
