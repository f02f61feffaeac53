package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;

/** From RETIRED to REMOVED: the grace, the proofs before the record goes, and the end of the private half. */
class WindingDownTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    /** Key 1 retired, key 2 active, and the time is L + grace + margin, moved by {@code offset}. */
    private static Story atWithdrawal(Duration offset) {
        Story story = new Story().active(1).ready(2).flipped(2);
        Instant due = story.withdrawDueAt(1).orElseThrow();
        return story.later(Duration.between(story.now(), due.plus(offset)));
    }

    private static Story proven(Story story) {
        return story.uses(Story.SIGNER, 2)
                .sees(new Finding.OnPrimary(Story.id(1), Optional.of(Story.record(1)), false));
    }

    @Test
    void theGraceIsCountedFromTheLastPossibleSignature() {
        Story story = new Story().active(1).ready(2).flipped(2);
        Instant flippedAt = story.now();

        assertThat(story.withdrawDueAt(1))
                .contains(flippedAt.plus(Story.SETTLE).plus(Duration.ofDays(7)).plus(Duration.ofHours(1)));
    }

    @Test
    void retiredKeyStaysPublishedUntilGraceHasPassed() {
        assertThat(proven(atWithdrawal(SECOND.negated())).due()).doesNotContain(Verb.WITHDRAW);
        assertThat(proven(atWithdrawal(Duration.ZERO)).due()).contains(Verb.WITHDRAW);
        assertThat(proven(atWithdrawal(SECOND)).due()).contains(Verb.WITHDRAW);
    }

    @Test
    void onAClockThatCannotBeTrustedNothingIsWithdrawn() {
        assertThat(proven(atWithdrawal(SECOND)).untrusted().due())
                .doesNotContain(Verb.WITHDRAW, Verb.DESTROY, Verb.FORGET);
    }

    @Test
    void beforeTheWithdrawalEverySignerProvesWhatItUsesAndThePrimaryIsRead() {
        Story story = atWithdrawal(SECOND);
        assertThat(story.due()).contains(Verb.ASK_SIGNER).doesNotContain(Verb.WITHDRAW);

        story.uses(Story.SIGNER, 2);
        assertThat(story.due()).contains(Verb.ASK_PRIMARY).doesNotContain(Verb.WITHDRAW);

        story.sees(new Finding.OnPrimary(Story.id(1), Optional.of(Story.record(1)), false));
        assertThat(story.due()).contains(Verb.WITHDRAW);
    }

    @Test
    void aSuccessorWhoseSignatureDoesNotVerifyHoldsTheWithdrawal() {
        Story story = atWithdrawal(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));

        assertThat(story.later(Duration.ofSeconds(2)).due()).doesNotContain(Verb.WITHDRAW);
    }

    @Test
    void aSignerThatUsesTheRetiredKeyAgainHoldsTheWithdrawal() {
        Story story = atWithdrawal(SECOND).uses(Story.SIGNER, 1);

        assertThat(story.plans(Verb.WITHDRAW)).isFalse();
    }

    @Test
    void theSplitJustReadIsPartOfTheCompareAndSwap() {
        TxtRRset resplit =
                new TxtRRset(Story.record(1).owner(), 600, List.of(new TxtRecord(List.of("v=DKIM1; k=rsa; p=KEY1"))));
        Story story = atWithdrawal(SECOND)
                .uses(Story.SIGNER, 2)
                .sees(new Finding.OnPrimary(Story.id(1), Optional.of(resplit), false));

        assertThat(story.next(Verb.WITHDRAW).change().orElseThrow().before()).contains(resplit);
    }

    @Test
    void somethingElseAtTheNameHaltsAndIsNotTouched() {
        TxtRRset foreign = new TxtRRset(Story.record(1).owner(), 600, List.of(new TxtRecord(List.of("not ours"))));
        Story story = atWithdrawal(SECOND)
                .uses(Story.SIGNER, 2)
                .sees(new Finding.OnPrimary(Story.id(1), Optional.of(foreign), false));

        assertThat(story.domain().halts().values()).extracting(Halt::reason).containsExactly(HaltReason.RECORD_CHANGED);
        assertThat(story.plans(Verb.WITHDRAW)).isFalse();
    }

    @Test
    void anUnansweredPublicationHoldsTheWithdrawalWhileItMayLand() {
        Story story = new Story().generated(1);
        Step publish = story.next(Verb.PUBLISH);
        story.intends(publish).comesTo(publish, new Outcome.Unknown("no answer"));

        assertThat(story.key(1).mayLandUntil()).contains(story.now().plusSeconds(300 + 60));
    }

    @Test
    void anIntentFoundOpenAtStartMayStillLand() {
        Story story = new Story().generated(1);
        story.intends(story.next(Verb.PUBLISH)).later(Duration.ofHours(1)).restarts();

        assertThat(story.key(1).mayLandUntil()).contains(story.now().plusSeconds(300 + 60));
        assertThat(story.due()).containsExactly(Verb.ASK_PRIMARY);
    }

    @Test
    void theWithdrawalOfAKeyWhosePublicationMayStillLandWaits() {
        Story story = proven(atWithdrawal(SECOND));
        Instant until = story.now().plusSeconds(100);
        ManagedKey key = story.key(1).mayLand(until);

        assertThat(DueTimes.withdrawDueAt(key, story.domain(), story.settings, story.now()))
                .contains(until);
    }

    @Test
    void removedMeansThatNoServerAnswersIt() {
        Story story = proven(atWithdrawal(SECOND));
        story.intends(story.next(Verb.WITHDRAW)).sees(new Finding.OnPrimary(Story.id(1), Optional.empty(), false));
        assertThat(story.due()).contains(Verb.ASK_SERVERS);

        assertThat(story.serversAnswer(1, "nothing", "exact").key(1).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.serversAnswer(1, "nothing", "silent").key(1).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.serversAnswer(1, "nothing", "nothing").key(1).state()).isEqualTo(KeyState.REMOVED);
    }

    @Test
    void aWithdrawalThatIsNotSeenIsAskedForAgain() {
        Story story = proven(atWithdrawal(SECOND));
        Step withdraw = story.next(Verb.WITHDRAW);
        story.intends(withdraw)
                .comesTo(withdraw, new Outcome.Unknown("no answer"))
                .later(Duration.ofSeconds(2));
        assertThat(story.due()).contains(Verb.ASK_PRIMARY).doesNotContain(Verb.WITHDRAW);

        story.sees(new Finding.OnPrimary(Story.id(1), Optional.of(Story.record(1)), false))
                .later(Duration.ofSeconds(5));
        assertThat(story.due()).contains(Verb.WITHDRAW);
    }

    @Test
    void whileAWithdrawalWaitsNobodyIsAskedForItsEvidence() {
        Story story = proven(atWithdrawal(SECOND));
        Step withdraw = story.next(Verb.WITHDRAW);
        for (int i = 0; i < 5; i++) {
            story.intends(withdraw).comesTo(withdraw, new Outcome.NotYet(Pace.SLOW, new Reason("the zone is frozen")));
        }
        Instant retryAt = story.domain().waitOf(withdraw).orElseThrow().retryAt();

        story.later(Duration.ofMinutes(2)).uses(Story.SIGNER, 2).later(Duration.ofMinutes(2));
        assertThat(story.due()).doesNotContain(Verb.ASK_SIGNER);
        assertThat(story.next(Verb.ASK_PRIMARY, 1).dueAt()).isAfter(story.now());

        story.later(Duration.between(story.now(), retryAt));
        assertThat(story.due()).contains(Verb.ASK_SIGNER);
        assertThat(proven(story).due()).contains(Verb.WITHDRAW);
    }

    @Test
    void aWaitIsOverWithTheIntentThatALookHasClosed() {
        Story story = new Story().active(1).primaryServes(1, "nothing");
        Step publish = story.next(Verb.PUBLISH);
        story.intends(publish).comesTo(publish, new Outcome.Unknown("no answer"));
        assertThat(story.domain().waits()).hasSize(1);

        Step look = story.next(Verb.ASK_PRIMARY, 1);
        story.comesTo(look, new Outcome.Done(new Finding.OnPrimary(Story.id(1), Optional.of(Story.record(1)), false)));
        assertThat(story.domain().intents()).isEmpty();
        assertThat(story.domain().waits()).isEmpty();
    }

    @Test
    void thePrivateHalfIsKeptForTheRollbackPeriodAndForgottenAtTheSignerFirst() {
        Story story = new Story().active(1).ready(2).flipped(2);
        Instant due = story.key(1).since().plus(Duration.ofDays(2));

        story.later(Duration.between(story.now(), due.minus(SECOND)));
        assertThat(story.due()).doesNotContain(Verb.FORGET, Verb.DESTROY);
        story.later(SECOND);
        assertThat(story.due()).contains(Verb.FORGET).doesNotContain(Verb.DESTROY);
        story.sees(new Finding.Forgotten(Story.SIGNER, Story.id(1)));
        assertThat(story.due()).contains(Verb.DESTROY);
        story.sees(new Finding.Destroyed(Story.id(1)));
        assertThat(story.key(1).custody()).isEqualTo(Custody.DESTROYED);
        assertThat(story.due()).doesNotContain(Verb.DESTROY);
    }

    @Test
    void thePrivateHalfOfAKeyThatMayStillSignIsNotDestroyed() {
        Story story = new Story()
                .active(1)
                .ready(2)
                .flipped(2)
                .later(Duration.ofDays(5))
                .uses(Story.SIGNER, 1);

        assertThat(story.plans(Verb.DESTROY)).isFalse();
        assertThat(story.plans(Verb.FORGET)).isFalse();
    }

    @Test
    void aNameThatWasTakenLeavesATombstoneHaltsAndTheNextKeyHasAnotherName() {
        Story story = new Story().generated(1);
        Step publish = story.next(Verb.PUBLISH);
        story.intends(publish).comesTo(publish, new Outcome.Halted(HaltReason.NAME_TAKEN, "a CNAME"));

        assertThat(story.key(1).state()).isEqualTo(KeyState.REMOVED);
        assertThat(story.plans(Verb.GENERATE)).isFalse();
        assertThat(story.due()).as("it never signed").contains(Verb.DESTROY);
        assertThat(story.orders(Order.Kind.RETRY).due()).contains(Verb.GENERATE);
    }

    @Test
    void anOrderThatCameToNothingDoesNotMakeAKeyForgetThatItSigned() {
        Story story =
                new Story().active(1).later(Duration.ofDays(20)).uses(Story.SIGNER); // somebody took our lines away
        assertThat(story.key(1).lastSignatureAt()).isPresent();
        story.later(SECOND);
        Step again = story.next(Verb.ACTIVATE);

        story.intends(again).comesTo(again, new Outcome.NotYet(Pace.SLOW, new Reason("the tables cannot be written")));

        assertThat(story.key(1).wasTold()).isTrue();
        assertThat(story.key(1).lastSignatureAt())
                .as("not known before it was seen again")
                .isEmpty();
        story.later(SECOND).uses(Story.SIGNER);
        assertThat(story.key(1).lastSignatureAt()).contains(story.now().plus(Story.SETTLE));
    }

    @Test
    void aSignerThatDoesNotUseTheActiveKeyIsToldAndNotAskedForEver() {
        Story story = atWithdrawal(SECOND).uses(Story.SIGNER); // it signs nothing now

        assertThat(story.due()).contains(Verb.ACTIVATE).doesNotContain(Verb.ASK_SIGNER, Verb.WITHDRAW);
    }

    @Test
    void aLookThatFailedLeavesTheIntentOpen() {
        Story story = new Story().generated(1);
        Step publish = story.next(Verb.PUBLISH);
        story.intends(publish)
                .comesTo(publish, new Outcome.Unknown("no answer"))
                .later(Duration.ofSeconds(2));

        story.comesTo(story.next(Verb.ASK_PRIMARY), new Outcome.NotYet(Pace.QUICK, new Reason("it cannot be read")));

        assertThat(story.domain().intents()).hasSize(1);
        assertThat(story.later(SECOND).due()).containsExactly(Verb.ASK_PRIMARY);
    }

    @Test
    void aSignerThatIsNoLongerConfiguredIsNamedAsWhatTheWithdrawalWaitsFor() {
        SignerId other = new SignerId("other");
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, other))
                .active(1)
                .ready(2);
        Story without = story.withSigners(List.of(Story.SIGNER)).flipped(2);

        assertThat(without.key(1).state()).isEqualTo(KeyState.RETIRED);
        assertThat(without.reasons()).contains("signer other is no longer configured");
    }

    @Test
    void aSignerThatSignsNothingHoldsTheWithdrawalThoughItWasSeenNotToUseTheKey() {
        Story story = atWithdrawal(SECOND).primaryServes(1, "exact").uses(Story.SIGNER);

        assertThat(story.due()).doesNotContain(Verb.WITHDRAW);
    }

    @Test
    void aSignerThatNeverHadTheKeyProvesInThisPassAllTheSameWhatItUses() {
        SignerId other = new SignerId("other");
        Story one = new Story().active(1).ready(2).flipped(2);
        Instant due = one.withdrawDueAt(1).orElseThrow();
        Story two = one.withSigners(List.of(Story.SIGNER, other)).uses(other, 2);
        two.later(Duration.between(two.now(), due)).uses(Story.SIGNER, 2).primaryServes(1, "exact");

        assertThat(two.due()).contains(Verb.ASK_SIGNER).doesNotContain(Verb.WITHDRAW);
        assertThat(two.uses(other, 2).due()).contains(Verb.WITHDRAW);
    }

    @Test
    void whatAWithdrawalWaitsForIsSaid() {
        assertThat(atWithdrawal(SECOND.negated()).reasons())
                .contains("last possible signature at ")
                .contains(" + grace 604800 s + margin 3600 s");
        assertThat(atWithdrawal(SECOND).reasons())
                .contains("before s1 is withdrawn, signer opendkim must prove what it uses")
                .doesNotContain("no longer configured");
        assertThat(new Story().active(1).ready(2).flipped(2).reasons())
                .contains("no signature by it is possible since ");
    }

    @Test
    void aPausedDomainAndTheFleetsBreakerHoldAWithdrawalAndSaySo() {
        Story paused = proven(atWithdrawal(SECOND)).orders(Order.Kind.PAUSE);
        Story broken = proven(atWithdrawal(SECOND)).brakes(new Brakes(Optional.empty(), Optional.of("3 flips failed")));

        assertThat(paused.next(Verb.WITHDRAW).dueAt()).isEqualTo(RotationRunner.NEVER);
        assertThat(paused.next(Verb.WITHDRAW).because().toString()).contains("PAUSED since");
        assertThat(broken.next(Verb.WITHDRAW).dueAt()).isEqualTo(RotationRunner.NEVER);
        assertThat(broken.next(Verb.WITHDRAW).because().toString()).contains("selectorctl breaker reset");
    }

    @Test
    void aDomainThatLeavesNamesTheSignerThatCanNoLongerBeTold() {
        SignerId other = new SignerId("other");
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, other))
                .active(1)
                .withSigners(List.of(Story.SIGNER))
                .orders(Order.Kind.REMOVE_DOMAIN);

        assertThat(story.reasons())
                .contains("signer other is no longer configured")
                .doesNotContain("signer opendkim is no longer configured");
    }

    @Test
    void theCopyOfAnAdoptedKeyIsForgottenWhereItWasUsed() {
        SignerId other = new SignerId("other");
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, other));
        story.orders(Order.Kind.ADOPT, Map.of("selector", "s1"));
        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()));
        story.sees(new Finding.Adopted(1, story.foreign(1, Custody.HELD)));
        story.later(SECOND).uses(Story.SIGNER, 1).ready(2).later(Duration.ofDays(90));
        story.serversAnswer(2, "exact", "exact").flipped(2).later(Duration.ofDays(3));

        assertThat(story.steps().stream()
                        .filter(step -> step.verb() == Verb.FORGET && step.key().equals(Optional.of(Story.id(1))))
                        .map(Step::target))
                .contains(Target.signer(Story.SIGNER));
        assertThat(story.plans(Verb.DESTROY)).isFalse();
    }

    // ---- a key that goes without having been told to anybody

    private static Story unfit() {
        return new Story()
                .active(1)
                .ready(2)
                .under(PolicyBuilder.policy().algorithms(KeyAlgorithm.RSA_4096).build());
    }

    @Test
    void aDiscardedKeyIsWithdrawnUntilEveryServerShowsThatItIsGoneAndItsSuccessorIsMade() {
        Story story = unfit().primaryServes(2, "exact").changes(Verb.WITHDRAW);
        assertThat(story.key(2).givenUp()).isTrue();
        assertThat(story.next(Verb.ASK_SERVERS, 2).because().toString()).contains("it was withdrawn");
        assertThat(story.next(Verb.ASK_SERVERS, 2).dueAt()).isBefore(story.now().plusSeconds(61));
        assertThat(story.steps().stream().filter(step -> step.verb() == Verb.WITHDRAW))
                .isEmpty();

        story.serversAnswer(2, "nothing", "nothing");
        assertThat(story.key(2).state()).isEqualTo(KeyState.REMOVED);
    }

    @Test
    void aDiscardedKeyWhoseRecordComesBackIsWithdrawnAgain() {
        Story story = unfit().primaryServes(2, "exact").changes(Verb.WITHDRAW);
        story.later(SECOND).primaryServes(2, "exact");

        assertThat(story.due()).contains(Verb.WITHDRAW);
    }

    @Test
    void aKeyThatWasNeverPublishedIsNotLookedForInTheZone() {
        Story story = new Story().active(1).generated(2);

        assertThat(story.steps().stream().filter(step -> step.key().equals(Optional.of(Story.id(2)))))
                .extracting(Step::verb)
                .containsExactly(Verb.PUBLISH);
    }

    @Test
    void nextIsNothingWhereOnlyAPersonCanGoOn() {
        Story story = new Story().orders(Order.Kind.PAUSE);
        TimeReading now = new TimeReading(story.now(), true);

        assertThat(story.steps()).isNotEmpty();
        assertThat(new RotationPlanner().next(story.domain(), story.settings, Brakes.NONE, now))
                .isEmpty();
    }

    @Test
    void aSignerThatDoesNotForgetIsSeenToFirstForItMayHaveFallenBack() {
        Story story = new Story()
                .active(1)
                .ready(2)
                .flipped(2)
                .later(Duration.ofDays(2))
                .uses(Story.SIGNER, 2);
        story.later(SECOND);
        Step forget = story.dueStep(Verb.FORGET);
        story.comesTo(forget, new Outcome.NotYet(Pace.SLOW, new Reason("its tables name the key")));

        assertThat(story.due()).contains(Verb.ASK_SIGNER);
        story.later(SECOND).uses(Story.SIGNER, 1);
        assertThat(story.withdrawDueAt(1)).isEmpty();
        story.later(SECOND).uses(Story.SIGNER, 2);
        assertThat(story.due()).doesNotContain(Verb.ASK_SIGNER);
    }
}
