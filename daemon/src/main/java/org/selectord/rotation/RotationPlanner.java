package org.selectord.rotation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * That record, its settings, the fleet's brakes and a time reading in; what to do next, when, and why, out. Pure: nothing else in the daemon decides
 * anything, and what {@code explain} and {@code plan} print is what was decided. Each theme has a class of its own: {@link SuccessorPlan} from GENERATE to
 * the flip, {@link SignerPlan} what signers are told, {@link AuditPlan} what stands in the zone, {@link EndPlan} revoke, withdraw, destroy.
 */
public final class RotationPlanner {
    /** Evidence older than this is looked at again before an act. */
    static final Duration EVIDENCE_PERIOD = Duration.ofMinutes(1);
    /** How soon to see again whether the clock can be trusted, while a guard waits for that and the primary does not answer. */
    static final Duration CLOCK_INTERVAL = Duration.ofMinutes(5);
    /** How soon to ask the primary for its time again, while a guard waits for a witness. */
    static final Duration WITNESS_INTERVAL = Duration.ofSeconds(30);

    /** F13: the next wake = the earliest of {@link #steps}; a missed one only delays. Empty when nothing will ever be due without a person. */
    public Optional<Step> next(ManagedDomain domain, DomainSettings settings, Brakes brakes, TimeReading now) {
        return steps(domain, settings, brakes, now).stream()
                .findFirst()
                .filter(step -> step.dueAt().isBefore(RotationRunner.NEVER));
    }

    /** What one call of a lane serves: {@link #next}, and where that is a look that is due, every other look of its lane that is due as well. */
    List<Step> together(ManagedDomain domain, DomainSettings settings, Brakes brakes, TimeReading now) {
        List<Step> steps = steps(domain, settings, brakes, now);
        if (steps.isEmpty() || !steps.get(0).dueAt().isBefore(RotationRunner.NEVER)) {
            return List.of();
        }
        Step first = steps.get(0);
        List<Step> together = new ArrayList<>(List.of(first));
        for (Step step : steps.subList(1, steps.size())) {
            boolean goesWith = first.verb().looks()
                    && step.verb().looks()
                    && step.target().equals(first.target())
                    && !step.dueAt().isAfter(now.at());
            if (goesWith && together.stream().noneMatch(step::asksTheSameAs)) {
                together.add(step);
            }
        }
        together.sort(Comparator.comparing(Step::verb));
        return together;
    }

    /** Every step that is due or will be, the earliest first: what each chain, each open intent and each signer waits for. */
    public List<Step> steps(ManagedDomain domain, DomainSettings settings, Brakes brakes, TimeReading now) {
        return new Plan(domain, settings, brakes, now).steps();
    }
}
