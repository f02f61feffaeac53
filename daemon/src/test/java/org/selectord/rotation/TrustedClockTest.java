package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TrustedClockTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final InetSocketAddress ELSEWHERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 5300);
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 53);

    private final TestClock wall = new TestClock(START);
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicBoolean ntp = new AtomicBoolean();
    private final AtomicReference<Instant> mark = new AtomicReference<>(Instant.EPOCH);

    private TrustedClock clock(Set<TrustedClock.Witness> witnesses) {
        return new TrustedClock(wall, nanos::get, witnesses, HERE::equals, ntp::get, new TrustedClock.Mark() {
            @Override
            public Optional<Instant> highest() {
                return Optional.ofNullable(mark.get());
            }

            @Override
            public void raiseTo(Instant at) {
                mark.set(at);
            }
        });
    }

    private void pass(Duration duration) {
        wall.pass(duration);
        nanos.addAndGet(duration.toNanos());
    }

    private void signed(TrustedClock clock, InetSocketAddress by, Duration ahead) {
        clock.signedAt(by, wall.instant().plus(ahead), wall.instant(), wall.instant());
    }

    @Test
    void withoutAWitnessNothingIsTrustedAndTheDoubtNamesTheWaysOut() {
        TrustedClock clock = clock(EnumSet.allOf(TrustedClock.Witness.class));

        assertThat(clock.now().trusted()).isFalse();
        assertThat(clock.doubt()).get().asString().contains("NTP").contains("none");
    }

    @Test
    void aPrimaryElsewhereThatAgreesWithinAMinuteIsAWitness() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(clock, ELSEWHERE, Duration.ofSeconds(61));
        assertThat(clock.now().trusted()).isFalse();

        signed(clock, ELSEWHERE, Duration.ofSeconds(60));
        assertThat(clock.now().trusted()).isTrue();
    }

    @Test
    void aPrimaryOnThisHostHasOurOwnClockAndIsNoWitness() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(clock, HERE, Duration.ZERO);

        assertThat(clock.now().trusted()).isFalse();
    }

    @Test
    void theKernelsWordCountsOnlyWhereNtpIsConfigured() {
        ntp.set(true);

        assertThat(clock(EnumSet.of(TrustedClock.Witness.NTP)).now().trusted()).isTrue();
        assertThat(clock(EnumSet.of(TrustedClock.Witness.TSIG)).now().trusted()).isFalse();
    }

    @Test
    void trustHoldsWhileWallAndMonotonicClockAgreeAndEndsWithAJump() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(clock, ELSEWHERE, Duration.ZERO);
        pass(Duration.ofDays(30));
        assertThat(clock.now().trusted()).isTrue();

        wall.pass(Duration.ofSeconds(61));
        assertThat(clock.now().trusted()).as("the wall clock jumped").isFalse();
        signed(clock, ELSEWHERE, Duration.ZERO);
        assertThat(clock.now().trusted()).isTrue();
    }

    @Test
    void aClockBehindTheHighestTrustedReadingIsNotTrustedAlsoAfterARestart() {
        TrustedClock before = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(before, ELSEWHERE, Duration.ZERO);
        pass(Duration.ofDays(1));
        assertThat(before.now().trusted()).isTrue();
        assertThat(mark.get()).isEqualTo(START.plus(Duration.ofDays(1)));

        wall.setTo(START);
        TrustedClock restarted = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(restarted, ELSEWHERE, Duration.ZERO);
        assertThat(restarted.now().trusted()).isFalse();
        assertThat(restarted.doubt()).get().asString().contains("before");
    }

    @Test
    void withNoWitnessWantedTheWallClockIsBelieved() {
        assertThat(clock(Set.of()).now().trusted()).isTrue();
    }

    @Test
    void aPersonsWordHoldsUntilAJumpOrUntilAWitnessDisagrees() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        assertThat(clock.believe()).isEmpty();
        pass(Duration.ofDays(1));
        assertThat(clock.now().trusted()).isTrue();
        assertThat(clock.word()).contains("a person");

        signed(clock, ELSEWHERE, Duration.ofMinutes(5));
        assertThat(clock.now().trusted()).isFalse();

        assertThat(clock.believe()).isEmpty();
        wall.pass(Duration.ofSeconds(61));
        assertThat(clock.now().trusted()).isFalse();
    }

    @Test
    void aPersonsWordForATimeBeforeOneThatWasTrustedIsNotTaken() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(clock, ELSEWHERE, Duration.ZERO);
        pass(Duration.ofDays(1));
        assertThat(clock.now().trusted()).isTrue();

        wall.setTo(START);

        assertThat(clock.believe()).get().asString().contains("set the clock first");
        assertThat(clock.now().trusted()).isFalse();
    }

    @Test
    void aWitnessThatDisagreesOnceDoesNotUndoWhatAnotherOneHasSaid() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(clock, ELSEWHERE, Duration.ZERO);

        signed(clock, ELSEWHERE, Duration.ofMinutes(5));

        assertThat(clock.now().trusted()).isTrue();
    }

    @Test
    void wallAndMonotonicClockMayDifferByAMinuteAndNotByMore() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(clock, ELSEWHERE, Duration.ZERO);

        wall.pass(Duration.ofSeconds(60));
        assertThat(clock.now().trusted()).isTrue();
        wall.pass(Duration.ofMillis(1));
        assertThat(clock.now().trusted()).isFalse();
    }

    @Test
    void theMarkIsRaisedAtTheFirstTrustedReadingAndThenOnceAMinute() {
        mark.set(null);
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        signed(clock, ELSEWHERE, Duration.ZERO);
        clock.now();
        assertThat(mark.get()).isEqualTo(START);

        pass(TrustedClock.MARK_INTERVAL.minusMillis(1));
        clock.now();
        assertThat(mark.get()).isEqualTo(START);
        pass(Duration.ofMillis(1));
        clock.now();
        assertThat(mark.get()).isEqualTo(START.plus(TrustedClock.MARK_INTERVAL));
    }

    @Test
    void whoIsTrustedAndWhyNobodyIsCanBeRead() {
        TrustedClock clock = clock(EnumSet.of(TrustedClock.Witness.TSIG));
        assertThat(clock.witnesses()).containsExactly(TrustedClock.Witness.TSIG);
        assertThat(clock.doubt()).get().asString().contains("no witness of time (tsig) has agreed");

        signed(clock, ELSEWHERE, Duration.ZERO);
        assertThat(clock.doubt()).isEmpty();
        assertThat(clock.word()).isEqualTo("a witness (tsig)");
        wall.pass(Duration.ofSeconds(61));
        assertThat(clock.doubt()).get().asString().contains("our clock has jumped since a witness last agreed");

        assertThat(clock(Set.of()).word()).contains("nobody").contains("none");
        assertThat(clock(Set.of()).doubt()).isEmpty();
    }
}
