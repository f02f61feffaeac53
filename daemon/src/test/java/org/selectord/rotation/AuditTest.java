package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.OwnerName;

class AuditTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void everyPublishedRecordIsReadAgainAfterTheInterval() {
        Story story = new Story().active(1);
        story.primaryServes(1, "exact").later(story.settings.auditInterval().minus(SECOND));
        assertThat(story.due()).doesNotContain(Verb.ASK_PRIMARY);

        assertThat(story.later(SECOND).due()).contains(Verb.ASK_PRIMARY);
    }

    @Test
    void aRecordThatIsMissingIsPublishedAgainWhateverTheStateAndWhateverHoldsTheChain() {
        Story story =
                new Story().active(1).orders(Order.Kind.PAUSE).later(SECOND).primaryServes(1, "nothing");

        Step again = story.dueStep(Verb.PUBLISH);
        assertThat(again.change().orElseThrow().after()).contains(Story.record(1));
        story.changes(Verb.PUBLISH);
        assertThat(story.key(1).state()).isEqualTo(KeyState.ACTIVE);
        assertThat(story.due()).doesNotContain(Verb.PUBLISH);
    }

    @Test
    void aKeyThatNobodySignsWithIsProvenAnewAfterItsRecordWasMissing() {
        Story story = new Story().active(1).ready(2).later(SECOND).primaryServes(2, "nothing");

        assertThat(story.key(2).state()).isEqualTo(KeyState.PUBLISHED);
        assertThat(story.key(2).propagated().everywhereAt()).isEmpty();
        story.changes(Verb.PUBLISH).serversAnswer(2, "exact", "exact").serversAnswer(2, "exact", "exact");
        assertThat(story.key(2).state()).isEqualTo(KeyState.PUBLISHED);
    }

    @Test
    void soIsOneThatWasOnlyPublishedAndOneThatSignsIsNot() {
        Story published =
                new Story().published(1).serversAnswer(1, "exact").later(SECOND).primaryServes(1, "nothing");
        Story active = new Story().active(1).later(SECOND).primaryServes(1, "nothing");

        assertThat(published.key(1).propagated().servers()).isEmpty();
        assertThat(active.key(1).propagated().servers()).isNotEmpty();
    }

    @Test
    void somethingElseAtTheNameHaltsAndIsLeftAlone() {
        Story story = new Story().active(1).later(SECOND).primaryServes(1, "other");

        assertThat(story.domain().halts().values()).extracting(Halt::reason).containsExactly(HaltReason.RECORD_CHANGED);
        assertThat(story.plans(Verb.PUBLISH)).isFalse();
        assertThat(story.plans(Verb.WITHDRAW)).isFalse();
    }

    @Test
    void aRecordThatCameBackAfterItsWithdrawalIsWithdrawnAgain() {
        Story story = new Story().active(1).ready(2).flipped(2);
        story.later(Duration.ofDays(7).plusHours(3)).uses(Story.SIGNER, 2).primaryServes(1, "exact");
        story.changes(Verb.WITHDRAW).later(SECOND);
        assertThat(story.plans(Verb.PUBLISH)).isFalse();

        story.uses(Story.SIGNER, 2).primaryServes(1, "exact");
        assertThat(story.due()).contains(Verb.WITHDRAW);
    }

    @Test
    void onlyASignerThatFellBackToItHasARecordPublishedAgainThatIsBeingWithdrawn() {
        Story story = new Story().active(1).ready(2).flipped(2);
        story.later(Duration.ofDays(7).plusHours(3)).uses(Story.SIGNER, 2).primaryServes(1, "exact");
        story.changes(Verb.WITHDRAW).later(SECOND).uses(Story.SIGNER, 1);

        assertThat(story.dueStep(Verb.PUBLISH).change().orElseThrow().after()).contains(Story.record(1));
        story.serversAnswer(1, "nothing", "nothing");
        assertThat(story.key(1).state()).as("a signer signs with it").isEqualTo(KeyState.RETIRED);
        story.changes(Verb.PUBLISH);
        assertThat(story.key(1).standing()).contains(Story.record(1));
    }

    @Test
    void aRevokedRecordThatIsMissingIsRevokedAgain() {
        Story story =
                new Story().active(1).ready(2).orders(Order.Kind.COMPROMISED).later(SECOND);
        story.serversAnswer(2, "exact", "exact").flipped(2).later(Duration.ofHours(1));
        story.primaryServes(1, "exact").changes(Verb.REVOKE).later(SECOND).primaryServes(1, "nothing");

        assertThat(story.dueStep(Verb.PUBLISH).change().orElseThrow().after()).contains(Story.revocation(1));
    }

    @Test
    void badMailOfTheKeyThatSignsHaltsUntilItVerifiesAgain() {
        Story story = new Story().active(1).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1));
        assertThat(story.domain().halts().values()).extracting(Halt::reason).containsExactly(HaltReason.SIGNATURE_BAD);

        assertThat(story.later(SECOND).uses(Story.SIGNER, 1).domain().halts()).isEmpty();
    }

    @Test
    void anObstacleAtTheNameIsLookedAtAgainAfterAPauseOnly() {
        Story story = new Story().active(1).later(anAuditLater());
        Step look = story.dueStep(Verb.ASK_PRIMARY);

        story.comesTo(look, new Outcome.Halted(HaltReason.RECORD_CHANGED, "a CNAME"));

        assertThat(story.due()).doesNotContain(Verb.ASK_PRIMARY);
        assertThat(story.later(Duration.ofMinutes(1)).due()).contains(Verb.ASK_PRIMARY);
    }

    private static Duration anAuditLater() {
        return DomainSettings.DEFAULT_AUDIT_INTERVAL;
    }

    @Test
    void whatComesBackAfterItsWithdrawalIsSeenByTheAudit() {
        Story story = new Story().active(1).ready(2).flipped(2);
        story.later(Duration.ofDays(7).plusHours(3)).uses(Story.SIGNER, 2).primaryServes(1, "exact");
        story.changes(Verb.WITHDRAW).later(anAuditLater());

        assertThat(story.steps().stream()
                        .filter(step ->
                                step.verb() == Verb.ASK_PRIMARY && !step.dueAt().isAfter(story.now()))
                        .map(Step::key))
                .contains(Optional.of(Story.id(1)));
    }

    @Test
    void aFlipProvenBadIsNotHiddenBehindAnEarlierBadSignature() {
        Story story = new Story().active(1).ready(2).later(SECOND);
        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1)).orders(Order.Kind.RETRY);
        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1)).orders(Order.Kind.COMPROMISED);
        story.later(SECOND).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2)).later(SECOND).uses(Story.SIGNER, 1);

        assertThat(story.domain().halts().values())
                .extracting(Halt::reason)
                .containsExactly(HaltReason.FLIP_PROVEN_BAD);
    }

    /** Each counts for the fleet's breaker. */
    @Test
    void aFlipProvenBadIsNotHiddenBehindAnEarlierHalt() {
        Story story = new Story().active(1).ready(2).later(SECOND);
        story.comesTo(story.next(Verb.ASK_PRIMARY, 1), new Outcome.Halted(HaltReason.RECORD_CHANGED, "a CNAME"));
        story.orders(Order.Kind.COMPROMISED).later(SECOND).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));

        assertThat(story.domain().halts().values())
                .extracting(Halt::reason)
                .containsExactly(HaltReason.FLIP_PROVEN_BAD);
    }

    /** Without a fence nothing else stops a withdrawal that was never answered from landing on a record that was published again. */
    @Test
    void aRecordOnWhichAnUnansweredWithdrawalMayLandIsReadAgainWhenItNoLongerCan() {
        Story story = new Story().active(1).ready(2).flipped(2);
        story.later(Duration.ofDays(7).plusHours(3)).uses(Story.SIGNER, 2).primaryServes(1, "exact");
        Step withdraw = story.dueStep(Verb.WITHDRAW);
        story.intends(withdraw).comesTo(withdraw, new Outcome.Unknown("no answer"));
        Instant mayLandUntil = story.key(1).mayLandUntil().orElseThrow();
        story.later(Duration.ofSeconds(2))
                .primaryServes(1, "exact")
                .uses(Story.SIGNER, 1)
                .later(SECOND);

        story.changes(Verb.PUBLISH);

        assertThat(story.next(Verb.ASK_PRIMARY, 1).dueAt()).isEqualTo(mayLandUntil);
        story.later(Duration.between(story.now(), mayLandUntil)).primaryServes(1, "exact");
        assertThat(story.next(Verb.ASK_PRIMARY, 1).dueAt())
                .isEqualTo(story.now().plus(story.settings.auditInterval()));
    }

    /** Its primary serves `_domainkey` as a zone of its own now, without what stood there. */
    @Test
    void aRecordWhoseNameWentToAnotherZoneIsPublishedThereWithoutAPerson() {
        Story story = new Story().active(1).ready(2).flipped(2).later(anAuditLater());
        for (int number : new int[] {1, 2}) {
            story.comesTo(
                    story.next(Verb.ASK_PRIMARY, number),
                    new Outcome.Halted(HaltReason.RECORD_CHANGED, "serves the name from another zone"));
        }
        assertThat(story.due()).contains(Verb.LOCATE).doesNotContain(Verb.ASK_PRIMARY);

        story.sees(located(Story.APEX.child("_domainkey")));

        assertThat(story.domain().halts()).isEmpty();
        for (int number : new int[] {1, 2}) {
            Step read = story.next(Verb.ASK_PRIMARY, number);
            assertThat(read.dueAt()).isBeforeOrEqualTo(story.now());
            assertThat(read.target()).isEqualTo(Target.zone("main", Story.APEX.child("_domainkey")));
            story.primaryServes(number, "nothing").changes(Verb.PUBLISH);
            assertThat(story.key(number).onPrimary().flatMap(PrimaryLook::found))
                    .contains(Story.record(number));
        }
    }

    @Test
    void theZoneIsLookedForOnceAnIntervalWhereARecordWasChangedAndInTheSameZoneTheChainStaysHalted() {
        Story story = new Story().active(1).later(anAuditLater()).primaryServes(1, "other");

        story.sees(located(Story.APEX));

        assertThat(story.domain().halts()).isNotEmpty();
        assertThat(story.next(Verb.LOCATE).dueAt()).isEqualTo(story.now().plus(anAuditLater()));
    }

    @Test
    void aHaltForWhatTheZoneHasNoPartInOutlivesItsMove() {
        Story story = new Story().active(1).ready(2);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));
        assertThat(story.plans(Verb.LOCATE)).isFalse();

        assertThat(story.sees(located(Story.APEX.child("_domainkey"))).domain().halts())
                .isNotEmpty();
    }

    private static Finding.Located located(OwnerName apex) {
        return new Finding.Located(apex, Story.NEGATIVE_TTL, Optional.of(60L));
    }

    @Test
    void aServerWithoutTheRecordOfAKeyThatSignsOrSignedIsNamed() {
        Story story = new Story().active(1).ready(2).flipped(2);
        ManagedKey retired = story.key(1);
        ManagedKey active = story.key(2);

        story.later(SECOND).serversAnswer(1, "exact", "nothing").serversAnswer(2, "other", "silent");

        assertThat(story.key(1).lostSince(retired)).containsExactly(Map.entry("ns2", "nothing"));
        assertThat(story.key(2).lostSince(active)).containsExactly(Map.entry("ns1", "other"));
        assertThat(story.key(1).lostSince(story.key(1))).as("told already").isEmpty();
        assertThat(story.reasons()).contains("ns2 does not show it since " + story.now() + ": nothing");
        assertThat(story.domain().halts()).isEmpty();
    }

    @Test
    void whatIsYetToBeProvenOrIsWithdrawnIsMissedNowhere() {
        Story published = new Story().published(1).serversAnswer(1, "exact", "nothing");
        Story withdrawn = new Story().active(1).ready(2).flipped(2);
        withdrawn.later(Duration.ofDays(7).plusHours(3)).uses(Story.SIGNER, 2).primaryServes(1, "exact");
        withdrawn.changes(Verb.WITHDRAW).serversAnswer(1, "exact", "nothing");

        assertThat(published.key(1).lostAt()).isEmpty();
        assertThat(withdrawn.key(1).lostAt()).isEmpty();
    }
}
