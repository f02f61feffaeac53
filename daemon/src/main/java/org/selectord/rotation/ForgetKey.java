package org.selectord.rotation;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** FORGET: has a signer's own copy of a private half removed. */
final class ForgetKey implements Worker {
    private final Map<Target, Signer> signers;

    ForgetKey(Map<Target, Signer> signers) {
        this.signers = Map.copyOf(signers);
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        return oneLane.stream().map(this::forget).toList();
    }

    private Outcome forget(Task task) {
        return Optional.ofNullable(signers.get(task.step().target()))
                .map(signer -> signer.forget(task.key().signingKey()))
                .orElseGet(() -> new Outcome.NotYet(Pace.SLOW, TellSigner.notConfigured(task)));
    }
}
