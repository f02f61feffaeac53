package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Fence;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/** One turn: claim, intent, call, record. What a crash, another daemon or a bug of ours may come between. */
class RotationRunnerTest {
    private static final SigningDomain OTHER = new SigningDomain("example.net");

    private final ModelRegistry registry = new ModelRegistry();
    private final TestClock clock = new TestClock(Story.START);
    private final Map<Verb, Worker> workers = new EnumMap<>(Verb.class);
    private final List<String> heard = new ArrayList<>();
    private DomainSettings settings = new Story().settings;
    private DomainCatalog catalog = domain -> Optional.of(settings);

    private RotationRunner runner() {
        return new RotationRunner(
                registry,
                name -> catalog.settingsOf(name),
                new RotationPlanner(),
                workers,
                FlipGate::open,
                clock::reading,
                new RotationListener() {
                    @Override
                    public void stepFinished(Task task, Outcome outcome, Duration took) {
                        heard.add(task.step().verb() + " " + outcome.getClass().getSimpleName());
                    }

                    @Override
                    public void recorded(ManagedDomain before, ManagedDomain after) {
                        heard.add("recorded");
                    }

                    @Override
                    public void stateReached(KeyId key, KeyState state, Instant at) {
                        heard.add(key.number() + " " + state);
                    }
                });
    }

    private void is(Story story) {
        registry.enrol(Set.of(Story.DOMAIN), clock.instant());
        clock.setTo(story.now());
        registry.save(List.of(new Recorded(story.domain().saved(0), clock.instant(), List.of())));
    }

    private List<Task> begun() {
        return runner().begin(registry.claimDue(clock.instant(), 100));
    }

    private ManagedDomain domain() {
        return registry.find(Story.DOMAIN).orElseThrow();
    }

    // ---- the fence

    private void withFence() {
        settings = new DomainSettings(
                settings.domain(),
                settings.policy(),
                Story.fenced(settings.dns()),
                settings.signers(),
                settings.auditInterval());
    }

    @Test
    void eachChangeOfAZoneGoesBehindAFenceThatIsNewerThanAllBefore() {
        withFence();
        Fence before = registry.newFence();
        is(new Story().generated(1));

        Task publish = begun().get(0);

        assertThat(publish.step().verb()).isEqualTo(Verb.PUBLISH);
        assertThat(publish.fence().orElseThrow().epoch()).isGreaterThan(before.epoch());
    }

    @Test
    void whatChangesNoZoneTakesNoFence() {
        withFence();
        Fence before = registry.newFence();
        is(new Story());
        assertThat(begun()).extracting(task -> task.step().verb()).containsExactly(Verb.GENERATE);

        assertThat(registry.newFence().epoch()).isEqualTo(before.epoch() + 1);
    }

    @Test
    void withFenceFalseThereIsNone() {
        is(new Story().generated(1));

        assertThat(begun().get(0).fence()).isEmpty();
    }

    /** Without a fence a withdrawal waits for it. */
    @Test
    void whatMayStillLandByAClockThatWasAheadIsNotWaitedForUntilThen() {
        Instant landsBy = Story.START.plus(Duration.ofDays(365));
        Story story = new Story().generated(1);
        is(story);
        registry.save(List.of(
                new Recorded(domain().withKey(Story.id(1), key -> key.mayLand(landsBy)), clock.instant(), List.of())));

        begun();

        Instant longest = DueTimes.mayLandUntil(clock.instant(), settings).plus(Duration.ofDays(1));
        assertThat(domain().key(Story.id(1)).mayLandUntil()).contains(longest);
    }

    // ---- zones

    private void saw(SigningDomain name, HighWater negativeTtl) {
        ManagedDomain known = registry.find(name).orElseThrow();
        ZoneMarks zone = new ZoneMarks(Story.APEX, negativeTtl, clock.instant(), Optional.empty());
        registry.save(List.of(new Recorded(
                known.withZone(zone), name.equals(OTHER) ? RotationRunner.NEVER : clock.instant(), List.of())));
    }

    private HighWater negativeTtl() {
        return domain().zone().orElseThrow().negativeTtl();
    }

    @Test
    void whatWasSeenOfItsZoneForAnotherDomainCounts() {
        is(new Story().generated(1));
        registry.enrol(Set.of(OTHER), clock.instant());
        saw(OTHER, HighWater.seen(86_400, clock.instant()));

        begun();

        assertThat(negativeTtl()).isEqualTo(HighWater.seen(86_400, clock.instant()));
    }

    @Test
    void whatAClockAheadOfTimeWroteOfAZoneCountsFromNowWhicheverDomainItWasSeenFor() {
        is(new Story().generated(1));
        registry.enrol(Set.of(OTHER), clock.instant());
        Instant ahead = clock.instant().plus(Duration.ofDays(365));
        saw(Story.DOMAIN, new HighWater(600, ahead, Optional.of(60L)));
        saw(OTHER, new HighWater(900, ahead, Optional.of(60L)));

        begun();

        assertThat(negativeTtl()).isEqualTo(new HighWater(900, clock.instant(), Optional.of(600L)));
    }

    // ---- claims and intents

