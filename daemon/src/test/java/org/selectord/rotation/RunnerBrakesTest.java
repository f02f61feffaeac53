package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.selectord.key.SigningDomain;

/** The runner asks the fleet's brakes for every batch, and what it begins counts at once. */
class RunnerBrakesTest {
    private static final SigningDomain CANARY = new SigningDomain("canary.example");

    private final ModelRegistry registry = new ModelRegistry();
    private final TestClock clock = new TestClock(Flipping.START.plus(Duration.ofHours(1)));
    private final DomainSettings settings = new Story().settings;
    private FleetSettings fleet = new FleetSettings(2, 500, Set.of());
    private FlipLedger ledger = FlipLedger.EMPTY;

    private RotationRunner runner() {
        FleetBrakes brakes = new FleetBrakes() {
            @Override
            public FlipLedger ledger() {
                return ledger;
            }

            @Override
            public boolean resetBreaker(String askedBy, String why, Instant at) {
                return false;
            }
        };
        DomainCatalog catalog = name -> Optional.of(new DomainSettings(
                name, settings.policy(), settings.dns(), settings.signers(), settings.auditInterval()));
        return new RotationRunner(
                registry,
                catalog,
                new RotationPlanner(),
                new EnumMap<>(Verb.class),
                new Fleet(brakes, registry::find, catalog, () -> fleet)::gate,
                clock::reading,
                new RotationListener() {});
    }

    private void ready(SigningDomain name) {
        registry.enrol(Set.of(name), clock.instant());
        Flipping ready = Flipping.ready(registry.find(name).orElseThrow()).looked(clock.instant());
        registry.save(List.of(new Recorded(ready.domain(), clock.instant(), List.of())));
    }

    /** The domains whose flip begins now. */
    private List<String> flips() {
        List<Task> tasks = new ArrayList<>(runner().begin(registry.claimDue(clock.instant(), 100)));
        tasks.removeIf(task -> task.step().verb() != Verb.ACTIVATE);
        tasks.forEach(task -> ledger = ledger.with(task.domain(), fleet)); // as a registry does that saves them
        return tasks.stream().map(task -> task.domain().name().name()).sorted().toList();
    }

    @Test
    void ofManyThatAreDueAsManyBeginAsAMinuteMay() {
        List.of("a.example", "b.example", "c.example").forEach(name -> ready(new SigningDomain(name)));

        assertThat(flips()).hasSize(2);
        assertThat(flips()).as("the third was put off").isEmpty();
        assertThat(registry.nextDueAt().orElseThrow())
                .isBeforeOrEqualTo(clock.instant().plusSeconds(60));

        clock.pass(Duration.ofSeconds(59));
        assertThat(ledger.capped(fleet, clock.instant())).isPresent();
        clock.pass(Duration.ofSeconds(1));
        assertThat(ledger.capped(fleet, clock.instant())).isEmpty();
    }

    @Test
    void theCanaryBeginsBeforeTheOthers() {
        fleet = new FleetSettings(60, 500, Set.of(CANARY));
        List.of("a.example", "canary.example", "z.example").forEach(name -> ready(new SigningDomain(name)));

        assertThat(flips()).containsExactly("canary.example");
        clock.pass(FlipGate.PAUSE);
        assertThat(flips()).as("it is under way").isEmpty();
    }

    @Test
    void anOpenBreakerBeginsNothing() {
        Instant now = clock.instant();
        ledger = new FlipLedger(
                List.of(), Optional.of(new FlipLedger.Breaker(now, "3 of the last 100")), Optional.empty());
        ready(new SigningDomain("a.example"));

        assertThat(flips()).isEmpty();
    }
}
