package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CompromiseTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final SignerId OTHER = new SignerId("rspamd");

    private static Story standby() {
        return new Story().active(1).ready(2);
    }

    private static Story compromised(Story story) {
        return story.orders(Order.Kind.COMPROMISED);
    }

    /** Flipped away from the compromised key 1. */
    private static Story flipped() {
        return compromised(standby())
                .later(SECOND)
                .serversAnswer(2, "exact", "exact")
                .flipped(2);
    }

    @Test
    void theSignersAreToldTheStandbyAtOnceWhateverWindowFreezeBreakerAndHaltSay() {
        RotationPolicy closed = PolicyBuilder.policy()
                .window(from -> FlipWindow.NEVER)
                .freeze(from -> FlipWindow.NEVER)
                .build();
        Story story = new Story(closed, List.of(Story.SIGNER)).ready(1);
        story.intends(story.activate(1, Story.SIGNER)).uses(Story.SIGNER, 1).ready(2);
        story.primaryServes(1, "other")
                .brakes(new Brakes(Optional.of(new Brakes.Held(Instant.MAX, "")), Optional.of("3 flips failed")));
        assertThat(story.domain().halts()).isNotEmpty();

        compromised(story).serversAnswer(2, "exact", "exact");

        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(2));
    }

    @Test
    void theStandbyIsProvenInThisVeryPassAllTheSame() {
        Story story = compromised(standby().later(Duration.ofMinutes(2)));

        assertThat(story.due()).contains(Verb.ASK_SERVERS).doesNotContain(Verb.ACTIVATE);
        assertThat(story.serversAnswer(2, "exact", "silent").due()).doesNotContain(Verb.ACTIVATE);
    }

    @Test
    void theKeyIsRevokedInOneChangeWhenEverySignerHasStoppedAndNoConnectionCanGoOn() {
        Story story = flipped().primaryServes(1, "exact");
        assertThat(story.states()).containsExactly(KeyState.RETIRED, KeyState.ACTIVE);
        assertThat(story.due()).as("open connections may go on with it").doesNotContain(Verb.REVOKE);

        Story cut = compromised(standby()).later(SECOND).serversAnswer(2, "exact", "exact");
        cut.intends(cut.activate(2, Story.SIGNER))
                .later(SECOND)
                .sees(restarted())
                .primaryServes(1, "exact");
        assertThat(cut.due()).as("a restart cuts them").contains(Verb.REVOKE);
    }

    private static Finding restarted() {
        Proof proof = new Proof(Proof.Kind.VERIFIED, "restarted");
        return new Finding.InUse(Story.SIGNER, Set.of(Story.selector(2)), proof, Duration.ZERO);
    }

    @Test
    void openConnectionsOfSignersThatHaveStoppedDoNotHoldTheRevocationBeyondRevokeWithin() {
        Story story = flipped();
        Instant told = story.key(1).compromise().orElseThrow().stoppingAt().orElseThrow();
        assertThat(story.key(1).lastSignatureAt()).contains(story.now().plus(Story.SETTLE));

        assertThat(DueTimes.revokeDueAt(story.key(1), story.settings.policy()))
                .contains(told.plus(story.settings.policy().revokeWithin()));
    }

    @Test
    void atTheLatestItIsRevokedRevokeWithinAfterTheFirstFlipIntent() {
        Story story = compromised(standby()).later(SECOND).serversAnswer(2, "exact", "exact");
        Instant told = story.now();
        story.intends(story.activate(2, Story.SIGNER));
        Duration within = story.settings.policy().revokeWithin();

        story.later(Duration.between(story.now(), told.plus(within).minus(SECOND)))
                .primaryServes(1, "exact");
        assertThat(story.next(Verb.REVOKE).dueAt()).isEqualTo(told.plus(within));
        story.later(SECOND);
        story.primaryServes(1, "exact");

        Step revoke = story.dueStep(Verb.REVOKE);
        assertThat(revoke.change().orElseThrow().before()).contains(Story.record(1));
        assertThat(revoke.change().orElseThrow().after()).contains(Story.revocation(1));
        assertThat(revoke.because().toString()).contains("opendkim").contains("will fail");
    }

    @Test
    void beforeARevocationThePrimaryIsReadAndWhenIsShownAllTheWhile() {
        Story story = compromised(standby()).later(SECOND).serversAnswer(2, "exact", "exact");
        Instant told = story.now();
        Duration within = story.settings.policy().revokeWithin();
        story.intends(story.activate(2, Story.SIGNER));
        assertThat(story.next(Verb.REVOKE).dueAt()).isEqualTo(told.plus(within));

        story.later(within);
        assertThat(story.next(Verb.ASK_PRIMARY, 1).dueAt()).isBeforeOrEqualTo(story.now());
        assertThat(story.plans(Verb.REVOKE)).isFalse();
        assertThat(story.primaryServes(1, "exact").due()).contains(Verb.REVOKE);
        assertThat(story.changes(Verb.REVOKE).reasons()).contains("every server is to show that s1 is revoked");
    }

    /** Nobody can have seen its record, so there is nothing to revoke. */
    @Test
    void aCompromisedKeyThatWasNeverPublishedGoesWithoutARevocation() {
        Story story = new Story()
                .active(1)
                .generated(2)
                .orders(Order.Kind.COMPROMISED, Map.of("scope", "store"))
                .later(SECOND);

        assertThat(story.key(2).isCompromised()).isTrue();
        assertThat(story.steps().stream().filter(step -> step.key().equals(Optional.of(Story.id(2)))))
                .extracting(Step::verb)
                .doesNotContain(Verb.REVOKE, Verb.PUBLISH)
                .contains(Verb.ASK_PRIMARY);
    }

    @Test
    void aKeyThatWasRevokedBeforeItsSignersAnsweredIsRevokedWhenEveryServerShowsIt() {
        Story story =
                flipped().later(Duration.ofHours(1)).primaryServes(1, "exact").changes(Verb.REVOKE);
        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);

        story.serversAnswer(1, "revoked", "exact");
        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);
        story.later(SECOND).serversAnswer(1, "revoked", "revoked");

        assertThat(story.key(1).state()).isEqualTo(KeyState.REVOKED);
        Order order = story.order(Order.Kind.COMPROMISED);
        assertThat(order.isOpen()).isFalse();
        assertThat(order.closing().orElseThrow().why())
                .contains("exposure ends at " + story.now().plusSeconds(3600));
    }

    @Test
    void aRevokedKeyIsWithdrawnAfterItsGraceByTheValueThatStandsThere() {
        Story story =
                flipped().later(Duration.ofHours(1)).primaryServes(1, "exact").changes(Verb.REVOKE);
        story.later(SECOND).serversAnswer(1, "revoked", "revoked");
        story.later(story.settings.policy().gracePeriod().plusHours(2))
                .uses(Story.SIGNER, 2)
                .primaryServes(1, "revoked");

        assertThat(story.dueStep(Verb.WITHDRAW).change().orElseThrow().before()).contains(Story.revocation(1));
        story.changes(Verb.WITHDRAW).serversAnswer(1, "nothing", "nothing");
        assertThat(story.key(1).state()).isEqualTo(KeyState.REMOVED);
    }

    @Test
    void withoutAStandbyTheOldKeySignsOnUnrevokedUntilTheNewOneIsReady() {
        Story story = compromised(new Story().active(1));

        assertThat(story.due()).contains(Verb.GENERATE).doesNotContain(Verb.STOP_SIGNING);
        story.later(Duration.ofHours(5)).primaryServes(1, "exact").uses(Story.SIGNER, 1);
        assertThat(story.plans(Verb.REVOKE)).isFalse();
        assertThat(story.domain().wanted(story.settings.policy())).hasSize(1);

        story.ready(2).intends(story.dueStep(Verb.ACTIVATE));
        assertThat(story.plans(Verb.REVOKE)).isTrue();
    }

    @Test
    void orItStopsAtOnceAndMailGoesOutUnsignedWhereThePolicySaysSo() {
        Story story = compromised(new Story(
                        PolicyBuilder.policy()
                                .compromise(OnCompromise.UNSIGNED, Duration.ofMinutes(5))
                                .build(),
                        List.of(Story.SIGNER))
                .active(1));
        story.later(SECOND).intends(story.dueStep(Verb.STOP_SIGNING)).later(SECOND);
        assertThat(story.domain().wanted(story.settings.policy())).isEmpty();

        story.uses(Story.SIGNER)
                .later(Duration.ofHours(1))
                .primaryServes(1, "exact")
                .changes(Verb.REVOKE);
        story.serversAnswer(1, "revoked", "revoked");

        assertThat(story.key(1).state()).isEqualTo(KeyState.REVOKED);
        assertThat(story.order(Order.Kind.COMPROMISED).isOpen())
                .as("until another key signs")
                .isTrue();
        story.ready(2).flipped(2);
        assertThat(story.order(Order.Kind.COMPROMISED).isOpen()).isFalse();
    }

    @Test
    void whereAStandbyIsReadyNothingIsEverUnsigned() {
        Story story = compromised(new Story(
                        PolicyBuilder.policy()
                                .compromise(OnCompromise.UNSIGNED, Duration.ofMinutes(5))
                                .build(),
                        List.of(Story.SIGNER))
                .active(1)
                .ready(2));

        assertThat(story.serversAnswer(2, "exact", "exact").due())
                .contains(Verb.ACTIVATE)
                .doesNotContain(Verb.STOP_SIGNING);
    }

    @Test
    void aWholeStoreThatIsCompromisedTakesTheStandbyWithIt() {
        Story story = standby()
                .orders(Order.Kind.COMPROMISED, Map.of("scope", "store"))
                .primaryServes(2, "exact");

        assertThat(story.key(2).isCompromised()).isTrue();
        assertThat(story.dueStep(Verb.REVOKE).key()).contains(Story.id(2));
        assertThat(story.due()).contains(Verb.GENERATE).doesNotContain(Verb.ACTIVATE);
    }

    @Test
    void aCompromisedKeyIsNeverGoneBackTo() {
        Story story = flipped();

        assertThatThrownBy(() -> story.orders(Order.Kind.ROLL_BACK))
                .isInstanceOf(OrderRefusedException.class)
                .hasMessageContaining("compromised");
    }

    @Test
    void theOrderIsRefusedWhereThereIsNothingToRevoke() {
        assertThatThrownBy(() -> new Story().orders(Order.Kind.COMPROMISED)).hasMessageContaining("no key of it signs");
        assertThatThrownBy(() -> standby().orders(Order.Kind.COMPROMISED, Map.of("selector", "nobody")))
                .hasMessageContaining("nobody");
    }

    @Test
    void aSilentSignerIsNamedAndTheRevocationDoesNotWaitForIt() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2);
        compromised(story).later(SECOND).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).uses(Story.SIGNER, 2).intends(story.activate(2, OTHER));

        story.later(story.settings.policy().revokeWithin()).primaryServes(1, "exact");

        assertThat(story.dueStep(Verb.REVOKE).because().toString())
                .contains("rspamd")
                .doesNotContain("opendkim,");
    }

    @Test
    void aSignerThatStaysSilentDoesNotMakeOneRotationFollowTheOther() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2);
        compromised(story).later(SECOND).serversAnswer(2, "exact", "exact").flipped(2);
        story.later(SECOND).uses(OTHER, 1, 2); // fell back
        assertThat(story.key(1).mayBeSigning()).isTrue();

        story.ready(3).uses(OTHER, 1, 2).later(SECOND);

        assertThat(story.steps().stream()
                        .filter(step ->
                                step.verb() == Verb.ACTIVATE && !step.dueAt().isAfter(story.now()))
                        .map(Step::key))
                .containsOnly(Optional.of(Story.id(2)));
    }

    @Test
    void aFlipThatIsUnderWayWhenTheKeyIsDeclaredCompromisedCountsAsTheFirstWordToStop() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);
        compromised(story).later(story.settings.policy().revokeWithin()).primaryServes(1, "exact");

        assertThat(story.due()).contains(Verb.REVOKE);
    }

    @Test
    void aSecondOrderIsNotDoneBeforeWhatTheFirstNamedIsRevoked() {
        Story story = compromised(standby()).orders(Order.Kind.COMPROMISED, Map.of("scope", "store"));

        story.later(SECOND).primaryServes(1, "exact");

        assertThat(story.domain().orders()).hasSize(2).allMatch(Order::isOpen);
    }

    @Test
    void aStandbyThatIsProvenBadLeavesTheSignersWithNothingRatherThanWithTheCompromisedKey() {
        Story story = compromised(standby()).later(SECOND).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2)).later(Duration.ofSeconds(2));

        assertThat(story.key(2).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.domain().wanted(story.settings.policy())).isEmpty();
        assertThat(story.due()).contains(Verb.STOP_SIGNING);
    }

    @Test
    void tellingTheCompromisedKeyAgainIsNoWordToStop() {
        Story story = compromised(new Story().active(1)).later(SECOND).uses(Story.SIGNER); // restarted without it
        story.later(SECOND).intends(story.dueStep(Verb.ACTIVATE));

        assertThat(story.key(1).compromise().orElseThrow().stoppingAt()).isEmpty();
        assertThat(story.domain().wanted(story.settings.policy())).hasSize(1);
    }

    @Test
    void whereMailShallRatherBeUnsignedAStandbyThatAServerDoesNotShowStopsNobodyFromBeingStopped() {
        Story story = compromised(new Story(
                                PolicyBuilder.policy()
                                        .compromise(OnCompromise.UNSIGNED, Duration.ofMinutes(5))
                                        .build(),
                                List.of(Story.SIGNER))
                        .active(1)
                        .ready(2))
                .later(SECOND)
                .serversAnswer(2, "exact", "silent");

        assertThat(story.due()).contains(Verb.STOP_SIGNING);
    }

    @Test
    void aRetiredKeyThatASignerMayStillUseIsRevokedRevokeWithinAfterTheWord() {
        Story story = standby().flipped(2).later(SECOND).uses(Story.SIGNER, 1, 2);
        story.withSigners(List.of(OTHER)); // its host was stolen
        story.orders(Order.Kind.COMPROMISED, Map.of("selector", "s1"));

        story.later(story.settings.policy().revokeWithin()).primaryServes(1, "exact");
        assertThat(story.due()).contains(Verb.REVOKE);
    }

    @Test
    void aRollbackToAGoodKeyGoesOnWhenTheOtherIsDeclaredCompromised() {
        Story story =
                standby().flipped(2).later(SECOND).orders(Order.Kind.ROLL_BACK).serversAnswer(1, "exact", "exact");
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).orders(Order.Kind.COMPROMISED);

        assertThat(story.order(Order.Kind.ROLL_BACK).isOpen()).isTrue();
        assertThat(story.domain().wanted(story.settings.policy()))
                .extracting(SigningKey::id)
                .containsExactly(Story.id(1));
    }

    @Test
    void anotherKeyThatIsCompromisedLaterIsAnotherOrder() {
        Story story = flipped();
        assertThat(story.order(Order.Kind.COMPROMISED).isOpen()).isTrue();

        assertThat(new Placement(story.domain(), story.settings.policy()).open(Order.Kind.COMPROMISED, Map.of()))
                .isEmpty();
    }

    /** The way out where the private half of a standby is lost. */
    @Test
    void aStandbyAloneIsGivenUpAndAnotherIsMadeWhileTheActiveKeySignsOn() {
        Story story = standby().orders(Order.Kind.COMPROMISED, Map.of("selector", "s2"));
        story.later(SECOND).primaryServes(2, "exact").changes(Verb.REVOKE).serversAnswer(2, "revoked", "revoked");

        assertThat(story.states()).containsExactly(KeyState.ACTIVE, KeyState.REVOKED);
        assertThat(story.due()).contains(Verb.GENERATE).doesNotContain(Verb.STOP_SIGNING);
        assertThat(story.order(Order.Kind.COMPROMISED).isOpen()).isFalse();
    }

    /** A backup of the zone, or a journal without its tail. */
    @Test
    void aRevocationThatIsUndoneIsMadeAgain() {
        Story story =
                flipped().later(Duration.ofHours(1)).primaryServes(1, "exact").changes(Verb.REVOKE);
        story.later(SECOND).serversAnswer(1, "revoked", "revoked").later(SECOND);
        assertThat(story.key(1).state()).isEqualTo(KeyState.REVOKED);

        story.primaryServes(1, "exact");

        assertThat(story.dueStep(Verb.REVOKE).change().orElseThrow().before()).contains(Story.record(1));
        assertThat(story.changes(Verb.REVOKE).plans(Verb.REVOKE)).isFalse();
    }

    /** The compromised key 1 was revoked, withdrawn after its grace, and seen to be gone. */
    private static Story aDayAfterItsEnd() {
        Story story =
                flipped().later(Duration.ofHours(1)).primaryServes(1, "exact").changes(Verb.REVOKE);
        story.later(SECOND).serversAnswer(1, "revoked", "revoked");
        story.later(story.settings.policy().gracePeriod().plusHours(2))
                .uses(Story.SIGNER, 2)
                .primaryServes(1, "revoked");
        story.changes(Verb.WITHDRAW).serversAnswer(1, "nothing", "nothing").later(Duration.ofDays(1));
        return story;
    }

    @Test
    void aCompromisedRecordThatComesBackAfterItsEndIsSeenAndWithdrawn() {
        Story story = aDayAfterItsEnd();
        assertThat(story.key(1).state()).isEqualTo(KeyState.REMOVED);
        assertThat(story.steps())
                .anyMatch(step -> step.verb() == Verb.ASK_PRIMARY && step.key().equals(Optional.of(Story.id(1))));

        story.orders(Order.Kind.PAUSE).primaryServes(1, "exact");
        assertThat(story.dueStep(Verb.WITHDRAW).change().orElseThrow().before()).contains(Story.record(1));
        assertThat(story.changes(Verb.WITHDRAW).plans(Verb.WITHDRAW)).isFalse();
    }

    @Test
    void aSignerThatWasProvenToSignWronglySpoilsNoKeyAfterTheOtherUntilAPersonRetries() {
        Story story = compromised(standby()).later(SECOND).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND);
        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2)).later(SECOND);
        assertThat(story.plans(Verb.GENERATE)).isFalse();
        assertThat(story.reasons()).contains("flip_proven_bad");

        assertThat(story.orders(Order.Kind.RETRY).plans(Verb.GENERATE)).isTrue();
    }

    /** Unsigned mail is better than mail whose signature fails. */
    @Test
    void aSignerThatCannotBeToldTheNewKeyIsStoppedOnceTheOldOneIsRevoked() {
        Story story = compromised(new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                        .active(1)
                        .ready(2))
                .later(SECOND)
                .serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        story.serversAnswer(2, "exact", "silent").later(story.settings.policy().revokeWithin());
        assertThat(story.plans(Verb.STOP_SIGNING)).isFalse();

        story.primaryServes(1, "exact").changes(Verb.REVOKE);

        assertThat(story.dueStep(Verb.STOP_SIGNING).target()).isEqualTo(Target.signer(OTHER));
    }

    /** Somebody mended the signer long ago, and forgot the halt. */
    @Test
    void aFlipThatWasProvenBadBeforeTheOrderDoesNotHoldIt() {
        Story story = standby().later(SECOND).orders(Order.Kind.ROTATE_NOW).later(SECOND);
        story.serversAnswer(2, "exact", "exact")
                .intends(story.activate(2, Story.SIGNER))
                .later(SECOND);
        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2)).later(SECOND).uses(Story.SIGNER, 1);
        assertThat(story.plans(Verb.GENERATE)).isFalse();

        story.later(Duration.ofDays(30)).orders(Order.Kind.COMPROMISED);

        assertThat(story.plans(Verb.GENERATE)).isTrue();
    }

    @Test
    void whatOthersPutWhereACompromisedKeyWasIsNoMatter() {
        Story story = aDayAfterItsEnd();

        Step look = story.next(Verb.ASK_PRIMARY, 1);
        story.primaryServes(1, "other").comesTo(look, new Outcome.Halted(HaltReason.RECORD_CHANGED, "a CNAME"));

        assertThat(story.domain().halts()).isEmpty();
        assertThat(story.plans(Verb.WITHDRAW)).isFalse();
    }
}
