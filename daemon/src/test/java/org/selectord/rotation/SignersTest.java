package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.PublicHalf;

/** What signers are told beside a flip, what they are not told, and how steadily they are looked at. */
class SignersTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final SignerId OTHER = new SignerId("other");

    /** A signer whose own entry is the operator's, with one foreign key ACTIVE and another RETIRED. */
    private static Story foreigners() {
        Story story = new Story();
        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()));
        story.orders(Order.Kind.ADOPT, Map.of("selector", "s1"));
        story.sees(new Finding.Adopted(1, story.foreign(1, Custody.FOREIGN)));
        Instant last = story.now();
        story.orders(Order.Kind.ADOPT, Map.of("selector", "s2", "as", "retired", "last_signature", last.toString()));
        return story.sees(new Finding.Adopted(
                2,
                ManagedKey.adopted(
                        Story.id(2),
                        Story.selector(2),
                        new PublicHalf(KeyAlgorithm.RSA_2048, new byte[] {2}),
                        Custody.FOREIGN,
                        Story.record(2),
                        Map.of(KeyState.RETIRED, last),
                        Map.of(Story.SIGNER, new Use(Use.Kind.STOPPED, last, last, Duration.ZERO)))));
    }

    @Test
    void aSignerThatUsesAnotherOfItsOwnersKeysIsToldNothing() {
        Story story = foreigners().later(SECOND).uses(Story.SIGNER, 2);

        assertThat(story.plans(Verb.STOP_SIGNING)).isFalse();
        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        assertThat(story.reasons())
                .contains("signer opendkim may still use s2")
                .contains("s1 was adopted without its private half: its entry at the signer is yours");
    }

    @Test
    void itIsLookedAtAgainAsSteadilyAsAnyOther() {
        Story story = foreigners().later(SECOND).uses(Story.SIGNER, 2);
        story.later(SECOND).uses(Story.SIGNER, 2);

        assertThat(story.next(Verb.ASK_SIGNER).dueAt())
                .isEqualTo(story.now().plus(DomainSettings.DEFAULT_AUDIT_INTERVAL));
    }

    @Test
    void aSignerThatUsesNothingIsToldAndWhyIsSaid() {
        Story story = new Story().active(1).later(Duration.ofHours(1)).uses(Story.SIGNER);

        assertThat(story.dueStep(Verb.ACTIVATE).because().toString()).contains("signer opendkim does not use s1");
        assertThat(story.steps()).extracting(Step::verb).doesNotContain(Verb.ASK_SIGNER);
    }

    @Test
    void whileAFlipWaitsForOneSignerTheOtherIsLookedAtSteadily() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        story.later(Duration.ofMinutes(10)).uses(Story.SIGNER, 2);

        assertThat(story.steps().stream()
                        .filter(step ->
                                step.verb() == Verb.ASK_SIGNER && step.target().equals(Target.signer(Story.SIGNER)))
                        .map(Step::dueAt))
                .contains(story.now().plus(DomainSettings.DEFAULT_AUDIT_INTERVAL));
    }

    @Test
    void whyASignerIsToldToStopIsSaid() {
        Story leaving = new Story().active(1).orders(Order.Kind.REMOVE_DOMAIN).later(SECOND);
        Story compromised = new Story(
                        PolicyBuilder.policy()
                                .compromise(OnCompromise.UNSIGNED, Duration.ofMinutes(5))
                                .build(),
                        List.of(Story.SIGNER))
                .active(1)
                .orders(Order.Kind.COMPROMISED);
        Story bad = new Story().ready(1);
        bad.intends(bad.activate(1, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD));

        assertThat(leaving.dueStep(Verb.STOP_SIGNING).because().toString())
                .contains("s1 is ACTIVE and the domain is being removed");
        assertThat(compromised.dueStep(Verb.STOP_SIGNING).because().toString())
                .contains("s1 is ACTIVE and it is compromised");
        assertThat(bad.dueStep(Verb.STOP_SIGNING).because().toString())
                .contains("s1 is RETIRED and no other key of ours is to sign");
    }

    // ---- which looks count

    @Test
    void aLookThatBeganBeforeTheLastOneEndedSaysNothing() {
        Story story = new Story().active(1).ready(2);
        Instant before = story.now();
        story.later(SECOND).flipped(2).later(SECOND);
        Optional<Instant> lastSignatureAt = story.key(1).lastSignatureAt();
        assertThat(lastSignatureAt).isPresent();

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.VERIFIED, 1), before);

        assertThat(story.key(1).lastSignatureAt()).isEqualTo(lastSignatureAt);
        assertThat(story.key(2).isUsedBy(Story.SIGNER)).isTrue();
    }

    @Test
    void aLookThatBeganBeforeTheOrderToStopSaysNothingAboutWhatCameOfIt() {
        Story story = new Story().active(1).later(SECOND).orders(Order.Kind.REMOVE_DOMAIN);
        Instant before = story.later(SECOND).now();
        story.later(SECOND).intends(story.dueStep(Verb.STOP_SIGNING)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.VERIFIED), before);

        assertThat(story.domain().intents()).hasSize(1);
        assertThat(story.key(1).state()).isEqualTo(KeyState.ACTIVE);
    }

    @Test
    void anIntentAtOneSignerSaysNothingAboutALookAtAnother() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .later(SECOND)
                .orders(Order.Kind.REMOVE_DOMAIN);
        Instant before = story.later(SECOND).now();
        story.later(SECOND).intends(story.dueStep(Verb.STOP_SIGNING)).later(SECOND);
        SignerId told =
                ManagedDomain.signerOf(story.domain().intents().get(0).step().target());
        SignerId another = told.equals(OTHER) ? Story.SIGNER : OTHER;

        story.sees(Story.inUse(another, Proof.Kind.VERIFIED), before);

        assertThat(story.key(1).useAt(another).map(Use::kind)).contains(Use.Kind.STOPPED);
    }

    // ---- what is not proven

    @Test
    void aSignatureOfTheActiveKeyThatCouldNotBeProvenLeavesWhatWasProvenAsItWas() {
        Story story = new Story().active(1);
        Optional<Use> before = story.key(1).useAt(Story.SIGNER);

        story.later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.UNPROVEN, 1));

        assertThat(story.key(1).useAt(Story.SIGNER)).isEqualTo(before);
    }

    @Test
    void aSignerThatSignsWithAKeyItWasNotToldMayBeSigningWithIt() {
        Story story = new Story().active(1).ready(2).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.UNPROVEN, 2));

        assertThat(story.key(2).useAt(Story.SIGNER).map(Use::kind)).contains(Use.Kind.MAYBE);
        assertThat(story.key(2).state()).isEqualTo(KeyState.READY);
    }

    @Test
    void aRetiredKeyInASignatureIsInUseWhetherItIsProvenOrNot() {
        Story story = new Story().active(1).ready(2).flipped(2).ready(3).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.UNPROVEN, 1));

        assertThat(story.key(1).isUsedBy(Story.SIGNER)).isTrue();
    }

    @Test
    void aBadSignatureOfTheKeyThatIsBeingToldAgainIsNotYetAMatterForAPerson() {
        Story story = new Story().active(1).later(SECOND).uses(Story.SIGNER).later(SECOND);
        story.intends(story.dueStep(Verb.ACTIVATE)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1));

        assertThat(story.domain().halts()).isEmpty();
    }

    @Test
    void aBadSignatureIsAMatterForAPersonWhateverAnotherSignerIsBeingTold() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .later(SECOND)
                .uses(OTHER)
                .later(SECOND);
        story.intends(story.dueStep(Verb.ACTIVATE)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1));

        assertThat(story.domain().halts().values()).extracting(Halt::reason).containsExactly(HaltReason.SIGNATURE_BAD);
    }

    @Test
    void aSignerThatSignedBadlyIsGoodAgainWhenItSignsWellWithTheSameKey() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .later(SECOND)
                .sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1));
        assertThat(story.domain().halts().values()).extracting(Halt::reason).containsExactly(HaltReason.SIGNATURE_BAD);

        story.later(SECOND).uses(OTHER, 1);
        assertThat(story.domain().halts()).as("another signer").isNotEmpty();
        story.later(SECOND).uses(Story.SIGNER);
        assertThat(story.domain().halts()).as("it signed nothing").isNotEmpty();
        story.later(SECOND).uses(Story.SIGNER, 1);
        assertThat(story.domain().halts()).isEmpty();
    }

    /** Two signers, of which one was told the new key without an answer before it was proven bad at the other. */
    @Test
    void anOrderToUseAKeyThatWasTakenBackIsOverWithTheNextLook() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .orders(Order.Kind.ROTATE_NOW);
        Step silent = story.activate(2, OTHER);
        story.intends(silent).comesTo(silent, new Outcome.Unknown("no answer"));
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));
        assertThat(story.key(2).state()).isEqualTo(KeyState.RETIRED);

        Step look = Plan.askSigner(OTHER, story.later(SECOND).now(), List.of());
        story.comesTo(look, new Outcome.Done(Story.inUse(OTHER, Proof.Kind.UNPROVEN, 2)));

        assertThat(story.domain().intents()).isEmpty();
    }

    /** Its mail verifies; by the other key's record it might not. */
    @Test
    void aSignerThatFellBackIsToldTheActiveKeyOnceItsRecordIsProvenAgain() {
        Story story = new Story().active(1).ready(2).flipped(2).later(SECOND).serversAnswer(2, "nothing", "exact");
        story.uses(Story.SIGNER, 1);
        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        assertThat(story.reasons()).contains("the record of s2 was lost somewhere, and is proven anew first");

        FlippingTest.provenAnew(story, 2);
        assertThat(story.plans(Verb.ACTIVATE)).as("caches may deny it").isFalse();
        assertThat(story.next(Verb.ASK_SERVERS, 2).dueAt()).isAfter(story.now());
        story.later(Duration.ofSeconds(Story.NEGATIVE_TTL).multipliedBy(2)).serversAnswer(2, "exact", "exact");
        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(2));
    }

    @Test
    void aSignerThatSignsWithNothingIsToldTheActiveKeyWhateverItsServersShow() {
        Story story = new Story().active(1).ready(2).flipped(2).later(SECOND).serversAnswer(2, "nothing", "exact");

        assertThat(story.uses(Story.SIGNER).dueStep(Verb.ACTIVATE).key()).contains(Story.id(2));
    }

    /** Whatever is known of the other: what it signs with now is worse. */
    @Test
    void aKeyThatWasProvenBadIsTakenBackAtOnceThoughAServerIsSilentAboutTheOther() {
        Story story = new Story().active(1).ready(2).later(SECOND).serversAnswer(1, "exact", "silent");
        story.orders(Order.Kind.ROTATE_NOW).later(SECOND).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2)).later(SECOND);

        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(1));
    }
}
