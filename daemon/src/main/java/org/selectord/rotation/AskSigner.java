package org.selectord.rotation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.SigningDomain;

/** ASK_SIGNER: what a signer signs each domain's mail with, proven by a probe message. */
final class AskSigner implements Worker {
    private final Map<Target, Signer> signers;

    AskSigner(Map<Target, Signer> signers) {
        this.signers = Map.copyOf(signers);
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        Optional<Signer> signer =
                Optional.ofNullable(signers.get(oneLane.get(0).step().target()));
        Map<SigningDomain, Zone> zones = new HashMap<>();
        oneLane.forEach(task -> zones.put(task.domain().name(), task.zoneThatCounts()));
        Map<SigningDomain, Outcome> seen =
                signer.map(known -> known.inUse(zones)).orElse(Map.of());
        return oneLane.stream().map(task -> outcome(task, seen)).toList();
    }

    private static Outcome outcome(Task task, Map<SigningDomain, Outcome> seen) {
        return Optional.ofNullable(seen.get(task.domain().name()))
                .orElseGet(() -> new Outcome.NotYet(Pace.SLOW, TellSigner.notConfigured(task)));
    }
}
