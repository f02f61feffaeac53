package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HighWaterTest {
    private static final Instant START = Story.START;

    private static Look look(long seconds, boolean trusted) {
        Instant at = START.plusSeconds(seconds);
        return new Look(at, at, trusted);
    }

    @Test
    void theFirstAnswerCountsFromItsLookAndOneOnADoubtedClockFromNoTimeYet() {
        assertThat(HighWater.first(60, look(5, true))).isEqualTo(HighWater.seen(60, START.plusSeconds(5)));
        assertThat(HighWater.first(60, look(5, false))).isEqualTo(HighWater.seen(60, Use.UNTIMED));
    }

    @Test
    void theSameAnswerAgainCountsFromTheNewLook() {
        HighWater falling = HighWater.seen(60, START).with(10, look(1, true));

        assertThat(falling.with(60, look(30, true))).isEqualTo(HighWater.seen(60, START.plusSeconds(30)));
    }

    @Test
    void itFallsByTheStepsThatWereServedMeanwhileAndNotASecondEarlier() {
        HighWater falling = HighWater.seen(60, START)
                .with(10, look(1, true))
                .with(40, look(2, true))
                .with(20, look(3, true));

        assertThat(falling.with(20, look(60, true)).seconds()).isEqualTo(60);
        assertThat(falling.with(20, look(61, true)))
                .isEqualTo(new HighWater(40, START.plusSeconds(61), Optional.of(20L)));
    }

    @Test
    void whatAClockAheadOfTimeWroteIsReadAsSeenNowAndWhatHasNoTimeHasNone() {
        HighWater ahead = new HighWater(60, START.plusSeconds(9), Optional.of(7L));

        assertThat(ahead.notBeyond(START)).isEqualTo(new HighWater(60, START, Optional.of(7L)));
        assertThat(ahead.notBeyond(START.plusSeconds(10))).isEqualTo(ahead);
        HighWater untimed = HighWater.seen(60, Use.UNTIMED);
        assertThat(untimed.notBeyond(START)).isEqualTo(untimed);
    }

    private static HighWater falling(long seconds, long from, long lower) {
        return new HighWater(seconds, START.plusSeconds(from), Optional.of(lower));
    }

    @Test
    void ofTwoThatLookedTheHigherCountsAndFallsFromTheFirstLookOfEitherThatFoundLess() {
        HighWater raised = HighWater.seen(600, START.plusSeconds(10));

        assertThat(HighWater.seen(60, START.plusSeconds(5)).joined(raised)).isEqualTo(raised);
        assertThat(HighWater.seen(60, START.plusSeconds(15)).joined(raised)).isEqualTo(falling(600, 15, 60));
        assertThat(falling(600, 12, 60).joined(HighWater.seen(90, START.plusSeconds(15))))
                .isEqualTo(falling(600, 12, 90));
        assertThat(raised.joined(HighWater.seen(60, Use.UNTIMED))).isEqualTo(raised);
    }

    @Test
    void ofTwoOfTheSameHeightTheOneCountsThatCountsLonger() {
        HighWater early = falling(600, 10, 90);

        assertThat(early.joined(falling(600, 12, 60))).isEqualTo(falling(600, 12, 90));
        assertThat(early.joined(HighWater.seen(600, START.plusSeconds(11))))
                .isEqualTo(HighWater.seen(600, START.plusSeconds(11)));
        assertThat(early.joined(HighWater.seen(600, START.plusSeconds(9)))).isEqualTo(early);
        assertThat(early.joined(HighWater.seen(600, Use.UNTIMED))).isEqualTo(HighWater.seen(600, Use.UNTIMED));
    }

    @Test
    void whoeverJoinsIsNoPartOfIt() {
        for (long one = 0; one < 64; one++) {
            for (long other = 0; other < 64; other++) {
                assertThat(mark(one).joined(mark(other))).isEqualTo(mark(other).joined(mark(one)));
                assertThat(mark(one).joined(mark(other)).countsUntil())
                        .isAfterOrEqualTo(higher(mark(one), mark(other)).countsUntil());
            }
        }
    }

    private static HighWater higher(HighWater one, HighWater other) {
        return one.seconds() >= other.seconds() ? one : other;
    }

    private static HighWater mark(long number) {
        Instant from = number % 4 == 3 ? Use.UNTIMED : START.plusSeconds(number % 4);
        long seconds = 60 + number / 4 % 4 * 10;
        Optional<Long> lower =
                number >= 32 && number % 4 != 3 ? Optional.of(seconds - 5 + number / 16 % 2) : Optional.empty();
        return new HighWater(seconds, from, lower);
    }

    @Test
    void itCountsForAsLongAsItIs() {
        assertThat(falling(60, 7, 10).countsUntil()).isEqualTo(START.plusSeconds(67));
        assertThat(HighWater.seen(60, Use.UNTIMED).countsUntil()).isEqualTo(Use.UNTIMED);
    }
}
