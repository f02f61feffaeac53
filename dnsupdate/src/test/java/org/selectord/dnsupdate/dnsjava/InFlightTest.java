package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class InFlightTest {
    private static final Duration NO_TIME = Duration.ZERO;

    @Test
    void moreThanTheMostWait() {
        InFlight inFlight = new InFlight(NO_TIME);
        for (int i = 0; i < InFlight.MOST; i++) {
            assertThat(enters(inFlight)).isTrue();
        }
        assertThat(enters(inFlight)).isFalse();
        inFlight.leave();
        assertThat(enters(inFlight)).isTrue();
        assertThat(inFlight.calls()).isEqualTo(InFlight.MOST);
    }

    @Test
    void silenceHalvesItDownToOne() {
        InFlight inFlight = new InFlight(NO_TIME);
        inFlight.silent();
        assertThat(inFlight.limit()).isEqualTo(InFlight.MOST / 2);
        for (int i = 0; i < 10; i++) {
            inFlight.silent();
        }
        assertThat(inFlight.limit()).isEqualTo(1);
        assertThat(enters(inFlight)).isTrue();
        assertThat(enters(inFlight)).isFalse();
    }

    @Test
    void whatKeptSilentTogetherCountsOnce() {
        InFlight inFlight = new InFlight(Duration.ofHours(1));
        for (int i = 0; i < InFlight.MOST; i++) {
            inFlight.silent();
        }
        assertThat(inFlight.limit()).isEqualTo(InFlight.MOST / 2);
    }

    @Test
    void answersLetItGrowByOneForAsManyAsAreUnderWay() {
        InFlight inFlight = new InFlight(NO_TIME);
        inFlight.silent();
        for (int i = 0; i < InFlight.MOST / 2; i++) {
            assertThat(inFlight.limit()).isEqualTo(InFlight.MOST / 2);
            inFlight.answered();
        }
        inFlight.answered();
        assertThat(inFlight.limit()).isEqualTo(InFlight.MOST / 2 + 1);
        for (int i = 0; i < 2_000; i++) {
            inFlight.answered();
        }
        assertThat(inFlight.limit()).isEqualTo(InFlight.MOST);
    }

    @Test
    void whoWaitsGoesOnWhenAnotherLeaves() throws InterruptedException {
        InFlight inFlight = new InFlight(NO_TIME);
        for (int i = 0; i < 10; i++) {
            inFlight.silent();
        }
        assertThat(enters(inFlight)).isTrue();
        CountDownLatch entered = new CountDownLatch(1);
        Thread waiting = new Thread(() -> {
            if (inFlight.enter(Deadline.in(Duration.ofSeconds(15)))) {
                entered.countDown();
            }
        });
        waiting.start();
        assertThat(entered.await(50, TimeUnit.MILLISECONDS)).isFalse();
        inFlight.leave();
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void anInterruptEndsTheWaitAndIsKept() throws InterruptedException {
        InFlight inFlight = new InFlight(NO_TIME);
        for (int i = 0; i < InFlight.MOST; i++) {
            enters(inFlight);
        }
        AtomicBoolean kept = new AtomicBoolean();
        Thread waiting = new Thread(() -> kept.set(!inFlight.enter(Deadline.in(Duration.ofSeconds(15)))
                && Thread.currentThread().isInterrupted()));
        waiting.start();
        waiting.interrupt();
        waiting.join(5_000);
        assertThat(kept).isTrue();
    }

    private static boolean enters(InFlight inFlight) {
        return inFlight.enter(Deadline.in(NO_TIME));
    }
}
