package org.selectord.rotation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;

/** ASK_SERVERS: what every authoritative server serves at a key's owner name; all keys of the zone in one look. */
final class AskServers implements Worker {
    private final PropagationCheck check;

    AskServers(PropagationCheck check) {
        this.check = check;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        Map<OwnerName, Propagation> seen = check.look(
                oneLane.get(0).zone(), oneLane.stream().map(AskServers::owner).collect(Collectors.toSet()));
        return oneLane.stream().map(task -> outcome(task, seen)).toList();
    }

    private static OwnerName owner(Task task) {
        return task.key().record().owner();
    }

    private static Outcome outcome(Task task, Map<OwnerName, Propagation> seen) {
        Propagation propagation = Optional.ofNullable(seen.get(owner(task))).orElseThrow();
        return new Outcome.Done(new Finding.OnServers(task.keyId(), propagation));
    }
}
