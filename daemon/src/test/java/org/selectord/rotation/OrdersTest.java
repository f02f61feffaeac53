package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyType;
import org.selectord.key.PublicHalf;

class OrdersTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final SignerId OTHER = new SignerId("rspamd");

    private static Story standby() {
        return new Story().active(1).ready(2);
    }

    private static Story rotated() {
        return standby().flipped(2).later(SECOND);
    }

    // ---- rollback

    @Test
    void aRollbackFlipsToTheKeyBeforeOnFreshProofAndRetiresTheOther() {
        Story story = rotated().orders(Order.Kind.ROLL_BACK).later(SECOND);
        assertThat(story.due()).contains(Verb.ASK_SERVERS).doesNotContain(Verb.ACTIVATE);

        story.serversAnswer(1, "exact", "exact");
        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(1));
        story.flipped(1);

        assertThat(story.states()).containsExactly(KeyState.ACTIVE, KeyState.RETIRED);
        assertThat(story.order(Order.Kind.ROLL_BACK).isOpen()).isFalse();
        assertThat(story.plans(Verb.GENERATE)).as("paused until resume").isFalse();
    }

    @Test
    void aServerThatDoesNotShowTheOldRecordHoldsTheRollback() {
        Story story = rotated().orders(Order.Kind.ROLL_BACK).later(SECOND).serversAnswer(1, "exact", "nothing");

        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        assertThat(story.reasons()).contains("ns2 does not show it");
    }

    @Test
    void resumeAfterARollbackBeginsANewSigningPeriod() {
        Story story = rotated().orders(Order.Kind.ROLL_BACK).later(SECOND).serversAnswer(1, "exact", "exact");
        story.flipped(1).later(Duration.ofDays(30)).orders(Order.Kind.RESUME);

        assertThat(DueTimes.signingPeriodEndsAt(story.key(1), story.domain(), story.settings.policy()))
                .isEqualTo(story.now().plus(story.settings.policy().signingPeriod()));
    }

    @Test
    void aFlipThatIsUnderWayIsTakenBack() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);

        story.later(SECOND).orders(Order.Kind.ROLL_BACK);
        assertThat(story.states()).containsExactly(KeyState.ACTIVE, KeyState.RETIRED);
        assertThat(story.order(Order.Kind.ROTATE_NOW).closing().orElseThrow().result())
                .isEqualTo(Order.Result.SUPERSEDED);
        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(1));

        story.intends(story.dueStep(Verb.ACTIVATE)).later(SECOND).uses(Story.SIGNER, 1);
        assertThat(story.order(Order.Kind.ROLL_BACK).isOpen()).isFalse();
    }

    @Test
    void theKeyThatIsGoneBackToKeepsItsPrivateHalfAndItsRecordMeanwhile() {
        Story story = rotated().later(Duration.ofDays(2).minusSeconds(2)).orders(Order.Kind.ROLL_BACK);

        story.later(Duration.ofDays(30)).uses(Story.SIGNER, 2);

        assertThat(story.steps().stream().filter(step -> step.key().equals(Optional.of(Story.id(1)))))
                .extracting(Step::verb)
                .doesNotContain(Verb.DESTROY, Verb.FORGET, Verb.WITHDRAW);
    }

    @Test
    void aRollbackIsRefusedWhenItsPeriodIsOver() {
        Story story = rotated().later(Duration.ofDays(2));

        assertThatThrownBy(() -> story.orders(Order.Kind.ROLL_BACK))
                .isInstanceOf(OrderRefusedException.class)
                .hasMessageContaining("rollback period of 48 h is over");
        assertThatThrownBy(() -> standby().orders(Order.Kind.ROLL_BACK)).hasMessageContaining("nothing to go back to");
    }

    @Test
    void aRollbackWhoseSignatureIsBadFailsAndTheSignersAreToldTheActiveKey() {
        Story story = rotated().orders(Order.Kind.ROLL_BACK).later(SECOND).serversAnswer(1, "exact", "exact");
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND);

        story.sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 1)).later(Duration.ofSeconds(2));

        assertThat(story.order(Order.Kind.ROLL_BACK).closing().orElseThrow().result())
                .isEqualTo(Order.Result.FAILED);
        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(2));
    }

    /** Caches may have been told meanwhile that the old record is not there. */
    @Test
    void aRollbackToARecordThatWasLostWaitsForItsProofAndForTheCachesAgain() {
        Story story =
                rotated().serversAnswer(1, "nothing", "nothing").later(SECOND).orders(Order.Kind.ROLL_BACK);
        for (int i = 0; i < 3; i++) {
            story.later(Duration.ofSeconds(5)).serversAnswer(1, "exact", "exact");
        }
        Instant readyDueAt = DueTimes.readyDueAt(story.key(1).propagated(), story.domain(), story.settings.policy())
                .orElseThrow();
        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        assertThat(story.next(Verb.ASK_SERVERS, 1).dueAt()).isAfter(story.now()).isBefore(readyDueAt);

        story.later(Duration.between(story.now(), readyDueAt)).uses(Story.SIGNER, 2);
        story.serversAnswer(1, "exact", "exact");
        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(1));
    }

    @Test
    void aRollbackThatWasBegunIsNotHeldUpByASignerThatIsToldLater() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .flipped(2)
                .later(SECOND)
                .orders(Order.Kind.ROLL_BACK)
                .later(SECOND)
                .serversAnswer(1, "exact", "exact");
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 1);
        story.serversAnswer(1, "silent", "exact").later(SECOND).serversAnswer(1, "exact", "exact");

        assertThat(story.dueStep(Verb.ACTIVATE).target()).isEqualTo(Target.signer(OTHER));
    }

    /** The other signer's mail verifies as long as it is told nothing. */
    @Test
    void aRollbackWhoseRecordIsLostHalfwayTellsTheOtherSignersOnceCachesHaveForgotten() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .flipped(2)
                .later(SECOND)
                .orders(Order.Kind.ROLL_BACK)
                .later(SECOND)
                .serversAnswer(1, "exact", "exact");
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 1);
        story.serversAnswer(1, "nothing", "exact");
        FlippingTest.provenAnew(story, 1);

        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        story.later(Duration.ofSeconds(Story.NEGATIVE_TTL).multipliedBy(2)).serversAnswer(1, "exact", "exact");
        assertThat(story.dueStep(Verb.ACTIVATE).target()).isEqualTo(Target.signer(OTHER));
    }

    private static Story rotatedWhereTheOtherIsDead() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .orders(Order.Kind.ROTATE_NOW)
                .serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, OTHER)).intends(story.activate(2, Story.SIGNER));
        return story.later(SECOND).uses(Story.SIGNER, 2).later(SECOND);
    }

    @Test
    void aRollbackEndsThoughAWaivedSignerMayStillSignWithTheOtherKey() {
        Story story = rotatedWhereTheOtherIsDead();
        String until = story.now().plus(Duration.ofHours(48)).toString();
        story.orders(Order.Kind.WAIVE, Map.of("signer", OTHER.name(), "until", until, "reason", "it is dead"))
                .orders(Order.Kind.ROLL_BACK)
                .later(SECOND);

        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 1);

        assertThat(story.key(2).mayBeSigningAt(OTHER)).isTrue();
        assertThat(story.order(Order.Kind.ROLL_BACK).closing().orElseThrow().result())
                .isEqualTo(Order.Result.DONE);
    }

    @Test
    void aRollbackEndsThoughASignerHasLeftTheConfigurationThatMaySignWithTheOtherKey() {
        Story story = rotatedWhereTheOtherIsDead().orders(Order.Kind.ROLL_BACK).later(SECOND);
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 1);
        assertThat(story.order(Order.Kind.ROLL_BACK).isOpen()).isTrue();

        Story without = story.withSigners(List.of(Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 1);

        assertThat(without.order(Order.Kind.ROLL_BACK).isOpen()).isFalse();
    }

    /** Its private half may be damaged or lost. */
    @Test
    void resumeGivesUpARollbackThatNoSignerCanBeToldOf() {
        Story story = rotated().orders(Order.Kind.ROLL_BACK).later(SECOND).serversAnswer(1, "exact", "exact");
        Step activate = story.dueStep(Verb.ACTIVATE);
        story.intends(activate)
                .comesTo(activate, new Outcome.NotYet(Pace.SLOW, new Reason("the private half is damaged")));

        story.later(SECOND).orders(Order.Kind.RESUME);

        assertThat(story.order(Order.Kind.ROLL_BACK).closing().orElseThrow().result())
                .isEqualTo(Order.Result.SUPERSEDED);
        assertThat(story.order(Order.Kind.RESUME).closing().orElseThrow().why()).contains("order 1, is given up");
        assertThat(story.states()).containsExactly(KeyState.RETIRED, KeyState.ACTIVE);
        assertThat(story.domain().hold()).isEmpty();
        assertThat(story.plans(Verb.GENERATE)).isTrue();
        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(2));
    }

    @Test
    void resumeTakesBackARollbackThatASignerWasToldOf() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .active(2)
                .orders(Order.Kind.ROLL_BACK)
                .later(SECOND)
                .serversAnswer(1, "exact", "exact");
        story.intends(story.activate(1, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 1);

        story.later(SECOND).orders(Order.Kind.RESUME);
        Step activate = story.dueStep(Verb.ACTIVATE);
        assertThat(activate.key()).contains(Story.id(2));
        assertThat(activate.target()).isEqualTo(Target.signer(Story.SIGNER));
        story.intends(activate).later(SECOND).uses(Story.SIGNER, 2);

        assertThat(story.states()).containsExactly(KeyState.RETIRED, KeyState.ACTIVE);
        assertThat(story.key(1).lastSignatureAt().orElseThrow())
                .as("its grace counts from what it signed meanwhile")
                .isEqualTo(story.now().plus(Story.SETTLE));
    }

    private static RotationPolicy rollbackPeriodOfFiveDays() {
        return PolicyBuilder.policy()
                .grace(RotationPolicy.DEFAULT.gracePeriod(), Duration.ofDays(5))
                .build();
    }

    /** A crash may have come between, and the rollback period been raised since. */
    @Test
    void aRollbackToAKeyWhosePrivateHalfIsBeingDestroyedIsRefused() {
        Story story = rotated().later(Duration.ofDays(2)).sees(new Finding.Forgotten(Story.SIGNER, Story.id(1)));
        story.intends(story.dueStep(Verb.DESTROY)).restarts();
        Story raised = story.under(rollbackPeriodOfFiveDays());

        assertThatThrownBy(() -> raised.orders(Order.Kind.ROLL_BACK))
                .isInstanceOf(OrderRefusedException.class)
                .hasMessageContaining("it cannot go back to s1: its private half is being destroyed");
    }

    @Test
    void aSignerThatHadForgottenAKeyAndIsToldOfItAgainForgetsItAgain() {
        Story story = rotated().later(Duration.ofDays(2)).sees(new Finding.Forgotten(Story.SIGNER, Story.id(1)));
        story = story.under(rollbackPeriodOfFiveDays())
                .orders(Order.Kind.ROLL_BACK)
                .later(SECOND)
                .serversAnswer(1, "exact", "exact")
                .flipped(1)
                .orders(Order.Kind.RESUME)
                .ready(3)
                .flipped(3)
                .later(Duration.ofDays(5));

        assertThat(story.next(Verb.FORGET, 1).target()).isEqualTo(Target.signer(Story.SIGNER));
    }

    @Test
    void whileARollbackGoesAnotherWayTheStandbyIsLookedAtAndToldToNobody() {
        Story story = rotated().ready(3).orders(Order.Kind.ROLL_BACK).later(Duration.ofHours(1));

        assertThat(story.next(Verb.ASK_SERVERS, 3).dueAt()).isBeforeOrEqualTo(story.now());
        assertThat(story.steps().stream().filter(step -> step.verb() == Verb.ACTIVATE))
                .noneMatch(step -> step.key().equals(Optional.of(Story.id(3))));
    }

    // ---- pause and resume

    @Test
    void aPausedDomainMakesNoKeyFlipsNothingAndWithdrawsNothing() {
        Story story = standby().flipped(2).orders(Order.Kind.PAUSE).later(Duration.ofDays(200));
        story.uses(Story.SIGNER, 2).primaryServes(1, "exact");

        assertThat(story.plans(Verb.GENERATE)).isFalse();
        assertThat(story.plans(Verb.WITHDRAW)).isFalse();
        assertThat(story.reasons()).contains("PAUSED").contains("selectorctl resume example.org");
    }

    @Test
    void rotateNowOfAPausedDomainWaitsAndSaysWhy() {
        Story story = standby().orders(Order.Kind.PAUSE).orders(Order.Kind.ROTATE_NOW);

        assertThat(story.serversAnswer(2, "exact", "exact").plans(Verb.ACTIVATE))
                .isFalse();
        assertThat(story.reasons()).contains("PAUSED");
        story.orders(Order.Kind.RESUME).later(SECOND).serversAnswer(2, "exact", "exact");
        assertThat(story.due()).contains(Verb.ACTIVATE);
    }

    @Test
    void whatAPausedDomainWouldMakeIsShownWithWhatItWaitsFor() {
        Story story = new Story().active(1).orders(Order.Kind.PAUSE);

        assertThat(story.next(Verb.GENERATE).dueAt()).isEqualTo(RotationRunner.NEVER);
        assertThat(story.next(Verb.GENERATE).because().toString()).contains("PAUSED since");
    }

    @Test
    void aPausedDomainPublishesItsNewKeyForACompromiseAndForNothingElse() {
        Story story = new Story().active(1).generated(2).orders(Order.Kind.PAUSE);
        assertThat(story.due()).doesNotContain(Verb.PUBLISH);

        assertThat(story.orders(Order.Kind.COMPROMISED).due()).contains(Verb.PUBLISH);
        story.later(Duration.ofHours(1));
        assertThat(story.due())
                .as("not before the zone was looked for again")
                .contains(Verb.LOCATE)
                .doesNotContain(Verb.PUBLISH);
    }

    // ---- rotate now

    @Test
    void rotateNowWaitsForTheEndOfAFreeze() {
        Instant end = Story.START.plus(Duration.ofDays(9));
        RotationPolicy frozen = PolicyBuilder.policy()
                .freeze(from -> from.isBefore(end) ? end : from)
                .build();
        Story story = new Story(frozen, List.of(Story.SIGNER)).ready(1).orders(Order.Kind.ROTATE_NOW);

        assertThat(story.serversAnswer(1, "exact", "exact").next(Verb.ACTIVATE).dueAt())
                .isEqualTo(end);
    }

    @Test
    void withoutAStandbyRotateNowAndACompromiseMakeTheirKeyAtOnce() {
        RotationPolicy policy =
                PolicyBuilder.policy().withoutStandby(Duration.ofDays(14)).build();
        Story story = new Story(policy, List.of(Story.SIGNER)).active(1);
        assertThat(story.due()).doesNotContain(Verb.GENERATE);
        assertThat(story.reasons()).contains("the signing period ends at");

        Story ordered = new Story(policy, List.of(Story.SIGNER)).active(1).orders(Order.Kind.ROTATE_NOW);
        assertThat(ordered.due()).contains(Verb.GENERATE);
        assertThat(ordered.next(Verb.GENERATE).because().toString()).contains("rotate now, order 1 by ops");

        Story compromised = new Story(policy, List.of(Story.SIGNER)).active(1).orders(Order.Kind.COMPROMISED);
        assertThat(compromised.due()).contains(Verb.GENERATE);
        assertThat(compromised.next(Verb.GENERATE).because().toString()).contains("the key that signs is compromised");
    }

    @Test
    void rotateNowIsDoneByAnotherActiveKeyWhateverTheClockSaysMeanwhile() {
        Story story = standby().later(SECOND.multipliedBy(60)).orders(Order.Kind.ROTATE_NOW);
        story.later(SECOND.multipliedBy(-30)).flipped(2); // the clock was put back

        assertThat(story.order(Order.Kind.ROTATE_NOW).isOpen()).isFalse();
    }

    @Test
    void theFleetsBreakerHoldsRotateNowAndWithdrawals() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).serversAnswer(2, "exact", "exact");
        assertThat(story.due()).contains(Verb.ACTIVATE);

        story.brakes(new Brakes(Optional.empty(), Optional.of("3 of the last 100 flips failed")));
        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
        assertThat(story.reasons()).contains("selectorctl breaker reset");
    }

    // ---- removal

    @Test
    void aDomainThatIsRemovedStopsItsSignersWaitsForTheGraceAndWithdraws() {
        Story story = standby().orders(Order.Kind.REMOVE_DOMAIN).later(SECOND);
        assertThat(story.plans(Verb.GENERATE)).isFalse();
        story.intends(story.dueStep(Verb.STOP_SIGNING)).later(SECOND).uses(Story.SIGNER);
        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);

        story.primaryServes(2, "exact").changes(Verb.WITHDRAW).serversAnswer(2, "nothing", "nothing");
        assertThat(story.key(2).state()).as("it never signed: at once").isEqualTo(KeyState.REMOVED);
        assertThat(story.due()).doesNotContain(Verb.WITHDRAW);

        story.later(Duration.ofDays(7).plusHours(3)).uses(Story.SIGNER).primaryServes(1, "exact");
        story.changes(Verb.WITHDRAW).serversAnswer(1, "nothing", "nothing");
        assertThat(story.states()).containsOnly(KeyState.REMOVED);
        assertThat(story.order(Order.Kind.REMOVE_DOMAIN).isOpen())
                .as("private halves")
                .isTrue();
        for (int number = 1; number <= 2; number++) {
            story.sees(new Finding.Forgotten(Story.SIGNER, Story.id(number)));
            story.sees(new Finding.Destroyed(Story.id(number)));
        }
        assertThat(story.order(Order.Kind.REMOVE_DOMAIN).isOpen()).isFalse();
        assertThat(story.steps()).isEmpty();
    }

    @Test
    void aSignerThatStillSignsHoldsTheRemoval() {
        Story story = standby().orders(Order.Kind.REMOVE_DOMAIN).later(SECOND);
        story.intends(story.dueStep(Verb.STOP_SIGNING)).later(SECOND).uses(Story.SIGNER, 1);

        assertThat(story.key(1).state()).isEqualTo(KeyState.ACTIVE);
        assertThat(story.later(Duration.ofDays(30)).due())
                .contains(Verb.STOP_SIGNING)
                .doesNotContain(Verb.WITHDRAW);
    }

    @Test
    void aDomainThatIsBeingRemovedTakesNoOrderButResume() {
        Story story = standby().orders(Order.Kind.REMOVE_DOMAIN);

        assertThatThrownBy(() -> story.orders(Order.Kind.ROTATE_NOW)).hasMessageContaining("selectorctl resume");
        story.orders(Order.Kind.RESUME).later(SECOND);
        assertThat(story.order(Order.Kind.REMOVE_DOMAIN).closing().orElseThrow().result())
                .isEqualTo(Order.Result.SUPERSEDED);
        assertThat(story.plans(Verb.STOP_SIGNING)).isFalse();
    }

    // ---- waivers

    private static Map<String, String> waiving(String kind, String name, Instant until) {
        return Map.of(kind, name, "until", until.toString(), "reason", "it burnt down");
    }

    @Test
    void aWaivedServerIsGoneOnWithoutUntilTheWaiverExpires() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).later(SECOND).serversAnswer(2, "exact", "silent");
        assertThat(story.plans(Verb.ACTIVATE)).isFalse();

        story.orders(Order.Kind.WAIVE, waiving("server", "ns2", story.now().plusSeconds(100)));
        assertThat(story.serversAnswer(2, "exact", "silent").due()).contains(Verb.ACTIVATE);
        story.later(Duration.ofSeconds(100)).serversAnswer(2, "exact", "silent");
        assertThat(story.plans(Verb.ACTIVATE)).isFalse();
    }

    @Test
    void aWaivedSignerDoesNotHoldTheFlipNorForAsLongAsItIsWaivedTheWithdrawal() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .orders(Order.Kind.ROTATE_NOW)
                .orders(Order.Kind.WAIVE, waiving("signer", "rspamd", Story.START.plus(Duration.ofDays(20))));
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        assertThat(story.states()).containsExactly(KeyState.RETIRED, KeyState.ACTIVE);

        story.later(Duration.ofDays(8)).uses(Story.SIGNER, 2).primaryServes(1, "exact");
        assertThat(story.due()).contains(Verb.WITHDRAW);
        story.later(Duration.ofDays(12)).uses(Story.SIGNER, 2).primaryServes(1, "exact");
        assertThat(story.due()).as("the waiver has expired").doesNotContain(Verb.WITHDRAW);
    }

    @Test
    void aWaivedServerDoesNotHoldTheEndOfARecord() {
        Story story = standby()
                .flipped(2)
                .later(Duration.ofDays(8))
                .uses(Story.SIGNER, 2)
                .primaryServes(1, "exact");
        story.changes(Verb.WITHDRAW).serversAnswer(1, "nothing", "silent");
        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);

        story.orders(Order.Kind.WAIVE, waiving("server", "ns2", story.now().plusSeconds(100)));
        story.serversAnswer(1, "nothing", "silent");
        assertThat(story.key(1).state()).isEqualTo(KeyState.REMOVED);
    }

    @Test
    void aWaivedServerHasNoPartInTheProofByMailUntilTheWaiverIsOver() {
        Story story = standby();
        Instant over = story.now().plusSeconds(100);
        story.orders(Order.Kind.WAIVE, waiving("server", "ns2", over));
        Task task = new Task(story.domain(), story.settings, story.activate(2, Story.SIGNER));

        assertThat(task.zoneThatCounts().counts("ns2")).isFalse();
        assertThat(task.zoneThatCounts().counts("ns1")).isTrue();
        assertThat(task.zone().counts("ns2"))
                .as("a look at the record shows it all the same")
                .isTrue();
        assertThat(story.domain().withoutWaiversOver(over.minusNanos(1)).waivers())
                .hasSize(1);
        assertThat(story.domain().withoutWaiversOver(over).waivers()).isEmpty();
    }

    @Test
    void aWaiverNamesWhatItIsForWhyAndUntilWhen() {
        Instant later = Story.START.plus(Duration.ofDays(1));
        assertThatThrownBy(() -> standby().orders(Order.Kind.WAIVE, Map.of("until", later.toString(), "reason", "x")))
                .hasMessageContaining("names a server or a signer");
        assertThatThrownBy(() -> standby()
                        .orders(Order.Kind.WAIVE, Map.of("server", "ns1", "until", later.toString(), "reason", " ")))
                .hasMessageContaining("reason");
        assertThatThrownBy(() ->
                        standby().orders(Order.Kind.WAIVE, Map.of("server", "ns1", "until", "soon", "reason", "x")))
                .hasMessageContaining("soon");
    }

    // ---- a policy that changes

    @Test
    void aStandbyOfAnotherSizeThanThePolicysIsRemovedAndReplaced() {
        Story story = standby()
                .under(PolicyBuilder.policy().algorithms(KeyAlgorithm.RSA_4096).build());
        story.primaryServes(2, "exact").changes(Verb.WITHDRAW).serversAnswer(2, "nothing", "nothing");

        assertThat(story.states()).containsExactly(KeyState.ACTIVE, KeyState.REMOVED);
        assertThat(story.next(Verb.GENERATE).algorithm()).contains(KeyAlgorithm.RSA_4096);
    }

    @Test
    void unlessAnOrderUsesIt() {
        Story story = standby()
                .orders(Order.Kind.ROTATE_NOW)
                .under(PolicyBuilder.policy().algorithms(KeyAlgorithm.RSA_4096).build());

        assertThat(story.serversAnswer(2, "exact", "exact").due())
                .contains(Verb.ACTIVATE)
                .doesNotContain(Verb.WITHDRAW);
    }

    // ---- adoption

    private static Story adopted(Custody custody) {
        Story story = new Story().orders(Order.Kind.ADOPT, Map.of("selector", "s1"));
        assertThat(story.due()).contains(Verb.LOCATE);
        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()));
        assertThat(story.due()).contains(Verb.ADOPT);
        return story.sees(new Finding.Adopted(1, story.foreign(1, custody)));
    }

    @Test
    void anAdoptionThatFoundNoRecordEndsWithWhyAndNoOtherOrderDoes() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).orders(Order.Kind.ADOPT, Map.of("selector", "old"));

        story.sees(new Finding.NotAdopted(2, "no TXT record stands there"));

        assertThat(story.order(Order.Kind.ROTATE_NOW).isOpen()).isTrue();
        assertThat(story.order(Order.Kind.ADOPT).closing().orElseThrow().why()).contains("no TXT record");
    }

    @Test
    void whatStandsAtAnAdoptedSelectorIsReadWhereTheZoneWasJustFound() {
        Story story = new Story()
                .sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()))
                .later(Duration.ofHours(1))
                .orders(Order.Kind.ADOPT, Map.of("selector", "s1"));

        assertThat(story.due()).contains(Verb.LOCATE).doesNotContain(Verb.ADOPT);
    }

    @Test
    void anAdoptedKeyIsLookedForAtTheSignerBeforeAnythingOfOursOverrulesIt() {
        Story story = adopted(Custody.HELD).later(SECOND);

        assertThat(story.order(Order.Kind.ADOPT).isOpen()).isFalse();
        assertThat(story.due()).contains(Verb.ASK_SIGNER).doesNotContain(Verb.ACTIVATE);
        assertThat(story.key(1).lastSignatureAt()).isEmpty();
        story.uses(Story.SIGNER);
        assertThat(story.later(SECOND).due()).as("the signer does not use it").contains(Verb.ACTIVATE);
    }

    @Test
    void anAdoptedKeyWithoutItsPrivateHalfIsToldToNobodyAndItsSuccessorTakesOver() {
        Story story = adopted(Custody.FOREIGN).later(SECOND).uses(Story.SIGNER, 1);
        assertThat(story.domain().wanted(story.settings.policy())).isEmpty();

        story.ready(2)
                .later(Duration.ofDays(90))
                .serversAnswer(2, "exact", "exact")
                .flipped(2);
        assertThat(story.states()).containsExactly(KeyState.RETIRED, KeyState.ACTIVE);
        assertThatThrownBy(() -> story.orders(Order.Kind.ROLL_BACK)).hasMessageContaining("without its private half");
    }

    @Test
    void aSelectorThatIsManagedAlreadyIsNotAdoptedAgain() {
        assertThatThrownBy(() -> standby().orders(Order.Kind.ADOPT, Map.of("selector", "s1")))
                .hasMessageContaining("managed here already");
        assertThatThrownBy(() -> standby().orders(Order.Kind.ADOPT, Map.of("selector", "x", "as", "retired")))
                .hasMessageContaining("last signature");
    }

    @Test
    void theSameOpenOrderIsKnownByWhatItAsksFor() {
        Story story = standby().orders(Order.Kind.ADOPT, Map.of("selector", "old"));
        Placement placement = new Placement(story.domain(), story.settings.policy());

        assertThat(placement.open(Order.Kind.ADOPT, Map.of("selector", "old"))).isPresent();
        assertThat(placement.open(Order.Kind.ADOPT, Map.of("selector", "older")))
                .isEmpty();
        assertThat(story.domain().isHeld(KeyType.RSA)).isFalse();
    }

    // ---- two things at once

    @Test
    void aFlipProvenBadIsTakenBackAlsoWhereTheActiveKeyWasAdoptedWithoutItsPrivateHalf() {
        Story story =
                adopted(Custody.FOREIGN).later(SECOND).uses(Story.SIGNER, 1).ready(2);
        story.orders(Order.Kind.ROTATE_NOW).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));

        Step stop = story.later(SECOND).dueStep(Verb.STOP_SIGNING);
        assertThat(stop.key()).contains(Story.id(2));
    }

    @Test
    void aFlipThatWaitsForItsLastSignerIsCompletedWhenThatOneIsWaived() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        Step silent = story.activate(2, OTHER);
        story.intends(silent).comesTo(silent, new Outcome.Unknown("no answer"));
        story.orders(Order.Kind.WAIVE, waiving("signer", "rspamd", Story.START.plus(Duration.ofDays(20))));

        story.later(SECOND).serversAnswer(2, "exact", "exact");
        assertThat(story.steps().stream()
                        .filter(step ->
                                step.verb() == Verb.ASK_SIGNER && !step.dueAt().isAfter(story.now()))
                        .map(Step::target))
                .contains(Target.signer(Story.SIGNER));
        story.later(SECOND).uses(Story.SIGNER, 2);
        assertThat(story.key(2).state()).isEqualTo(KeyState.ACTIVE);
    }

    @Test
    void aSignerThatIsSeenSigningIsNotTakenToHaveStoppedWhenItWasWaived() {
        Story story = new Story(PolicyBuilder.policy().build(), List.of(Story.SIGNER, OTHER))
                .active(1)
                .ready(2)
                .orders(Order.Kind.WAIVE, waiving("signer", "rspamd", Story.START.plus(Duration.ofDays(20))));
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        story.later(Duration.ofDays(3)).uses(OTHER, 1);

        assertThat(story.withdrawDueAt(1).orElseThrow())
                .isAfter(story.now().plus(story.settings.policy().gracePeriod()));
    }

    @Test
    void anOrderThatHasRotatedAChainLeavesItsNextKeyToTheCalendar() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).serversAnswer(2, "exact", "exact");
        story.flipped(2);
        assertThat(story.domain().rotateNow(KeyType.RSA)).isEmpty();
    }

    @Test
    void aDomainThatIsRemovedIsNotHeldByAFlipThatWasProvenBad() {
        Story story = standby().orders(Order.Kind.ROTATE_NOW).serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).sees(Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2));
        assertThat(story.domain().halts()).isNotEmpty();

        assertThat(story.orders(Order.Kind.REMOVE_DOMAIN).domain().halts()).isEmpty();
    }

    @Test
    void aKeyAdoptedAsRetiredIsLookedForAtTheSignersBeforeItsRecordGoes() {
        Instant last = Story.START.minus(Duration.ofDays(30));
        ManagedKey retired = new Story().foreign(1, Custody.FOREIGN);
        ManagedKey key = ManagedKey.adopted(
                retired.id(),
                retired.selector(),
                new PublicHalf(KeyAlgorithm.RSA_2048, new byte[] {1}),
                Custody.FOREIGN,
                retired.record(),
                Map.of(KeyState.RETIRED, last),
                Map.of(Story.SIGNER, new Use(Use.Kind.STOPPED, last, last, Duration.ZERO)));
        Story story = new Story().orders(Order.Kind.ADOPT, Map.of("selector", "s1"));
        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()));
        story.sees(new Finding.Adopted(1, key)).primaryServes(1, "exact");

        assertThat(story.due()).contains(Verb.ASK_SIGNER).doesNotContain(Verb.WITHDRAW);
    }

    /** A domain that was enrolled before has a key by then, which waits for the zone as well. */
    @Test
    void aZoneThatWasFoundForAnAdoptionIsLookedForAgainBeforeAnythingIsPublishedInIt() {
        Story story = new Story().generated(1).later(Duration.ofHours(1));
        story.orders(Order.Kind.ADOPT, Map.of("selector", "old"))
                .sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()));
        assertThat(story.due()).contains(Verb.ADOPT).doesNotContain(Verb.PUBLISH);

        story.sees(new Finding.NotAdopted(1, "no TXT record stands there"));

        assertThat(story.due()).contains(Verb.LOCATE).doesNotContain(Verb.PUBLISH);
        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()));
        assertThat(story.due()).contains(Verb.PUBLISH);
    }
}
