package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyType;

/** What is read off a record: the questions that the planner's guards ask. */
class ManagedDomainTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final SignerId OTHER = new SignerId("other");
    private static final RotationPolicy BOTH = PolicyBuilder.policy()
            .algorithms(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519)
            .build();

    private static Story dual() {
        return new Story(BOTH, List.of(Story.SIGNER))
                .with(KeyAlgorithm.ED25519, 2, 4)
                .active(1)
                .active(2);
    }

    private static final RotationPolicy RSA = PolicyBuilder.policy().build();

    @Test
    void aChainHasTheKeysOfItsTypeThatAreNotRemovedTheNewestFirst() {
        Story story = dual().ready(3);
        Step publish = story.generated(4).next(Verb.PUBLISH, 4);
        story.intends(publish).comesTo(publish, new Outcome.Halted(HaltReason.NAME_TAKEN, "a CNAME"));

        assertThat(story.key(4).state()).isEqualTo(KeyState.REMOVED);
        assertThat(story.domain().chain(KeyType.RSA))
                .extracting(ManagedKey::id)
                .containsExactly(Story.id(3), Story.id(1));
        assertThat(story.domain().chain(KeyType.ED25519))
                .extracting(ManagedKey::id)
                .containsExactly(Story.id(2));
        assertThat(story.domain().active(KeyType.ED25519).map(ManagedKey::selector))
                .contains(Story.selector(2));
    }

    @Test
    void aKeyThatItNeverHadIsRefusedAndAFingerprintIsKnownForEver() {
        Story story = new Story().active(1);

        assertThat(story.domain().everHad(story.key(1).fingerprint())).isTrue();
        assertThat(story.domain().everHad(new KeyFingerprint("f".repeat(64)))).isFalse();
        assertThatThrownBy(() -> story.domain().key(Story.id(7))).hasMessageContaining("no key ");
    }

    /** Of two daemons that were given the same key, or had no such key yet, the second comes too late. */
    @Test
    void aKeyIsTakenOnceUnderItsNextNumber() {
        Story story = new Story().active(1);
        ManagedKey again = ManagedKey.generated(
                Story.id(2),
                Story.selector(2),
                KeyAlgorithm.RSA_2048,
                story.key(1).fingerprint(),
                Story.record(2),
                story.now());
        assertThat(story.sees(new Finding.Generated(again)).domain().keys()).hasSize(1);

        ManagedKey another = ManagedKey.generated(
                Story.id(1),
                Story.selector(9),
                KeyAlgorithm.RSA_2048,
                new KeyFingerprint("9".repeat(64)),
                Story.record(9),
                story.now());
        assertThat(story.sees(new Finding.Generated(another)).domain().keys()).hasSize(1);
    }

    @Test
    void onlyAReadySuccessorIsFlippedTo() {
        Story story = new Story().active(1).published(2);
        assertThat(story.domain().incoming(KeyType.RSA)).isEmpty();
        assertThat(new Story().active(1).ready(2).domain().incoming(KeyType.RSA))
                .map(ManagedKey::id)
                .contains(Story.id(2));
    }

    @Test
    void aChainThatThePolicyDroppedSignsOnUntilAnotherSoundOneDoes() {
        assertThat(dual().domain().isDropped(KeyType.ED25519, BOTH)).isFalse();
        assertThat(dual().domain().isDropped(KeyType.ED25519, RSA)).isTrue();

        Story story = dual().orders(Order.Kind.COMPROMISED, Map.of("selector", "s1"));
        assertThat(story.key(1).isCompromised()).isTrue();
        assertThat(story.key(2).isCompromised()).isFalse();
        assertThat(story.domain().isDropped(KeyType.ED25519, RSA))
                .as("all that would sign is compromised")
                .isFalse();
        assertThat(story.domain().isUrgent(KeyType.RSA)).isTrue();
        assertThat(story.domain().isUrgent(KeyType.ED25519)).isFalse();
        assertThat(story.domain().mayCompromisedSign(KeyType.RSA)).isTrue();
        assertThat(story.domain().mayCompromisedSign(KeyType.ED25519)).isFalse();
    }

    @Test
    void aChainWithoutAnActiveKeyIsUrgentWhereItsLastOneIsCompromised() {
        Story story = new Story(
                        PolicyBuilder.policy()
                                .compromise(OnCompromise.UNSIGNED, Duration.ofMinutes(5))
                                .build(),
                        List.of(Story.SIGNER))
                .active(1);
        assertThat(story.domain().isUrgent(KeyType.RSA)).isFalse();
        story.orders(Order.Kind.COMPROMISED).later(SECOND).intends(story.dueStep(Verb.STOP_SIGNING));
        story.later(SECOND).uses(Story.SIGNER).later(Duration.ofHours(2)).primaryServes(1, "exact");
        assertThat(story.domain().mayCompromisedSign(KeyType.RSA)).isFalse();

        story.changes(Verb.REVOKE).serversAnswer(1, "revoked", "revoked");
        assertThat(story.domain().active(KeyType.RSA)).isEmpty();
        assertThat(story.domain().isUrgent(KeyType.RSA)).isTrue();
        assertThat(story.domain().isUrgent(KeyType.ED25519)).isFalse();
        assertThat(story.key(1).exposureEndsAt()).contains(story.now().plusSeconds(3600));
    }

    @Test
    void anIntentClosesForItsOwnSignerOnly() {
        Story story =
                new Story(RSA, List.of(Story.SIGNER, OTHER)).active(1).ready(2).orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).intends(story.activate(2, OTHER));
        assertThat(story.domain().intents()).hasSize(2);

        story.later(SECOND).uses(Story.SIGNER, 2);

        assertThat(story.domain().intents())
                .extracting(intent -> intent.step().target())
                .containsExactly(Target.signer(OTHER));
    }

    @Test
    void onlyResumeAfterARollbackBeginsANewSigningPeriod() {
        Story paused = new Story().active(1).orders(Order.Kind.PAUSE).orders(Order.Kind.RESUME);
        assertThat(paused.domain().resumedAt()).isEmpty();

        Story back = new Story().active(1).ready(2).flipped(2).later(SECOND).orders(Order.Kind.ROLL_BACK);
        back.later(SECOND).serversAnswer(1, "exact", "exact").flipped(1).orders(Order.Kind.RESUME);
        Instant resumed = back.now();
        assertThat(back.domain().resumedAt()).contains(resumed);
        assertThat(back.domain().notBeyond(Story.START).resumedAt()).contains(Story.START);
        back.later(SECOND).orders(Order.Kind.PAUSE).orders(Order.Kind.RESUME);
        assertThat(back.domain().resumedAt()).contains(resumed);
    }

    // ---- one key

    @Test
    void aKeyMayBeToldWhileItsRecordIsMeantToStandAndNobodyElseHasIt() {
        Story story = new Story().active(1).ready(2).flipped(2);
        assertThat(story.key(1).mayBeTold()).isTrue();
        assertThat(story.key(1).withStanding(Optional.empty()).mayBeTold()).isFalse();
        assertThat(story.key(1).compromised(1, story.now()).mayBeTold()).isFalse();
        assertThat(story.key(1).discarded().mayBeTold()).isFalse();
    }

    @Test
    void whatStandsIsWhatWasMeant() {
        ManagedKey key = new Story().active(1).key(1);
        TxtRRset foreign = new TxtRRset(key.record().owner(), 60, List.of(new TxtRecord(List.of("not ours"))));

        assertThat(key.stands(Optional.of(key.record()))).isTrue();
        assertThat(key.stands(Optional.of(foreign))).isFalse();
        assertThat(key.stands(Optional.empty())).isFalse();
        ManagedKey gone = key.withStanding(Optional.empty());
        assertThat(gone.stands(Optional.empty())).isTrue();
        assertThat(gone.stands(Optional.of(foreign))).as("nothing of ours").isTrue();
        assertThat(gone.stands(Optional.of(key.record()))).isFalse();
    }

    @Test
    void aCompromisedKeyIsGoneWhenItsRevocationIsTooAndAnotherWhenItsRecordIs() {
        ManagedKey key = new Story().active(1).key(1);
        ManagedKey compromised = key.compromised(1, Story.START);

        assertThat(key.isGone(Story.servers(1, "nothing", "nothing"))).isTrue();
        assertThat(key.isGone(Story.servers(1, "nothing", "exact"))).isFalse();
        assertThat(key.isGone(Story.servers(1, "nothing", "revoked"))).isTrue();
        assertThat(compromised.isGone(Story.servers(1, "nothing", "revoked"))).isFalse();
        assertThat(compromised.isGone(Story.servers(1, "nothing", "nothing"))).isTrue();
    }

    @Test
    void aLateCopyIsWaitedForToTheLatestThatIsKnown() {
        Instant at = Story.START;
        ManagedKey key = new Story().active(1).key(1).mayLand(at.plusSeconds(9));

        assertThat(key.mayLand(at).mayLandUntil()).contains(at.plusSeconds(9));
        assertThat(key.mayLand(at.plusSeconds(10)).mayLandUntil()).contains(at.plusSeconds(10));
    }

    @Test
    void anotherRecordAtTheNameIsProvenFromNothingAndTheSameOneIsNot() {
        Story story = new Story().ready(1);

        assertThat(story.key(1).withStanding(Optional.of(Story.record(1))).propagated())
                .isEqualTo(story.key(1).propagated());
        assertThat(story.key(1)
                        .withStanding(Optional.of(Story.revocation(1)))
                        .propagated()
                        .servers())
                .isEmpty();
    }

    @Test
    void aKeyThatWasThereBeforeUsWasAdopted() {
        assertThat(new Story().foreign(1, Custody.HELD).wasAdopted()).isTrue();
        assertThat(new Story().active(1).key(1).wasAdopted()).isFalse();
    }

    @Test
    void eachKindOfMomentAheadOfTheClockIsFound() {
        Story story = new Story().active(1);
        Instant now = story.now();
        Instant ahead = now.plusSeconds(1);
        ManagedKey key = story.key(1);

        assertThat(key.isBeyond(now)).isFalse();
        Use use = new Use(Use.Kind.USING, now, ahead, Duration.ZERO);
        assertThat(key.withUse(OTHER, use).isBeyond(now)).isTrue();
        assertThat(key.withOnPrimary(new PrimaryLook(Optional.empty(), ahead)).isBeyond(now))
                .isTrue();
        assertThat(story.domain().isBeyond(now)).isFalse();
        assertThat(story.domain()
                        .withKey(key.id(), known -> known.withUse(OTHER, use))
                        .isBeyond(now))
                .isTrue();
        Step step = Plan.askSigner(Story.SIGNER, now, List.of());
        Wait wait = new Wait(step.target(), step.verb(), step.key(), now, 1, new Reason("silent"), ahead);
        assertThat(story.domain().withWait(wait).isBeyond(now)).isTrue();
        assertThat(story.domain()
                        .withIntent(new Intent(story.activate(1, OTHER), ahead, ahead))
                        .isBeyond(now))
                .isTrue();
        ZoneMarks zone = story.domain().zone().orElseThrow();
        assertThat(story.domain()
                        .withZone(new ZoneMarks(zone.apex(), zone.negativeTtl(), ahead, zone.cut()))
                        .isBeyond(now))
                .isTrue();
    }
}
