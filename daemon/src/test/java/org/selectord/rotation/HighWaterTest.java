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
}
