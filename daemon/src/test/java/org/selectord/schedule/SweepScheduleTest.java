package org.selectord.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SweepScheduleTest {
    @Test
    void bothRunAtStartAndWhatFailsHoldsUpNothing() throws Exception {
        CountDownLatch woken = new CountDownLatch(2);
        CountDownLatch kept = new CountDownLatch(1);
        try (SweepSchedule schedule = new SweepSchedule(woken::countDown, () -> {
            kept.countDown();
            throw new IllegalStateException("the disk is full");
        })) {
            schedule.start();
            assertThat(kept.await(10, TimeUnit.SECONDS)).isTrue();

            schedule.wakeAt(Instant.now());

            assertThat(woken.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
