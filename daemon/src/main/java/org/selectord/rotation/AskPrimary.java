package org.selectord.rotation;

import java.util.ArrayList;
import java.util.List;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;

/** ASK_PRIMARY: what the primary serves at a key's owner name. */
final class AskPrimary implements Worker {
    private final ZoneUpdater updater;

    AskPrimary(ZoneUpdater updater) {
        this.updater = updater;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        Zone zone = oneLane.get(0).zone();
        List<OwnerName> owners =
                oneLane.stream().map(task -> task.key().record().owner()).toList();
        List<PrimaryAnswer> answers = updater.read(zone, owners);
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            outcomes.add(outcome(oneLane.get(i), answers.get(i)));
        }
        return outcomes;
    }

    private static Outcome outcome(Task task, PrimaryAnswer answer) {
        return switch (answer.kind()) {
            case NOTHING, TXT -> new Outcome.Done(new Finding.OnPrimary(task.keyId(), answer.found(), false));
            case OBSTACLE ->
                new Outcome.Halted(
                        task.key().state() == KeyState.GENERATED ? HaltReason.NAME_TAKEN : HaltReason.RECORD_CHANGED,
                        answer.cameBack());
            case UNKNOWN -> new Outcome.NotYet(Pace.QUICK, new Reason(answer.cameBack()));
        };
    }
}
