package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/** What each neighbour's answer means to the heart. */
class WorkersTest {
    private static final PublishRights ALL_GRANTED =
            new PublishRights((zone, needed) -> List.of(), new TestClock(Story.START));

    private static Task publishing() {
        Story story = new Story().generated(1);
        return new Task(story.domain(), story.settings, story.next(Verb.PUBLISH));
    }

    private static ZoneUpdater answering(UpdateResult result) {
        return new ZoneUpdater() {
            @Override
            public List<UpdateResult> apply(Zone zone, Optional<Fence> fence, List<Change> changes) {
                return List.of(result);
            }

            @Override
            public List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners) {
                return List.of(new PrimaryAnswer(PrimaryAnswer.Kind.OBSTACLE, Optional.empty(), "a CNAME"));
            }
        };
    }

    @ParameterizedTest
    @CsvSource({
        "AS_ASKED, Done",
        "SOMETHING_ELSE_THERE, Halted",
        "FENCED, NotYet",
        "REFUSED, NotYet",
        "WRONG_PLACE, NotYet",
        "CLOCK_SKEW, NotYet",
        "UNAVAILABLE, NotYet",
        "UNKNOWN, Unknown"
    })
    void everyVerdictHasOneMeaning(Verdict verdict, String outcome) {
        UpdateResult result = new UpdateResult(verdict, Optional.empty(), Optional.empty(), "it came back so");

        assertThat(new ChangeZone(answering(result))
                        .perform(List.of(publishing()))
                        .get(0)
                        .getClass()
                        .getSimpleName())
                .isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource({"REFUSED", "UNAVAILABLE", "WRONG_PLACE", "CLOCK_SKEW"})
    void anAttemptWithoutAnAnswerBeforeTheRefusalIsUnknown(Verdict verdict) {
        UpdateResult result = new UpdateResult(verdict, Optional.empty(), Optional.of(Instant.EPOCH), "at last");

        assertThat(new ChangeZone(answering(result)).perform(List.of(publishing())))
                .singleElement()
                .isInstanceOf(Outcome.Unknown.class);
    }

    @Test
    void anAttemptWithoutAnAnswerThatWasAppliedMayStillLandAgain() {
        Task task = publishing();
        UpdateResult result = new UpdateResult(
                Verdict.AS_ASKED, Optional.of(Story.record(1)), Optional.of(Instant.EPOCH), "read back");

        Outcome outcome =
                new ChangeZone(answering(result)).perform(List.of(task)).get(0);
        Look look = new Look(Story.START, Story.START, true);
        ManagedDomain after =
                task.domain().intending(task.step(), Story.START).with(task.step(), outcome, look, task.settings());

        assertThat(after.key(Story.id(1)).state()).isEqualTo(KeyState.PUBLISHED);
        assertThat(after.key(Story.id(1)).mayLandUntil()).contains(Story.START.plusSeconds(360));
    }

    @Test
    void aCnameAtTheNameIsAHalt() {
        Task task = publishing();

        assertThat(new AskPrimary(answering(new UpdateResult(Verdict.UNKNOWN, Optional.empty(), Optional.empty(), "")))
                        .perform(List.of(task)))
                .containsExactly(new Outcome.Halted(HaltReason.NAME_TAKEN, "a CNAME"));
    }

    @Test
    void aWildcardRefusesTheFirstPublicationAndSaysWhatToRemove() {
        Location wildcard = new Location.At(
                OwnerName.of("example.org."), 60, Optional.of("TXT \"x\" at *._domainkey.example.org."));

        Outcome outcome = new LocateZone(
                        (dns, owner) -> wildcard, apex -> OptionalLong.empty(), ALL_GRANTED, Clock.systemUTC())
                .perform(List.of(publishing()))
                .get(0);

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.NotYet.class,
                        notYet -> assertThat(notYet.waitingFor().text())
                                .contains("*._domainkey.example.org.")
                                .contains("remove it"));
    }

    @Test
    void underAWildcardAnAdoptionGoesOnForItPublishesNothing() {
        Location wildcard = new Location.At(Story.APEX, 60, Optional.of("*._domainkey.example.org. TXT x"));
        Story story = new Story().generated(1).orders(Order.Kind.ADOPT, Map.of("selector", "old"));
        Step step = Plan.look(Verb.LOCATE, Optional.empty(), Target.dns("main"), story.now(), List.of());

        assertThat(new LocateZone(
                                (dns, owner) -> wildcard, apex -> OptionalLong.empty(), ALL_GRANTED, Clock.systemUTC())
                        .perform(List.of(new Task(story.domain(), story.settings, step))))
                .singleElement()
                .isInstanceOf(Outcome.Done.class);
    }

    @Test
    void theParentOfANewZoneIsAskedAndIfItDoesNotTellADayIsAssumed() {
        assertThat(located(new Story(), OptionalLong.of(900))).contains(900L);
        assertThat(located(new Story(), OptionalLong.empty())).contains(86_400L);
        assertThat(located(new Story().generated(1), OptionalLong.of(900)))
                .as("known already")
                .isEmpty();
    }

    private static Optional<Long> located(Story story, OptionalLong ofParent) {
        Location at = new Location.At(Story.APEX, 60, Optional.empty());
        Step step = Plan.look(Verb.LOCATE, Optional.empty(), Target.dns("main"), story.now(), List.of());
        Outcome outcome = new LocateZone((dns, owner) -> at, apex -> ofParent, ALL_GRANTED, Clock.systemUTC())
                .perform(List.of(new Task(story.domain(), story.settings, step)))
                .get(0);
        return ((Finding.Located) ((Outcome.Done) outcome).finding()).parentNegativeTtlSeconds();
    }

    @Test
    void behindAPrimaryThatIsSilentOnlyTheFirstAreAskedForAndTheOthersLetGo() {
        TestClock clock = new TestClock(Story.START);
        AtomicInteger asked = new AtomicInteger();
        LocateZone worker = new LocateZone(
                (dns, owner) -> {
                    asked.incrementAndGet();
                    clock.pass(Duration.ofSeconds(20));
                    return new Location.NoAnswer("silence");
                },
                apex -> OptionalLong.empty(),
                ALL_GRANTED,
                clock);

        List<Outcome> outcomes = worker.perform(List.of(publishing(), publishing(), publishing(), publishing()));

        assertThat(asked).hasValue(2);
        assertThat(outcomes.get(3))
                .isEqualTo(new Outcome.NotYet(
                        Pace.QUICK,
                        new Reason(
                                "the primaries of dns main took so long for other domains that this one was not asked"
                                        + " for")));
    }

    @Test
    void whatMayNotBeWrittenIsNotPublishedAndTheLinesToAddAreSaid() {
        RightsFinding tooNarrow = new RightsFinding(
                RightsFinding.Kind.TOO_NARROW,
                Set.of(OwnerName.of("_domainkey.example.org.")),
                "192.0.2.1:53 refuses it. Add:",
                List.of("deny k name x ANY;", "grant k wildcard x TXT;"));
        RightsFinding ofTheFence = new RightsFinding(
                RightsFinding.Kind.TOO_NARROW,
                Set.of(new Zone(Story.APEX, new Story().settings.dns()).fenceOwner()),
                "refuses its fence:",
                List.of("grant k name x TXT;"));
        Story story = new Story().generated(1);

        assertThat(locating(story, new PublishRights((zone, needed) -> List.of(tooNarrow), new TestClock(Story.START))))
                .isEqualTo(new Outcome.NotYet(
                        Pace.SLOW,
                        new Reason("192.0.2.1:53 refuses it. Add: deny k name x ANY; grant k wildcard x TXT;")));
        assertThat(locating(
                        story, new PublishRights((zone, needed) -> List.of(ofTheFence), new TestClock(Story.START))))
                .isInstanceOf(Outcome.NotYet.class);
    }

    @Test
    void whatCannotBeToldOrIsTooWideHoldsNoPublicationUp() {
        for (RightsFinding.Kind kind : RightsFinding.Kind.values()) {
            RightsFinding finding = new RightsFinding(kind, Set.of(), "said", List.of());
            RightsProbe probe = (zone, needed) -> List.of(finding);
            boolean waits = !(locating(new Story().generated(1), new PublishRights(probe, new TestClock(Story.START)))
                    instanceof Outcome.Done);
            assertThat(waits).as("%s", kind).isEqualTo(kind == RightsFinding.Kind.TOO_NARROW);
        }
    }

    @Test
    void rightsAreAskedForBeforeAPublicationOnlyTogetherAndNotAgainForMinutes() {
        List<List<OwnerName>> asked = new ArrayList<>();
        TestClock clock = new TestClock(Story.START);
        PublishRights rights = new PublishRights(
                (zone, needed) -> {
                    asked.add(needed.parents());
                    return List.of();
                },
                clock);
        Story story = new Story().generated(1);

        locating(new Story(), rights);
        assertThat(asked).as("nothing is to be published").isEmpty();
        locating(story, rights);
        locating(story, rights);
        assertThat(asked).containsExactly(List.of(OwnerName.of("_domainkey.example.org.")));
        clock.pass(PublishRights.REMEMBERED.minusMillis(1));
        locating(story, rights);
        assertThat(asked).hasSize(1);
        clock.pass(Duration.ofMillis(1));
        locating(story, rights);
        assertThat(asked).hasSize(2);
    }

    private static Outcome locating(Story story, PublishRights rights) {
        Location at = new Location.At(Story.APEX, 60, Optional.empty());
        Step step = Plan.look(Verb.LOCATE, Optional.empty(), Target.dns("main"), story.now(), List.of());
        Task task = new Task(story.domain(), story.settings, step);
        List<Outcome> outcomes = new LocateZone(
                        (dns, owner) -> at, apex -> OptionalLong.empty(), rights, Clock.systemUTC())
                .perform(List.of(task, task));
        assertThat(outcomes).as("one as the other").containsExactly(outcomes.get(0), outcomes.get(0));
        return outcomes.get(0);
    }

    @Test
    void aSignerThatIsNotConfiguredIsNamed() {
        Story story = new Story().ready(1);
        Task task = new Task(story.domain(), story.settings, story.next(Verb.ACTIVATE));

        assertThat(new TellSigner(Map.of()).perform(List.of(task)))
                .singleElement()
                .isInstanceOfSatisfying(
                        Outcome.NotYet.class,
                        notYet -> assertThat(notYet.waitingFor().text()).contains("signer opendkim"));
    }

    @Test
    void twoDomainsOfOneBatchAreNeverGivenTheSameKey() {
        ModelKeystore keystore = new ModelKeystore();
        GenerateKey generate = new GenerateKey(keystore, key -> false, new TestClock(Story.START), new Random(1));
        Story story = new Story();
        Step step = story.next(Verb.GENERATE);
        Task task = new Task(story.domain(), story.settings, step);

        List<Outcome> outcomes = generate.perform(List.of(task, task));

        assertThat(outcomes.stream()
                        .map(outcome -> ((Finding.Generated) ((Outcome.Done) outcome).finding())
                                .key()
                                .fingerprint())
                        .distinct())
                .hasSize(2);
    }

    @Test
    void afterAWordThatTheStoreIsKnownToOthersNoSpareOfItIsTaken() {
        List<String> asked = new ArrayList<>();
        ModelKeystore keystore = new ModelKeystore();
        GenerateKey generate = new GenerateKey(
                new GenerateKey.KeySource() {
                    @Override
                    public PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken)
                            throws PrivateKeyStoreException {
                        asked.add("take");
                        return keystore.take(algorithm, taken);
                    }

                    @Override
                    public void discard(Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
                        asked.add("discard");
                        if (asked.size() == 1) {
                            throw new PrivateKeyStoreUnavailableException("503 Vault is sealed");
                        }
                    }
                },
                key -> false,
                new TestClock(Story.START),
                new Random(1));
        Story story = new Story().active(1).orders(Order.Kind.COMPROMISED, Map.of("scope", "store"));

        Task task = new Task(story.domain(), story.settings, story.next(Verb.GENERATE));

        assertThat(generate.perform(List.of(task, task)))
                .as("while not all of them are gone")
                .hasSize(2)
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Outcome.NotYet.class));
        assertThat(generate.perform(List.of(task, task)))
                .as("once for a batch")
                .hasSize(2)
                .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Outcome.Done.class));

        assertThat(asked).containsExactly("discard", "discard", "take", "take");
    }

    /** Each call would wait for an answer as long as the first, and the lane with it. */
    @Test
    void aKeystoreThatIsAwayIsAskedOnceForAWholeBatch() {
        List<KeyAlgorithm> asked = new ArrayList<>();
        GenerateKey generate = new GenerateKey(
                (algorithm, taken) -> {
                    asked.add(algorithm);
                    throw new PrivateKeyStoreUnavailableException("503 Vault is sealed");
                },
                key -> false,
                new TestClock(Story.START),
                new Random(1));
        Story story = new Story();
        Task task = new Task(story.domain(), story.settings, story.next(Verb.GENERATE));

        List<Outcome> outcomes = generate.perform(List.of(task, task, task));

        assertThat(asked).hasSize(1);
        assertThat(outcomes)
                .hasSize(3)
                .allSatisfy(outcome -> assertThat(outcome)
                        .isEqualTo(new Outcome.NotYet(Pace.QUICK, new Reason("keystore: 503 Vault is sealed"))));
    }

    @Test
    void whatAKeystoreRefusesForOneKeyItIsAskedForTheNext() {
        List<KeyAlgorithm> asked = new ArrayList<>();
        GenerateKey generate = new GenerateKey(
                (algorithm, taken) -> {
                    asked.add(algorithm);
                    throw new PrivateKeyStoreDeniedException("damaged");
                },
                key -> false,
                new TestClock(Story.START),
                new Random(1));
        Story story = new Story();
        Task task = new Task(story.domain(), story.settings, story.next(Verb.GENERATE));

        generate.perform(List.of(task, task));

        assertThat(asked).hasSize(2);
    }
}
