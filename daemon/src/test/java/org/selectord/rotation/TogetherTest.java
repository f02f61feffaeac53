package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Looks of one domain that one lane can take together are one turn: one claim, one call a verb, one save. */
class TogetherTest {
    private final Story story = new Story().active(1).ready(2).later(Duration.ofDays(1));
    private final ModelRegistry registry = new ModelRegistry();
    private final TestClock clock = new TestClock(story.now());
    private final Map<Verb, Worker> workers = new EnumMap<>(Verb.class);
    private final List<Recorded> saved = new ArrayList<>();

    @BeforeEach
    void enrol() {
        registry.enrol(Set.of(Story.DOMAIN), clock.instant());
        registry.save(List.of(new Recorded(story.domain().saved(0), clock.instant(), List.of())));
        registry.auditedBy(saved::add);
        workers.put(
                Verb.ASK_PRIMARY,
                lane -> lane.stream()
                        .map(task -> done(
                                new Finding.OnPrimary(task.keyId(), task.key().standing(), false)))
                        .toList());
        workers.put(
                Verb.ASK_SERVERS,
                lane -> lane.stream()
                        .map(task -> done(new Finding.OnServers(
                                task.keyId(), Story.servers(task.keyId().number(), "exact", "exact"))))
                        .toList());
    }

    private RotationRunner runner() {
        return new RotationRunner(
                registry,
                domain -> Optional.of(story.settings),
                new RotationPlanner(),
                workers,
                FlipGate::open,
                clock::reading,
                new RotationListener() {});
    }

    private static Outcome done(Finding finding) {
        return new Outcome.Done(finding);
    }

    private List<Task> begun() {
        return runner().begin(registry.claimDue(clock.instant(), 100));
    }

    @Test
    void everyLookOfTheLaneThatIsDueGoesWithTheFirst() {
        List<Task> looks = begun();

        assertThat(looks).extracting(task -> task.step().target()).containsOnly(Story.ZONE);
        assertThat(looks)
                .extracting(task -> task.step().verb() + " " + task.keyId().number())
                .containsExactly("ASK_PRIMARY 1", "ASK_PRIMARY 2", "ASK_SERVERS 1", "ASK_SERVERS 2");
        assertThat(new HashSet<>(looks)).as("nothing is asked twice").hasSameSizeAs(looks);
    }

    @Test
    void whatTheyShowIsFoldedOneAfterTheOtherAndSavedOnce() {
        List<Task> looks = begun();
        saved.clear();
        runner().finish(looks, runner().perform(looks));

        assertThat(saved).hasSize(1);
        for (ManagedKey key : registry.find(Story.DOMAIN).orElseThrow().keys()) {
            assertThat(key.onPrimary().orElseThrow().seenAt()).isEqualTo(clock.instant());
            assertThat(key.propagated().lookedAt()).contains(clock.instant());
        }
        assertThat(begun()).extracting(task -> task.step().verb()).containsOnly(Verb.ASK_SIGNER);
    }

    @Test
    void aRecordThatAnOrderChangedMeanwhileTakesAllOfThem() {
        List<Task> looks = begun();
        RotationRunner.Performed performed = runner().perform(looks);
        new RotationOrders(registry, domain -> Optional.of(story.settings), clock::reading, () -> {})
                .place(Story.DOMAIN, Order.Kind.PAUSE, Map.of(), "ops");
        saved.clear();
        runner().finish(looks, performed);

        ManagedDomain after = registry.find(Story.DOMAIN).orElseThrow();
        assertThat(saved).hasSize(1);
        assertThat(after.hold()).isPresent();
        assertThat(after.keys()).allMatch(key -> key.propagated().lookedAt().equals(Optional.of(clock.instant())));
    }
}
