package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.FlipLedger.Flip;
import org.selectord.rotation.FlipLedger.Result;

class FlipLedgerTest {
    private static final Instant NOW = Flipping.START;
    private static final FleetSettings FLEET = new FleetSettings(3, 5, Set.of(new SigningDomain("canary.example")));

    private FlipLedger ledger = FlipLedger.EMPTY;

    private void saved(Flipping flipping) {
        ledger = ledger.with(flipping.domain(), FLEET);
    }

    private void good(int number) {
        String name = "good" + number + ".example";
        saved(Flipping.ready(name).begun(NOW.plusSeconds(number)));
        saved(Flipping.ready(name).begun(NOW.plusSeconds(number)).proven(NOW.plusSeconds(number + 1)));
    }

    private void bad(String name, int seconds) {
        saved(Flipping.ready(name).begun(NOW.plusSeconds(seconds)));
        saved(Flipping.ready(name).begun(NOW.plusSeconds(seconds)).provenBad(NOW.plusSeconds(seconds + 1)));
    }

    // ---- what is a flip

    @Test
    void aFlipBeginsWithItsIntentAndEndsProven() {
        saved(Flipping.ready("a.example"));
        assertThat(ledger).isEqualTo(FlipLedger.EMPTY);

        saved(Flipping.ready("a.example").begun(NOW));
        assertThat(ledger.flips()).singleElement().satisfies(flip -> {
            assertThat(flip.begunAt()).isEqualTo(NOW);
            assertThat(flip.canary()).isFalse();
            assertThat(flip.ending()).isEmpty();
        });
        FlipLedger begun = ledger;
        saved(Flipping.ready("a.example").begun(NOW).unproven(NOW.plusSeconds(1)));
        assertThat(ledger).as("no answer is no end").isEqualTo(begun);

        saved(Flipping.ready("a.example").begun(NOW).proven(NOW.plusSeconds(2)));
        assertThat(ledger.flips())
                .singleElement()
                .satisfies(flip ->
                        assertThat(flip.ending()).contains(new FlipLedger.Ending(NOW.plusSeconds(2), Result.PROVEN)));
    }

    @Test
    void aFlipThatTheSignerNeverTookLeavesNoTrace() {
        saved(Flipping.ready("a.example").begun(NOW));
        saved(Flipping.ready("a.example").begun(NOW).refused(NOW.plusSeconds(1)));

        assertThat(ledger.flips()).isEmpty();
    }

    @Test
    void aFlipThatAPersonTookBackIsNoFailure() {
        saved(Flipping.ready("canary.example").begun(NOW));
        saved(Flipping.ready("canary.example").begun(NOW).takenBack(NOW.plusSeconds(1)));

        assertThat(ledger).isEqualTo(FlipLedger.EMPTY);
    }

    @Test
    void norIsOneThatWasTakenBackInAChainThatIsHaltedForAnotherReason() {
        Flipping halted = Flipping.ready("canary.example").begun(NOW).halted(HaltReason.RECORD_CHANGED, NOW);
        saved(halted);
        saved(halted.takenBack(NOW));

        assertThat(ledger).isEqualTo(FlipLedger.EMPTY);
    }

    @Test
    void flipsStandInTheOrderInWhichTheyBegan() {
        saved(Flipping.ready("b.example").begun(NOW.plusSeconds(5)));
        saved(Flipping.ready("a.example").begun(NOW.plusSeconds(1)));
        saved(Flipping.ready("c.example").begun(NOW.plusSeconds(3)));

        assertThat(ledger.flips().stream().map(flip -> flip.key().domain().name()))
                .containsExactly("a.example", "c.example", "b.example");
    }

    @Test
    void theSameRecordSavedTwiceChangesNothing() {
        saved(Flipping.ready("a.example").begun(NOW));
        FlipLedger once = ledger;
        saved(Flipping.ready("a.example").begun(NOW));

        assertThat(ledger).isSameAs(once);
    }

    @Test
    void recordsThatHaveNothingUnderWayDoNotConcernIt() {
        assertThat(FlipLedger.concerns(Flipping.ready("a.example").domain())).isFalse();
        assertThat(FlipLedger.concerns(Flipping.ready("a.example").begun(NOW).domain()))
                .isTrue();
    }

    @Test
    void theLastHundredThatEndedAreKeptAndAllThatAreUnderWay() {
        saved(Flipping.ready("slow.example").begun(NOW.minusSeconds(900)));
        IntStream.rangeClosed(1, 150).forEach(this::good);

        assertThat(ledger.flips()).hasSize(101);
        assertThat(ledger.flips().get(0).isUnderWay()).isTrue();
        assertThat(ledger.flips().get(1).key().domain().name()).isEqualTo("good51.example");
    }

