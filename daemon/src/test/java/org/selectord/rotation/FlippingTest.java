package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** From READY to ACTIVE: when the signers are told, what completes a flip, and the way back. */
class FlippingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final SignerId OTHER = new SignerId("other");

    private static Story standby() {
        return new Story().active(1).ready(2);
    }

    private static Story atPeriodEnd(Duration offset) {
        Story story = standby();
        Instant end = DueTimes.signingPeriodEndsAt(story.key(1), story.domain(), story.settings.policy());
        story.later(Duration.between(story.now(), end.plus(offset)));
        return story.serversAnswer(2, "exact", "exact").looked();
    }

    @Test
    void aScheduledFlipComesAtTheEndOfTheSigningPeriodNotASecondEarlier() {
        assertThat(atPeriodEnd(SECOND.negated()).due()).doesNotContain(Verb.ACTIVATE);
        assertThat(atPeriodEnd(Duration.ZERO).due()).contains(Verb.ACTIVATE);
        assertThat(atPeriodEnd(SECOND).due()).contains(Verb.ACTIVATE);
    }

    @Test
    void aScheduledFlipWaitsForTheWindowAndRotateNowDoesNot() {
        Instant opens = Story.START.plus(Duration.ofDays(200));
        RotationPolicy policy = PolicyBuilder.policy()
                .window(from -> from.isBefore(opens) ? opens : from)
                .build();
        Story story = new Story(policy, List.of(Story.SIGNER)).ready(1);
        assertThat(story.due()).as("no key signs yet, but the window is closed").doesNotContain(Verb.ACTIVATE);
        assertThat(story.next(Verb.ACTIVATE).dueAt()).isEqualTo(opens);

        assertThat(story.orders(Order.Kind.ROTATE_NOW).due()).contains(Verb.ACTIVATE);
    }

    /** Once it is told the new key, nobody could see until when it used an older one. */
    @Test
    void aSignerThatFellBackSinceTheLastLookIsSeenToBeforeItIsTold() {
        Story story = standby().flipped(2).ready(3).later(Duration.ofHours(1)).orders(Order.Kind.ROTATE_NOW);
        story.serversAnswer(3, "exact", "exact");
        assertThat(story.due()).contains(Verb.ASK_SIGNER).doesNotContain(Verb.ACTIVATE);

        story.uses(Story.SIGNER, 1).flipped(3);

        assertThat(story.key(1).lastSignatureAt()).contains(story.now().plus(Story.SETTLE));
    }

    /** What was not proven is no evidence, so the look stays due; but a signer is not asked without a pause. */
    @Test
    void aSignerToBeToldWhoseMailIsNotProvenIsNotAskedAgainAtOnce() {
        Story story = standby().later(Duration.ofHours(1)).orders(Order.Kind.ROTATE_NOW);
        story.serversAnswer(2, "exact", "exact");
        assertThat(story.due()).contains(Verb.ASK_SIGNER);
        story.comesTo(story.next(Verb.ASK_SIGNER), new Outcome.Done(Story.inUse(Story.SIGNER, Proof.Kind.UNPROVEN, 1)));
        assertThat(story.due()).doesNotContain(Verb.ASK_SIGNER);
    }

    @Test
    void evidenceOlderThanAMinuteIsLookedAtAgainBeforeTheFlip() {
        Story fresh = standby().orders(Order.Kind.ROTATE_NOW).later(Duration.ofSeconds(59));
        Story old = standby().orders(Order.Kind.ROTATE_NOW).later(Duration.ofSeconds(60));

        assertThat(fresh.due()).contains(Verb.ACTIVATE);
        assertThat(old.due()).contains(Verb.ASK_SERVERS).doesNotContain(Verb.ACTIVATE);
        assertThat(old.serversAnswer(2, "exact", "exact").due())
                .contains(Verb.ASK_SIGNER)
                .doesNotContain(Verb.ACTIVATE);
        assertThat(old.looked().due()).contains(Verb.ACTIVATE);
    }

    @Test
    void rotateNowHasEveryServerLookedAtOnceMoreHoweverFreshTheEvidence() {
        Story story = standby().later(SECOND).orders(Order.Kind.ROTATE_NOW);
        assertThat(story.due()).doesNotContain(Verb.ACTIVATE);
        assertThat(story.next(Verb.ASK_SERVERS, 2).dueAt()).isBefore(story.now());

        story.serversAnswer(2, "exact", "silent");
        assertThat(story.due()).as("one went away just before").doesNotContain(Verb.ACTIVATE);

        story.serversAnswer(2, "exact", "exact");
        assertThat(story.due()).contains(Verb.ACTIVATE);
    }

    @Test
    void aServerThatDoesNotAnswerHoldsTheFlipAndIsNamed() {
        Story story = standby().later(Duration.ofMinutes(5)).orders(Order.Kind.ROTATE_NOW);
        story.serversAnswer(2, "exact", "silent");

        assertThat(story.due()).doesNotContain(Verb.ACTIVATE);
        assertThat(story.reasons()).contains("ns2 does not show it");
    }

    @Test
    void onAClockThatCannotBeTrustedNothingIsFlippedBySchedule() {
        assertThat(atPeriodEnd(SECOND).untrusted().due()).doesNotContain(Verb.ACTIVATE);
    }

    @Test
    void fromTheIntentOnTheNewKeyCountsAsSigning() {
        Story story = standby();
        story.intends(story.activate(2, Story.SIGNER));

        assertThat(story.key(2).mayBeSigning()).isTrue();
        assertThat(story.key(1).mayBeSigning()).isTrue();
        assertThat(story.domain().signing(story.key(2).type(), story.settings.policy()))
                .contains(story.key(2));
    }

    @Test
    void theFlipIsCompleteWhenEverySignerAcknowledgedAndThenBothKeysChangeAtOnce() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2);
        story.orders(Order.Kind.ROTATE_NOW);
        assertThat(story.due()).filteredOn(verb -> verb == Verb.ACTIVATE).hasSize(2);

        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        assertThat(story.key(2).state()).isEqualTo(KeyState.READY);
        assertThat(story.key(1).state()).isEqualTo(KeyState.ACTIVE);
        assertThat(story.key(1).lastSignatureAt())
                .as("the other signer may still use it")
                .isEmpty();

        story.intends(story.activate(2, OTHER)).later(SECOND).uses(OTHER, 2);
        assertThat(story.key(2).state()).isEqualTo(KeyState.ACTIVE);
        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.key(1).lastSignatureAt()).contains(story.now().plus(Story.SETTLE));
    }

    @Test
    void noAnswerFromOneSignerDoesNotHoldTheOthersBack() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2);
        story.orders(Order.Kind.ROTATE_NOW);
        Step first = story.activate(2, Story.SIGNER);

        story.intends(first).comesTo(first, new Outcome.Unknown("no answer"));

        assertThat(story.steps().stream()
                        .filter(step -> step.verb() == Verb.ACTIVATE)
                        .map(Step::target))
                .containsExactly(Target.signer(OTHER));
        assertThat(story.domain().intents()).hasSize(1);
    }

    @Test
    void anOpenIntentIsLookedAtBeforeTheStepIsRepeated() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).restarts();
        assertThat(story.due()).contains(Verb.ASK_SIGNER).doesNotContain(Verb.ACTIVATE);

        story.uses(Story.SIGNER, 1).later(Duration.ofSeconds(2));
        assertThat(story.due()).contains(Verb.ACTIVATE);
        assertThat(story.key(2).mayBeSigning())
                .as("a copy of the old intent may still be obeyed")
                .isTrue();
    }

    @Test
    void aKeyWhoseFirstIntentCertainlyChangedNothingWasNeverTold() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW);
        Step step = story.activate(2, Story.SIGNER);

        story.intends(step).comesTo(step, new Outcome.NotYet(Pace.QUICK, new Reason("cannot write KeyTable")));

        assertThat(story.key(2).wasTold()).isFalse();
        assertThat(story.domain().intents()).isEmpty();
        assertThat(story.due()).doesNotContain(Verb.ACTIVATE);
        assertThat(story.later(SECOND).due()).contains(Verb.ACTIVATE);
    }

    @Test
    void aLookThatBeganBeforeTheIntentSaysNothing() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).later(SECOND);
        Instant before = story.now();
        story.later(SECOND).intends(story.activate(2, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.VERIFIED, 2), before);

        assertThat(story.key(2).state()).isEqualTo(KeyState.READY);
    }

    @Test
    void aSignatureThatCouldNotBeProvenCompletesNothingAndIsLookedAtAgain() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.UNPROVEN, 2));

        assertThat(story.key(2).state()).isEqualTo(KeyState.READY);
        assertThat(story.domain().halts()).isEmpty();
        assertThat(story.later(Duration.ofSeconds(2)).due()).contains(Verb.ASK_SIGNER);
    }

    @Test
    void aFlipProvenBadRetiresTheNewKeyTellsTheOldOneAgainAndHalts() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));

        assertThat(story.key(2).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.key(1).state()).isEqualTo(KeyState.ACTIVE);
        assertThat(story.domain().halts().get(story.key(1).type()))
                .extracting(Halt::reason)
                .isEqualTo(HaltReason.FLIP_PROVEN_BAD);
        Step back = story.next(Verb.ACTIVATE);
        assertThat(back.key()).contains(Story.id(1));
        assertThat(back.dueAt()).isEqualTo(story.now());
        assertThat(story.plans(Verb.GENERATE)).isFalse();
    }

    @Test
    void aRefusedProbeIsProvenBadToo() {
        Story story = new Story().ready(1);
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD));

        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.due()).contains(Verb.STOP_SIGNING);
    }

    @Test
    void aSignerThatFellBackIsToldAgainAndItsOldKeyCountsAsSigning() {
        Story story = new Story().active(1).ready(2).flipped(2).later(Duration.ofHours(5));

        story.uses(Story.SIGNER, 1);

        assertThat(story.key(1).lastSignatureAt()).isEmpty();
        assertThat(story.due()).contains(Verb.ACTIVATE);
        assertThat(story.next(Verb.ACTIVATE).key()).contains(Story.id(2));
    }

    @Test
    void rotateNowIsDoneWhenTheActiveKeyBecameSoAfterIt() {
        Story story = standby().later(SECOND).orders(Order.Kind.ROTATE_NOW).later(SECOND);
        assertThat(story.domain().openOrder(Order.Kind.ROTATE_NOW)).isPresent();

        story.serversAnswer(2, "exact", "exact").flipped(2);

        assertThat(story.domain().orders())
                .allSatisfy(order -> assertThat(order.isOpen()).isFalse());
    }

    @Test
    void whileHaltedNothingIsFlippedUntilRetry() {
        Story story = standby();
        Step change = story.next(Verb.ACTIVATE);
        story.comesTo(change, new Outcome.Halted(HaltReason.RECORD_CHANGED, "something"))
                .orders(Order.Kind.ROTATE_NOW);
        assertThat(story.due()).doesNotContain(Verb.ACTIVATE);

        assertThat(story.orders(Order.Kind.RETRY).due()).contains(Verb.ACTIVATE);
    }

    @Test
    void aFindingThatSaysNothingIsNotAskedForAtOnceAgain() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND.negated()); // the clock was put back
        Step look = Plan.askSigner(Story.SIGNER, story.now(), List.of());

        story.comesTo(look, new Outcome.Done(Story.inUse(Story.SIGNER, Proof.Kind.VERIFIED, 2)));

        assertThat(story.key(2).state()).isEqualTo(KeyState.READY);
        assertThat(story.due()).doesNotContain(Verb.ASK_SIGNER);
    }

    @Test
    void aSignerThatGoesOnRefusingIsNotToldToStopWithoutAPause() {
        Story story = new Story().ready(1);
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD));
        Step stop = story.next(Verb.STOP_SIGNING);

        story.intends(stop).later(SECOND).comesTo(stop, new Outcome.Done(Story.inUse(Story.SIGNER, Proof.Kind.BAD)));

        assertThat(story.due()).doesNotContain(Verb.STOP_SIGNING);
        assertThat(story.later(SECOND).due()).contains(Verb.STOP_SIGNING);
    }

    @Test
    void aSignerThatUsesAnotherKeyBesidesIsToldAgainAfterAPause() {
        Story story = new Story()
                .active(1)
                .ready(2)
                .flipped(2)
                .later(Duration.ofHours(5))
                .uses(Story.SIGNER, 1, 2);
        Step again = story.next(Verb.ACTIVATE);

        story.intends(again)
                .later(SECOND)
                .comesTo(again, new Outcome.Done(Story.inUse(Story.SIGNER, Proof.Kind.VERIFIED, 1, 2)));

        assertThat(story.due()).doesNotContain(Verb.ACTIVATE);
        assertThat(story.later(Duration.ofSeconds(2)).due()).contains(Verb.ACTIVATE);
    }

    /** It says since when a step is due, so a wait that is over must not bring a due time forward that has moved away since. */
    @Test
    void anOldWaitBringsNoFlipForward() {
        Story story = atPeriodEnd(Duration.ZERO);
        Step flip = story.dueStep(Verb.ACTIVATE);
        story.comesTo(flip, new Outcome.NotYet(Pace.QUICK, new Reason("the disk is full")))
                .later(SECOND);
        assertThat(story.due()).contains(Verb.ACTIVATE);

        Story longer = story.under(
                PolicyBuilder.policy().signingPeriod(Duration.ofDays(120)).build());
        assertThat(longer.due()).doesNotContain(Verb.ACTIVATE);
        assertThat(longer.next(Verb.ACTIVATE).dueAt())
                .isEqualTo(DueTimes.signingPeriodEndsAt(longer.key(1), longer.domain(), longer.settings.policy()));
    }

    @Test
    void whatAFlipWaitsForIsSaid() {
        Story ready = new Story().ready(1);
        assertThat(ready.reasons()).contains("no key signs yet");
        Story scheduled = standby();
        assertThat(scheduled.reasons()).contains("the signing period of s1 ends at");

        Instant freed = atPeriodEnd(Duration.ZERO).now().plusSeconds(30);
        Story capped = atPeriodEnd(Duration.ZERO)
                .brakes(new Brakes(Optional.of(new Brakes.Held(freed, "the cap")), Optional.empty()));
        assertThat(capped.next(Verb.ACTIVATE).dueAt()).isEqualTo(freed);
        assertThat(capped.reasons()).contains("waits for the cap; looked at again at " + freed);
        assertThat(scheduled
                        .brakes(new Brakes(Optional.of(new Brakes.Held(Story.START, "the cap")), Optional.empty()))
                        .reasons())
                .doesNotContain("the cap");

        Story fellBack =
                standby().flipped(2).ready(3).later(Duration.ofHours(1)).orders(Order.Kind.ROTATE_NOW);
        fellBack.serversAnswer(3, "exact", "exact");
        assertThat(fellBack.reasons()).contains("what signer opendkim uses now is seen before it is told");

        Story begun = standby().orders(Order.Kind.COMPROMISED).serversAnswer(2, "exact", "exact");
        assertThat(begun.next(Verb.ACTIVATE, 2).because().toString()).contains("the key that signs is compromised");
        begun.intends(begun.activate(2, Story.SIGNER));
        assertThat(begun.reasons()).contains("it is not known what became of ACTIVATE at");
    }

    @Test
    void afterAFlipThatWasProvenBadTheChainSaysSinceWhenItIsHaltedAndWhy() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));

        assertThat(story.reasons()).contains("the chain is halted since " + story.now() + ": flip_proven_bad");
    }

    /** What a server lost, caches may deny; the other signer's mail verifies by the old record until it is told. */
    @Test
    void aRecordThatIsLostInMidFlipIsProvenAnewBeforeOneMoreSignerIsTold() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2);
        story.orders(Order.Kind.ROTATE_NOW).later(SECOND).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        story.serversAnswer(2, "nothing", "exact");
        provenAnew(story, 2);

        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        assertThat(story.reasons()).contains("every server was proven at", "negative TTL N = 3600 s");
        Instant forgotten = DueTimes.readyDueAt(story.key(2).propagated(), story.domain(), story.settings.policy())
                .orElseThrow();
        story.later(Duration.between(story.now(), forgotten.minus(SECOND)))
                .serversAnswer(2, "exact", "exact")
                .uses(OTHER, 1);
        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        story.later(SECOND);
        assertThat(story.dueStep(Verb.ACTIVATE).target()).isEqualTo(Target.signer(OTHER));
    }

    /** Every server answers exactly again, often enough. */
    static void provenAnew(Story story, int number) {
        for (int i = 0; i < 3; i++) {
            story.later(Duration.ofSeconds(5)).serversAnswer(number, "exact", "exact");
        }
    }
}
