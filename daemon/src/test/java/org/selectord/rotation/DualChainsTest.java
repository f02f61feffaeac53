package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** RSA and Ed25519 beside each other: two chains of one domain, each of which rotates as if it were alone. Keys with even numbers are Ed25519. */
class DualChainsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final RotationPolicy DUAL = policy(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519);
    private static final RotationPolicy RSA_ONLY = policy(KeyAlgorithm.RSA_2048);
    private static final RotationPolicy ED25519_ONLY = policy(KeyAlgorithm.ED25519);

    private static RotationPolicy policy(KeyAlgorithm... algorithms) {
        return PolicyBuilder.policy().algorithms(algorithms).build();
    }

    private static Story under(RotationPolicy policy) {
        return new Story(policy, List.of(Story.SIGNER)).with(KeyAlgorithm.ED25519, 2, 4, 6);
    }

    /** Both chains sign. */
    private static Story signing() {
        return under(DUAL).active(1).active(2);
    }

    /** And the next key of each is READY. */
    private static Story standby() {
        return signing().ready(3).ready(4);
    }

    private static List<String> wanted(Story story) {
        return story.domain().wanted(story.settings.policy()).stream()
                .map(SigningKey::selector)
                .map(Selector::name)
                .sorted()
                .toList();
    }

    private static Story until(Story story, Instant at) {
        return story.later(Duration.between(story.now(), at));
    }

    private static Instant endOf(Story story, int number) {
        return DueTimes.signingPeriodEndsAt(story.key(number), story.domain(), story.settings.policy());
    }

    private static boolean isTold(Story story, int number) {
        return story.steps().stream()
                .anyMatch(step -> step.verb() == Verb.ACTIVATE
                        && step.key().orElseThrow().equals(Story.id(number))
                        && !step.dueAt().isAfter(story.now()));
    }

    @Test
    void theSignersAreToldTheKeysOfBothChains() {
        assertThat(wanted(signing())).containsExactly("s1", "s2");
        assertThat(signing().states()).containsExactly(KeyState.ACTIVE, KeyState.ACTIVE);
    }

    @Test
    void whileOneChainHasNoKeyYetTheOtherSigns() {
        Story story = under(DUAL).active(1);

        assertThat(wanted(story)).containsExactly("s1");
        assertThat(generated(story)).containsExactlyInAnyOrder(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519);
    }

    /** Of what kind the keys are that are made now. */
    private static List<KeyAlgorithm> generated(Story story) {
        return story.steps().stream()
                .filter(step -> step.verb() == Verb.GENERATE && !step.dueAt().isAfter(story.now()))
                .flatMap(step -> step.algorithm().stream())
                .toList();
    }

    @Test
    void eachChainRotatesByItsOwnCalendar() {
        Story story = standby();
        Instant first = endOf(story, 1);
        Instant second = endOf(story, 2);
        assertThat(first).as("they began one after the other").isBefore(second);

        until(story, first.minusSeconds(1)).serversAnswer(3, "exact", "exact").serversAnswer(4, "exact", "exact");
        assertThat(isTold(story, 3)).isFalse();
        until(story, first).looked();
        assertThat(isTold(story, 3)).isTrue();
        assertThat(isTold(story, 4)).isFalse();

        story.flipped(3);
        assertThat(story.states()).containsExactly(KeyState.RETIRED, KeyState.ACTIVE, KeyState.ACTIVE, KeyState.READY);
        assertThat(wanted(story)).containsExactly("s2", "s3");

        until(story, second).serversAnswer(4, "exact", "exact").flipped(4);
        assertThat(story.states())
                .containsExactly(KeyState.RETIRED, KeyState.RETIRED, KeyState.ACTIVE, KeyState.ACTIVE);
        assertThat(wanted(story)).containsExactly("s3", "s4");
    }

    /** A signer that was only told of the other chain's key has not shown what it uses. */
    @Test
    void beforeOneChainFlipsTheOthersIntentIsNoLook() {
        Story story = standby().later(Duration.ofHours(1)).orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(3, Story.SIGNER)).serversAnswer(4, "exact", "exact");
        assertThat(isTold(story, 4)).isFalse();
        assertThat(story.later(Duration.ofSeconds(1))
                        .looked()
                        .serversAnswer(4, "exact", "exact")
                        .due())
                .contains(Verb.ACTIVATE);
    }

    @Test
    void aHaltOfOneChainDoesNotStopTheOther() {
        Story story = standby().primaryServes(1, "other");
        assertThat(story.domain().isHalted(KeyType.RSA)).isTrue();
        assertThat(story.domain().isHalted(KeyType.ED25519)).isFalse();

        until(story, endOf(story, 2))
                .serversAnswer(3, "exact", "exact")
                .serversAnswer(4, "exact", "exact")
                .looked();

        assertThat(isTold(story, 3)).isFalse();
        assertThat(isTold(story, 4)).isTrue();
        assertThat(story.flipped(4).key(4).state()).isEqualTo(KeyState.ACTIVE);
    }

    /** The proof is of a message with one signature a chain, and does not say which of them is bad. */
    @Test
    void aFlipThatIsProvenBadHaltsItsOwnChainAlone() {
        Story story = standby().serversAnswer(4, "exact", "exact");
        story.intends(story.activate(4, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1, 4));

        assertThat(story.key(4).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.domain().isHalted(KeyType.ED25519)).isTrue();
        assertThat(story.domain().isHalted(KeyType.RSA)).isFalse();
        assertThat(wanted(story)).containsExactly("s1", "s2");
    }

    @Test
    void aSignatureThatIsStillBadWithoutTheNewKeyHaltsWhatSignedBefore() {
        Story story = signing().later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1, 2));

        assertThat(story.domain().halts()).containsOnlyKeys(KeyType.RSA, KeyType.ED25519);
    }

    @Test
    void rotateNowIsDoneWhenBothChainsHaveRotated() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).later(SECOND);

        story.serversAnswer(3, "exact", "exact").flipped(3);
        assertThat(story.order(Order.Kind.ROTATE_NOW).isOpen()).isTrue();
        story.serversAnswer(4, "exact", "exact").flipped(4);

        assertThat(story.order(Order.Kind.ROTATE_NOW).isOpen()).isFalse();
    }

    @Test
    void aChainThatHasRotatedDoesNotRotateAgainWhileTheOtherIsHalted() {
        Story story = standby()
                .primaryServes(2, "other")
                .orders(Order.Kind.ROTATE_NOW)
                .later(SECOND);
        story.serversAnswer(3, "exact", "exact").flipped(3);

        story.ready(5).serversAnswer(5, "exact", "exact");

        assertThat(story.order(Order.Kind.ROTATE_NOW).isOpen()).isTrue();
        assertThat(isTold(story, 5)).isFalse();
        assertThat(story.next(Verb.ACTIVATE, 5).dueAt()).isEqualTo(endOf(story, 3));
    }

    @Test
    void aCompromiseWithoutSelectorMarksTheActiveKeyOfEachChain() {
        Story story = standby().orders(Order.Kind.COMPROMISED).later(SECOND);

        assertThat(story.key(1).isCompromised()).isTrue();
        assertThat(story.key(2).isCompromised()).isTrue();
        assertThat(story.key(3).isCompromised()).isFalse();
        assertThat(story.key(4).isCompromised()).isFalse();
        story.serversAnswer(3, "exact", "exact").serversAnswer(4, "exact", "exact");
        assertThat(isTold(story, 3)).isTrue();
        assertThat(isTold(story, 4)).isTrue();

        story.flipped(3).flipped(4);
        assertThat(wanted(story)).containsExactly("s3", "s4");
        assertThat(story.order(Order.Kind.COMPROMISED).isOpen())
                .as("until both are revoked everywhere")
                .isTrue();
        story.later(Duration.ofHours(1)).primaryServes(1, "exact").primaryServes(2, "exact");
        story.intends(story.next(Verb.REVOKE, 1)).primaryServes(1, "revoked").later(SECOND);
        story.serversAnswer(1, "revoked", "revoked");
        assertThat(story.order(Order.Kind.COMPROMISED).isOpen()).isTrue();
        story.intends(story.next(Verb.REVOKE, 2)).primaryServes(2, "revoked").later(SECOND);
        story.serversAnswer(2, "revoked", "revoked");
        assertThat(story.order(Order.Kind.COMPROMISED).isOpen()).isFalse();
    }

    @Test
    void aCompromiseOfOneSelectorLeavesTheOtherChainAlone() {
        Story story = standby()
                .orders(Order.Kind.COMPROMISED, Map.of("selector", "s2"))
                .later(SECOND);
        story.serversAnswer(3, "exact", "exact").serversAnswer(4, "exact", "exact");

        assertThat(isTold(story, 4)).isTrue();
        assertThat(isTold(story, 3)).isFalse();
    }

    @Test
    void aChainThatThePolicyDropsSignsOnUntilTheOtherOneDoes() {
        Story story = under(ED25519_ONLY).active(2).under(RSA_ONLY);

        assertThat(wanted(story)).containsExactly("s2");
        assertThat(story.plans(Verb.STOP_SIGNING)).isFalse();
        story.ready(3);
        assertThat(story.plans(Verb.STOP_SIGNING)).isFalse();

        story.flipped(3);
        assertThat(story.key(2).state()).isEqualTo(KeyState.ACTIVE);
        assertThat(wanted(story)).containsExactly("s3");
        story.intends(story.next(Verb.STOP_SIGNING, 2)).later(SECOND).uses(Story.SIGNER, 3);

        assertThat(story.key(2).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.withdrawDueAt(2)).as("its grace counts from now on").isPresent();
    }

    @Test
    void stoppingADroppedChainTellsTheSignerTheKeyOfTheOther() {
        Story story = signing().under(RSA_ONLY);
        Step stop = story.next(Verb.STOP_SIGNING, 2);
        story.intends(stop);
        ToldSigner signer = new ToldSigner();

        new TellSigner(Map.of(Target.signer(Story.SIGNER), signer))
                .perform(List.of(new Task(story.domain(), story.settings, stop)));

        assertThat(signer.told()).containsExactly(story.key(1).signingKey());
    }

    @Test
    void tellingAKeyOfOneChainTellsTheKeyOfTheOtherWithIt() {
        Story story = standby().serversAnswer(4, "exact", "exact");
        Step activate = story.activate(4, Story.SIGNER);
        story.intends(activate);
        ToldSigner signer = new ToldSigner();

        new TellSigner(Map.of(Target.signer(Story.SIGNER), signer))
                .perform(List.of(new Task(story.domain(), story.settings, activate)));

        assertThat(signer.told())
                .containsExactlyInAnyOrder(
                        story.key(1).signingKey(), story.key(4).signingKey());
    }

    @Test
    void theStandbyOfADroppedChainGoesWithoutHavingSigned() {
        Story story = standby().under(RSA_ONLY).primaryServes(4, "exact");

        assertThat(story.dueStep(Verb.WITHDRAW).key()).contains(Story.id(4));
        assertThat(story.orders(Order.Kind.ROTATE_NOW)
                        .primaryServes(4, "exact")
                        .dueStep(Verb.WITHDRAW)
                        .key())
                .as("no order is for a chain that the policy does not ask for")
                .contains(Story.id(4));
    }

    @Test
    void rotateNowIsDoneWithoutAChainThatThePolicyHasDropped() {
        Story story = standby().under(RSA_ONLY).orders(Order.Kind.ROTATE_NOW).later(SECOND);

        story.serversAnswer(3, "exact", "exact").flipped(3);

        assertThat(story.order(Order.Kind.ROTATE_NOW).isOpen()).isFalse();
    }

    @Test
    void aTypeThatIsAddedToThePolicyStartsAChainAndLeavesTheOtherAlone() {
        Story story = under(RSA_ONLY).active(1).ready(3).under(DUAL);

        assertThat(generated(story)).containsExactly(KeyAlgorithm.ED25519);
        story.active(4);

        assertThat(story.states()).containsExactly(KeyState.ACTIVE, KeyState.READY, KeyState.ACTIVE);
        assertThat(wanted(story)).containsExactly("s1", "s4");
    }

    /** Writes down what it is told, and does nothing. */
    private static final class ToldSigner implements Signer {
        private final Map<SigningDomain, Wanted> told = new HashMap<>();

        List<SigningKey> told() {
            return told.values().stream()
                    .flatMap(wanted -> wanted.keys().stream())
                    .toList();
        }

        @Override
        public SignerId id() {
            return Story.SIGNER;
        }

        @Override
        public Map<SigningDomain, Outcome> apply(Map<SigningDomain, Wanted> wanted, boolean cutOpenConnections) {
            told.putAll(wanted);
            return Map.of();
        }

        @Override
        public Map<SigningDomain, Outcome> inUse(Map<SigningDomain, Zone> domains) {
            return Map.of();
        }

        @Override
        public Outcome forget(SigningKey key) {
            throw new IllegalStateException("nobody asked for that");
        }

        @Override
        public Duration drainPeriod() {
            return Duration.ZERO;
        }
    }
}