    // ---- the breaker

    @Test
    void theBreakerOpensAtTheThirdFailureOfAHundred() {
        bad("a.example", 1);
        bad("b.example", 2);
        assertThat(ledger.breaker()).isEmpty();

        bad("c.example", 3);
        assertThat(ledger.breaker())
                .contains(new FlipLedger.Breaker(
                        NOW.plusSeconds(4),
                        "3 of the last 100 flips were proven bad: a.example, b.example, c.example"));
    }

    @Test
    void failuresThatAHundredOthersHaveFollowedCountNoMore() {
        bad("a.example", 1);
        bad("b.example", 2);
        IntStream.rangeClosed(11, 108).forEach(this::good);
        bad("c.example", 110);
        assertThat(ledger.failures()).as("b and c are among the last hundred").hasSize(2);
        assertThat(ledger.breaker()).isEmpty();

        bad("d.example", 111);
        assertThat(ledger.failures()).as("c and d").hasSize(2);
        bad("e.example", 112);
        assertThat(ledger.breaker()).isPresent();
    }

    @Test
    void theBreakerOpensAtTheFirstFailureOfACanary() {
        bad("canary.example", 1);

        assertThat(ledger.breaker().orElseThrow().why())
                .isEqualTo("the flip of a canary was proven bad: canary.example");
    }

    @Test
    void whatStaysOpenSaysWhyItOpened() {
        bad("canary.example", 1);
        FlipLedger.Breaker first = ledger.breaker().orElseThrow();
        bad("a.example", 2);

        assertThat(ledger.breaker()).contains(first);
    }

    @Test
    void aResetClosesItAndWhatFailedBeforeCountsNoMore() {
        bad("a.example", 1);
        bad("b.example", 2);
        bad("c.example", 3);
        ledger = ledger.reset(NOW.plusSeconds(10));
        assertThat(ledger.breaker()).isEmpty();

        bad("d.example", 11);
        bad("e.example", 12);
        assertThat(ledger.breaker()).isEmpty();
        bad("f.example", 13);
        assertThat(ledger.breaker()).isPresent();
    }

    @Test
    void endsThatAClockAheadHasWrittenHideNoFailure() {
        IntStream.rangeClosed(1_000_000, 1_000_100).forEach(this::good);
        bad("a.example", 1);
        bad("b.example", 2);
        assertThat(ledger.breaker()).isEmpty();

        bad("c.example", 3);

        assertThat(ledger.breaker().map(FlipLedger.Breaker::openedAt)).contains(NOW.plusSeconds(4));
    }

    @Test
    void aResetThatAClockAheadHasWrittenHidesNoFailure() {
        bad("canary.example", 1);
        ledger = ledger.reset(NOW.plusSeconds(1_000_000));

        good(9);
        assertThat(ledger.breaker()).as("what failed before counts no more").isEmpty();
        bad("canary.example", 10);
        assertThat(ledger.breaker()).isPresent();
    }

    // ---- the caps

    @Test
    void theNextFlipWaitsUntilTheOldestOfTheMinuteIsAMinuteOld() {
        good(1);
        good(2);
        assertThat(ledger.capped(FLEET, NOW.plusSeconds(10))).isEmpty();

        good(3);
        assertThat(ledger.capped(FLEET, NOW.plusSeconds(10)).map(Brakes.Held::until))
                .contains(NOW.plusSeconds(61));
        assertThat(ledger.capped(FLEET, NOW.plusSeconds(60)).map(Brakes.Held::until))
                .contains(NOW.plusSeconds(61));
        assertThat(ledger.capped(FLEET, NOW.plusSeconds(61))).isEmpty();
    }

    @Test
    void flipsFromAClockThatWasAheadHoldNobody() {
        IntStream.of(1, 2, 3).forEach(this::good);

        assertThat(ledger.capped(FLEET, NOW)).isEmpty();
    }

    @Test
    void noMoreAreUnderWayThanAllowed() {
        IntStream.rangeClosed(1, 4)
                .forEach(n -> saved(Flipping.ready("d" + n + ".example").begun(NOW)));
        Instant later = NOW.plusSeconds(600);
        assertThat(ledger.capped(FLEET, later)).isEmpty();

        saved(Flipping.ready("d5.example").begun(NOW));
        assertThat(ledger.capped(FLEET, later).map(Brakes.Held::until)).contains(later.plus(FlipGate.PAUSE));
        assertThat(ledger.flips()).allMatch(Flip::isUnderWay);

        saved(Flipping.ready("d5.example").begun(NOW).proven(later));
        assertThat(ledger.capped(FLEET, later)).isEmpty();
    }
}
