package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;

/** From PUBLISHED to READY and back: what counts as proof, and the wait behind it. */
class ProvingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void aKeyThatAnotherDaemonGeneratedAtTheSameTimeStaysASpare() {
        Story story = new Story().generated(1).generated(2);

        assertThat(story.domain().keys()).extracting(ManagedKey::id).containsExactly(Story.id(1));
    }

    @Test
    void aServerIsProvenByThreeExactAnswersOverTenSecondsFromTheFirstOn() {
        Story story = new Story().published(1).serversAnswer(1, "exact");
        Instant first = story.now();

        story.later(Duration.ofSeconds(5)).serversAnswer(1, "exact");
        assertThat(story.key(1).propagated().everywhereAt()).as("two answers").isEmpty();
        story.later(Duration.ofSeconds(4)).serversAnswer(1, "exact");
        assertThat(story.key(1).propagated().everywhereAt())
                .as("three answers over nine seconds")
                .isEmpty();
        story.later(SECOND).serversAnswer(1, "exact");
        assertThat(story.key(1).propagated().everywhereAt()).contains(first);
    }

    @Test
    void theLastServerSetsTheTime() {
        Story story =
                new Story().published(1).serversAnswer(1, "exact", "nothing").later(Duration.ofMinutes(5));
        Instant second = story.now();
        for (int i = 0; i < 3; i++) {
            story.serversAnswer(1, "exact", "exact").later(Duration.ofSeconds(5));
        }

        assertThat(story.key(1).propagated().everywhereAt()).contains(second);
    }

    @Test
    void aLossBeginsTheProofAnewAndSilenceOnlyTheRow() {
        Story lost = proven().serversAnswer(1, "other").later(SECOND).serversAnswer(1, "exact");
        Story silent = proven().serversAnswer(1, "silent").later(SECOND).serversAnswer(1, "exact");
        Story unproven = new Story()
                .published(1)
                .serversAnswer(1, "exact")
                .later(Duration.ofSeconds(5))
                .serversAnswer(1, "exact")
                .later(Duration.ofSeconds(5))
                .serversAnswer(1, "silent")
                .later(SECOND)
                .serversAnswer(1, "exact");

        assertThat(lost.key(1).propagated().everywhereAt()).isEmpty();
        assertThat(silent.key(1).propagated().everywhereAt()).isPresent();
        assertThat(unproven.key(1).propagated().everywhereAt())
                .as("silence breaks the row")
                .isEmpty();
    }

    private static Story proven() {
        return proven(new Story().published(1));
    }

    private static Story proven(Story story) {
        for (int i = 0; i < 3; i++) {
            story.serversAnswer(1, "exact").later(Duration.ofSeconds(5));
        }
        return story;
    }

    @Test
    void readyComesAtEverywherePlusNegativeTtlAndMarginNotASecondEarlier() {
        Instant everywhere = proven().key(1).propagated().everywhereAt().orElseThrow();
        Duration wait = Duration.ofSeconds(3600 + 360);

        Story before = proven();
        before.later(Duration.between(before.now(), everywhere.plus(wait).minus(SECOND)))
                .serversAnswer(1, "exact");
        assertThat(before.key(1).state()).isEqualTo(KeyState.PUBLISHED);

        Story atIt = proven();
        atIt.later(Duration.between(atIt.now(), everywhere.plus(wait)));
        assertThat(atIt.due()).contains(Verb.ASK_SERVERS);
        atIt.serversAnswer(1, "exact");
        assertThat(atIt.key(1).state()).isEqualTo(KeyState.READY);
    }

    @Test
    void theParentZonesDenialsAreWaitedForFromTheFirstSightOfTheCut() {
        Story story = new Story().sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.of(86_400L)));
        Instant cutSeenAt = story.now();
        proven(story.published(1));

        assertThat(story.reasons()).contains("the parent zone's N = 86400 s");
        assertThat(DueTimes.readyDueAt(story.key(1).propagated(), story.domain(), story.settings.policy()))
                .contains(cutSeenAt.plusSeconds(86_400 + 8640));
    }

    @Test
    void aCutSeenOnADoubtedClockCountsFromTheFirstTrustedLook() {
        Story story =
                new Story().untrusted().sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.of(86_400L)));
        story.later(Duration.ofDays(2)).trusted();
        Instant trustedSince = story.now();
        proven(story.published(1));

        assertThat(DueTimes.readyDueAt(story.key(1).propagated(), story.domain(), story.settings.policy()))
                .contains(trustedSince.plusSeconds(86_400 + 8640));
    }

    @Test
    void anotherZoneAboveTheNameHasACutOfItsOwn() {
        Story story = new Story()
                .sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.of(60L)))
                .later(Duration.ofDays(2));
        story.sees(new Finding.Located(Story.APEX.child("_domainkey"), 60, Optional.of(3600L)));

        ZoneMarks marks = story.domain().zone().orElseThrow();
        assertThat(marks.cut()).contains(new ZoneCut(3600, story.now()));
        assertThat(marks.negativeTtl().seconds())
                .as("of the zone it was before")
                .isEqualTo(Story.NEGATIVE_TTL);
    }

    @Test
    void aLookThatBeganBeforeTheWaitWasOverDoesNotMakeItReady() {
        Story story = proven().later(Duration.ofHours(2));
        Instant due = DueTimes.readyDueAt(story.key(1).propagated(), story.domain(), story.settings.policy())
                .orElseThrow();

        story.sees(new Finding.OnServers(Story.id(1), Story.servers(1, "exact")), due.minus(SECOND));
        assertThat(story.key(1).state()).isEqualTo(KeyState.PUBLISHED);
        story.sees(new Finding.OnServers(Story.id(1), Story.servers(1, "exact")), due);
        assertThat(story.key(1).state()).isEqualTo(KeyState.READY);
    }

    @Test
    void onAClockThatCannotBeTrustedNothingBecomesReady() {
        Story story = proven().later(Duration.ofHours(2)).untrusted();

        assertThat(story.due()).doesNotContain(Verb.ASK_SERVERS);
        story.serversAnswer(1, "exact");

        assertThat(story.key(1).state()).isEqualTo(KeyState.PUBLISHED);
        assertThat(story.reasons()).contains("clock cannot be trusted");
    }

    @Test
    void oneSilentServerInTheLastLookHoldsReady() {
        Story story = new Story().published(1);
        for (int i = 0; i < 3; i++) {
            story.serversAnswer(1, "exact", "exact").later(Duration.ofSeconds(5));
        }
        story.later(Duration.ofHours(2)).serversAnswer(1, "exact", "silent");
        assertThat(story.key(1).state()).isEqualTo(KeyState.PUBLISHED);

        story.later(SECOND).serversAnswer(1, "exact", "exact");
        assertThat(story.key(1).state()).isEqualTo(KeyState.READY);
    }

    @Test
    void theHighestNegativeTtlCountsUntilItsOwnLengthHasPassed() {
        HighWater mark = HighWater.seen(7200, Story.START);

        HighWater falling = mark.with(60, lookAt(100)); // until just before, a cache may have been given the higher one
        assertThat(falling.with(60, lookAt(7299)).seconds()).isEqualTo(7200);
        assertThat(falling.with(60, lookAt(7300)).seconds()).isEqualTo(60);
        assertThat(mark.with(9000, lookAt(1)).seconds()).isEqualTo(9000);
        assertThat(falling.with(7200, lookAt(200)).with(60, lookAt(7300)).seconds())
                .as("seen again")
                .isEqualTo(7200);
    }

    @Test
    void theNegativeTtlFallsByTheStepsThatWereServed() {
        HighWater falling =
                HighWater.seen(7200, Story.START).with(3600, lookAt(100)).with(3600, lookAt(7200));

        HighWater step = falling.with(60, lookAt(7300));

        assertThat(step.seconds()).as("served until just before").isEqualTo(3600);
        assertThat(step.with(60, lookAt(10_899)).seconds()).isEqualTo(3600);
        assertThat(step.with(60, lookAt(10_900)).seconds()).isEqualTo(60);
    }

    @Test
    void aReadyKeyThatAServerLostIsPublishedAgainAndSilenceLeavesItReady() {
        assertThat(new Story()
                        .ready(1)
                        .serversAnswer(1, "exact", "silent")
                        .key(1)
                        .state())
                .isEqualTo(KeyState.READY);
        assertThat(new Story()
                        .ready(1)
                        .serversAnswer(1, "exact", "nothing")
                        .key(1)
                        .state())
                .isEqualTo(KeyState.PUBLISHED);
    }

    @Test
    void aNewServerInTheSetBeginsTheProofAnew() {
        Story story = new Story().ready(1).serversAnswer(1, "exact", "exact", "exact");

        assertThat(story.key(1).state()).isEqualTo(KeyState.PUBLISHED);
    }

    @Test
    void aSetOfServersThatIsNotKnownProvesNothing() {
        Story story = new Story().ready(1);
        story.sees(new Finding.OnServers(Story.id(1), new Propagation(List.of(), Optional.of("no NS answer"))));

        assertThat(story.key(1).propagated().exactEverywhere()).isFalse();
        assertThat(story.orders(Order.Kind.ROTATE_NOW).due()).doesNotContain(Verb.ACTIVATE);
        assertThat(story.reasons()).contains("no NS answer");
    }

    @Test
    void aSetOfServersThatIsNotKnownUndoesNoProofAndIsAskedForMoreAndMoreSlowly() {
        Story story = new Story().ready(1).orders(Order.Kind.ROTATE_NOW).later(Duration.ofMinutes(2));
        Finding unknown = new Finding.OnServers(Story.id(1), new Propagation(List.of(), Optional.of("no NS answer")));

        for (int i = 0; i < 8; i++) {
            Step look = story.next(Verb.ASK_SERVERS);
            story.later(Duration.between(story.now(), look.dueAt())).comesTo(look, new Outcome.Done(unknown));
        }

        assertThat(story.key(1).state()).isEqualTo(KeyState.READY);
        assertThat(Duration.between(story.now(), story.next(Verb.ASK_SERVERS).dueAt()))
                .isGreaterThan(Duration.ofMinutes(1));
    }

    @Test
    void evidenceFromTheFutureIsNoEvidence() {
        Story story = new Story().ready(1).later(Duration.ofHours(-2)).orders(Order.Kind.ROTATE_NOW);

        assertThat(story.due()).doesNotContain(Verb.ACTIVATE);
    }

    private static Look lookAt(long seconds) {
        Instant at = Story.START.plusSeconds(seconds);
        return new Look(at, at, true);
    }

    @Test
    void aServerThatShowsARecordNowAndThenIsNotAskedSeveralTimesASecond() {
        Story story = new Story().published(1).later(Duration.ofMinutes(10));
        for (int i = 0; i < 4; i++) {
            story.serversAnswer(1, "exact", "exact").later(SECOND);
            story.serversAnswer(1, "exact", "nothing").later(SECOND);
        }

        assertThat(story.next(Verb.ASK_SERVERS).dueAt()).isAfter(story.now().plusSeconds(30));
    }

    @Test
    void aServerThatLeavesBeforeItHasShownTheRecordMayHaveToldCachesThatItIsNotThere() {
        Story story = new Story().active(1).ready(2).later(Duration.ofDays(1)).serversAnswer(2, "exact", "nothing");
        assertThat(story.key(2).state()).isEqualTo(KeyState.PUBLISHED);

        for (int i = 0; i < 4; i++) {
            story.later(Duration.ofSeconds(5)).serversAnswer(2, "exact");
        }
        assertThat(story.key(2).state()).isEqualTo(KeyState.PUBLISHED);
        assertThat(DueTimes.readyDueAt(story.key(2).propagated(), story.domain(), story.settings.policy())
                        .orElseThrow())
                .isAfter(story.now().plusSeconds(Story.NEGATIVE_TTL));
    }

    @Test
    void aServerThatLeavesSoonAfterItWasProvenCountsAllTheSame() {
        Story story =
                new Story().published(1).serversAnswer(1, "exact", "nothing").later(Duration.ofHours(1));
        for (int i = 0; i < 3; i++) {
            story.serversAnswer(1, "exact", "exact").later(Duration.ofSeconds(5));
        }
        story.serversAnswer(1, "exact").later(SECOND).serversAnswer(1, "exact");

        story.later(Duration.ofMinutes(30)).serversAnswer(1, "exact");
        assertThat(story.key(1).state()).isEqualTo(KeyState.PUBLISHED);
    }

    @Test
    void aServerThatComesBesideAReadyRecordIsProvenAndWaitedForWhateverOneAnswerProves() {
        RotationPolicy policy = PolicyBuilder.policy().proof(1, Duration.ZERO).build();
        Story story =
                new Story(policy, List.of(Story.SIGNER)).active(1).ready(2).later(Duration.ofDays(1));
        assertThat(story.serversAnswer(2, "exact", "exact").key(2).state()).isEqualTo(KeyState.READY);

        story.serversAnswer(2, "exact", "exact", "exact");
        assertThat(story.key(2).state()).isEqualTo(KeyState.PUBLISHED);
    }

    // ---- what a look leaves as it was

    @Test
    void theHighestTtlThatServersAnsweredIsKeptWhileNoneServesTheRecord() {
        Story story = new Story().published(1).serversAnswer(1, "exact");
        HighWater served = story.key(1).propagated().ttl().orElseThrow();
        assertThat(served).isEqualTo(HighWater.seen(3600, story.now()));

        story.later(SECOND).serversAnswer(1, "nothing");
        assertThat(story.key(1).propagated().ttl()).contains(served);
        story.later(SECOND).serversAnswer(1, "exact");
        assertThat(story.key(1).propagated().ttl()).contains(HighWater.seen(3600, story.now()));
    }

    @Test
    void theHighestTtlAndNegativeTtlOfAllLooksAreTheMarks() {
        Story story = new Story().published(1);
        looked(story, 7200, 10_000);
        looked(story.later(SECOND), 60, 60);

        assertThat(story.key(1).propagated().ttl().orElseThrow().seconds()).isEqualTo(7200);
        assertThat(story.domain().zone().orElseThrow().negativeTtl().seconds()).isEqualTo(10_000);
    }

    private static void looked(Story story, long ttlSeconds, long negativeTtlSeconds) {
        TxtRRset served = new TxtRRset(
                Story.record(1).owner(), ttlSeconds, Story.record(1).records());
        ServerAnswer answer = new ServerAnswer(
                "ns1",
                ServerAnswer.Kind.ANSWERED,
                Optional.of(served),
                OptionalLong.of(negativeTtlSeconds),
                OptionalLong.empty(),
                "exact");
        story.sees(new Finding.OnServers(Story.id(1), new Propagation(List.of(answer), Optional.empty())));
    }

    @Test
    void aServerThatLeftBeforeItWasProvenHasTheOthersProvenAnew() {
        Story proven = proven();
        proven.sees(new Finding.OnServers(
                Story.id(1),
                new Propagation(Story.servers(1, "exact", "nothing").servers(), Optional.empty())));
        assertThat(proven.key(1).propagated().servers()).hasSize(2);

        proven.later(SECOND).serversAnswer(1, "exact");

        assertThat(proven.key(1).propagated().everywhereAt()).isEmpty();
    }

    @Test
    void aServerThatLeavesAReadyKeysSetAfterItWasProvenChangesNothing() {
        Story story = new Story().ready(1).later(SECOND).serversAnswer(1, "exact");

        assertThat(story.key(1).state()).isEqualTo(KeyState.READY);
        assertThat(story.key(1).propagated().everywhereAt()).isPresent();
    }

    @Test
    void aServerThatLeavesBeforeAReadyKeysSetIsProvenAgainTakesReadyWithIt() {
        Story story = new Story().ready(1).later(SECOND).serversAnswer(1, "exact", "nothing");
        assertThat(story.key(1).state()).isEqualTo(KeyState.PUBLISHED);
    }

    // ---- waits

    @Test
    void theWaitsOfAKeyThatHasMovedOnAreOverAndThoseOfOthersAreNot() {
        Story story = new Story().active(1).ready(2).later(SECOND);
        Step flip = story.activate(2, Story.SIGNER);
        story.comesTo(flip, new Outcome.NotYet(Pace.SLOW, new Reason("the disk is full")));
        Step other = Plan.look(Verb.ASK_PRIMARY, Optional.of(Story.id(1)), Story.ZONE, story.now(), List.of());
        story.comesTo(other, new Outcome.NotYet(Pace.SLOW, new Reason("no answer")));
        assertThat(story.domain().waits()).hasSize(2);

        Step look = Plan.look(Verb.ASK_SERVERS, Optional.of(Story.id(2)), Story.ZONE, story.now(), List.of());
        story.comesTo(
                look, new Outcome.Done(new Finding.OnServers(Story.id(2), Story.servers(2, "nothing", "nothing"))));

        assertThat(story.key(2).state()).isEqualTo(KeyState.PUBLISHED);
        assertThat(story.domain().waits()).extracting(Wait::verb).containsExactly(Verb.ASK_PRIMARY);
    }

    @Test
    void aLookThatCameToNothingIsAskedForAgainAndLeavesNoIntent() {
        Story story = new Story().active(1);
        Step look = Plan.look(Verb.ASK_SERVERS, Optional.of(Story.id(1)), Story.ZONE, story.now(), List.of());

        story.comesTo(look, new Outcome.Unknown("cut off"));

        assertThat(story.domain().intents()).isEmpty();
        assertThat(story.domain().waits()).extracting(Wait::verb).containsExactly(Verb.ASK_SERVERS);
    }

    // ---- how often servers are asked

    @Test
    void aCountIsTakenEvenlyOverTheTimeOfTheProof() {
        Story story = new Story().published(1).serversAnswer(1, "exact");

        assertThat(story.next(Verb.ASK_SERVERS, 1).dueAt())
                .isEqualTo(story.now().plusSeconds(5));
    }

    @Test
    void aRecordThatIsMissingIsLookedForOftenAtFirstAndOnceAMinuteAfterAnHour() {
        Story story = new Story().published(1).serversAnswer(1, "exact", "nothing");
        assertThat(story.next(Verb.ASK_SERVERS, 1).dueAt())
                .isEqualTo(story.now().plusMillis(200));

        story.later(Duration.ofSeconds(40)).serversAnswer(1, "exact", "nothing");
        assertThat(story.next(Verb.ASK_SERVERS, 1).dueAt())
                .isEqualTo(story.now().plusSeconds(10));

        story.later(Duration.ofHours(1)).serversAnswer(1, "exact", "nothing");
        assertThat(story.next(Verb.ASK_SERVERS, 1).dueAt())
                .isEqualTo(story.now().plusSeconds(60));
    }

    @Test
    void aServerThatHasJustLostAReadyKeyIsAskedAgainAtOnceHoweverLongTheOthersHaveIt() {
        Story story =
                new Story().active(1).ready(2).orders(Order.Kind.ROTATE_NOW).later(Duration.ofDays(3));
        story.serversAnswer(2, "exact", "silent");

        assertThat(story.next(Verb.ASK_SERVERS, 2).dueAt())
                .isEqualTo(story.now().plusMillis(200));
    }

    @Test
    void whenTheLookAfterTheWaitFindsAServerSilentItIsAskedAgainAndNamed() {
        Story story = proven();
        assertThat(story.reasons()).contains("READY 3960 s later");
        story.later(Duration.ofSeconds(3960)).serversAnswer(1, "silent");

        assertThat(story.due()).doesNotContain(Verb.ASK_SERVERS);
        assertThat(story.next(Verb.ASK_SERVERS, 1).dueAt()).isBefore(story.now().plusSeconds(61));
        assertThat(story.reasons()).contains("ns1 does not show it since").doesNotContain("READY 3960 s later");
    }

    @Test
    void howManyAnswersAreCountedIsSaid() {
        Story story = new Story().published(1);
        assertThat(story.reasons()).contains("every authoritative server is to be asked");

        story.serversAnswer(1, "exact");
        assertThat(story.reasons()).contains("ns1 has shown it 1 of 3 times over 10 s");
    }

    @Test
    void theParentZoneIsNoLongerNamedWhenItsDenialsAreForgotten() {
        Story story = new Story().sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.of(60L)));
        story.later(Duration.ofHours(1));
        proven(story.published(1));

        assertThat(story.reasons()).contains("READY 3960 s later").doesNotContain("parent");
    }
}