    @Test
    void theIntentIsDurableBeforeTheCallAndItsDomainClaimed() {
        is(new Story().generated(1));
        Task publish = begun().get(0);

        assertThat(domain().intents()).extracting(Intent::step).containsExactly(publish.step());
        assertThat(publish.domain().version()).isEqualTo(domain().version());
        assertThat(registry.claimDue(clock.instant().plus(Duration.ofDays(1)), 100))
                .isEmpty();
    }

    @Test
    void aDomainThatAnOrderChangedMeanwhileIsGivenBackAndNotBegun() {
        is(new Story().generated(1));
        List<ManagedDomain> claimed = registry.claimDue(clock.instant(), 100);
        new RotationOrders(registry, catalog, clock::reading, () -> {})
                .place(Story.DOMAIN, Order.Kind.PAUSE, Map.of(), "ops");

        assertThat(runner().begin(claimed)).isEmpty();
        assertThat(domain().intents()).isEmpty();
        assertThat(registry.claimDue(clock.instant(), 100)).hasSize(1);
    }

    @Test
    void aDomainWithNothingToDoNowIsGivenBackAndComesWhenItIsDue() {
        Story story = new Story().active(1).ready(2).primaryServes(1, "exact").primaryServes(2, "exact");
        is(story.serversAnswer(1, "exact", "exact"));

        assertThat(begun()).isEmpty();
        Instant dueAt = registry.nextDueAt().orElseThrow();
        assertThat(dueAt).isAfter(clock.instant());
        assertThat(registry.claimDue(dueAt, 100)).hasSize(1);
    }

    @Test
    void theClaimIsGivenBackAlsoWhereTheOutcomeCannotBeSaved() {
        is(new Story().generated(1));
        List<Task> tasks = begun();
        RotationRunner.Performed performed = runner().perform(tasks); // there is no worker for it
        assertThat(performed.outcomes()).singleElement().isInstanceOf(Outcome.Unknown.class);
        registry.full(true);

        assertThatThrownBy(() -> runner().finish(tasks, performed)).isInstanceOf(RegistryUnavailableException.class);

        assertThat(registry.claimDue(clock.instant().plus(Duration.ofDays(1)), 100))
                .hasSize(1);
        assertThat(heard).as("what was not recorded is not told").isEmpty();
    }

    @Test
    void afterACrashEveryOpenIntentIsDueNowAndMayStillLand() {
        is(new Story().generated(1));
        begun();
        clock.pass(Duration.ofHours(1));

        runner().recover();

        assertThat(domain().intents()).extracting(Intent::lookAt).containsExactly(clock.instant());
        assertThat(domain().key(Story.id(1)).mayLandUntil())
                .contains(clock.instant().plusSeconds(360));
    }

    @Test
    void afterACrashAnIntentOfADomainThatIsNoLongerConfiguredMayStillLandToo() {
        is(new Story().generated(1));
        begun();
        catalog = domain -> Optional.empty();

        runner().recover();

        assertThat(domain().key(Story.id(1)).mayLandUntil())
                .contains(clock.instant().plusSeconds(360));
    }

    // ---- what is told

    @Test
    void whatWasRecordedIsToldOnceAndOnlyTheStatesThatAreNew() {
        Story story = new Story().active(1).primaryServes(1, "exact").published(2);
        is(story.serversAnswer(1, "exact", "exact"));
        workers.put(
                Verb.ASK_SERVERS,
                lane -> lane.stream()
                        .map(task -> (Outcome) new Outcome.Done(new Finding.OnServers(
                                task.keyId(), Story.servers(task.keyId().number(), "exact", "exact"))))
                        .toList());
        List<Task> looks = begun();
        runner().finish(looks, runner().perform(looks));
        assertThat(heard).containsExactly("ASK_SERVERS Done", "recorded");
    }

    @Test
    void theStateThatAKeyReachedIsTold() {
        is(new Story().generated(1));
        workers.put(
                Verb.PUBLISH,
                lane -> List.of(
                        new Outcome.Done(new Finding.OnPrimary(Story.id(1), Optional.of(Story.record(1)), false))));
        List<Task> tasks = begun();
        runner().finish(tasks, runner().perform(tasks));

        assertThat(heard).containsExactly("PUBLISH Done", "recorded", "1 PUBLISHED");
        assertThat(registry.history()).hasSizeGreaterThan(1);
    }

    // ---- bugs of ours

    @Test
    void oneDomainThatCannotBePlannedRestsAndTheOthersGoOn() {
        registry.enrol(Set.of(Story.DOMAIN, OTHER), clock.instant());
        catalog = name -> {
            if (name.equals(OTHER)) {
                throw new IllegalStateException("a bug");
            }
            return Optional.of(settings);
        };

        assertThat(begun()).extracting(task -> task.domain().name()).containsExactly(Story.DOMAIN);
        assertThat(registry.nextDueAt()).contains(clock.instant().plus(Pace.LONGEST));
    }

    @Test
    void anOutcomeThatCannotBeFoldedIsAsIfItHadNotComeAndIsLookedAt() {
        is(new Story().generated(1));
        workers.put(
                Verb.PUBLISH,
                lane -> List.of(new Outcome.Done(new Finding.OnPrimary(Story.id(7), Optional.empty(), false))));
        List<Task> tasks = begun();
        runner().finish(tasks, runner().perform(tasks));

        assertThat(domain().intents()).hasSize(1);
        assertThat(registry.nextDueAt()).contains(clock.instant().plus(ManagedDomain.CALL_TIMEOUT));
    }
}
