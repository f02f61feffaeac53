package org.selectord.rotation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.ZoneUpdater;

/** PUBLISH, REVOKE and WITHDRAW: the compare-and-swap of each task, all tasks of the zone in one message. */
final class ChangeZone implements Worker {
    private final ZoneUpdater updater;

    ChangeZone(ZoneUpdater updater) {
        this.updater = updater;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        List<Change> changes =
                oneLane.stream().map(task -> task.step().change().orElseThrow()).toList();
        List<UpdateResult> results = updater.apply(oneLane.get(0).zone(), newest(oneLane), changes);
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            outcomes.add(outcome(oneLane.get(i), results.get(i)));
        }
        return outcomes;
    }

    /** Tasks that were begun one after the other may go together: then the earlier fence is never used. */
    private static Optional<Fence> newest(List<Task> oneLane) {
        return oneLane.stream().flatMap(task -> task.fence().stream()).max(Comparator.comparing(Fence::epoch));
    }

    private static Outcome outcome(Task task, UpdateResult result) {
        boolean unanswered = result.unansweredSignedAt().isPresent();
        return switch (result.verdict()) {
            case AS_ASKED -> new Outcome.Done(new Finding.OnPrimary(task.keyId(), result.found(), unanswered));
            case SOMETHING_ELSE_THERE -> somethingElse(task, result);
            case REFUSED, WRONG_PLACE, CLOCK_SKEW, FENCED -> notYet(Pace.SLOW, result);
            case UNAVAILABLE -> notYet(Pace.QUICK, result);
            case UNKNOWN -> new Outcome.Unknown(result.cameBack());
        };
    }

    /** Ours in another split, or not as it was read before the change: it is read again. */
    private static Outcome somethingElse(Task task, UpdateResult result) {
        if (result.found().filter(task.key()::isOurs).isPresent()) {
            return notYet(Pace.QUICK, result);
        }
        HaltReason reason =
                task.key().state() == KeyState.GENERATED ? HaltReason.NAME_TAKEN : HaltReason.RECORD_CHANGED;
        return new Outcome.Halted(reason, result.cameBack());
    }

    /** What was surely not applied now may have been sent without an answer before: then it is not known. */
    private static Outcome notYet(Pace pace, UpdateResult result) {
        return result.unansweredSignedAt().isPresent()
                ? new Outcome.Unknown(result.cameBack())
                : new Outcome.NotYet(pace, new Reason(result.cameBack()));
    }
}
