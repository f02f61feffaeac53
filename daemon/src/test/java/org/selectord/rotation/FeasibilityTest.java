package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.rotation.Feasibility.Closed;
import org.selectord.schedule.CronWindow;

class FeasibilityTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration SETTLED = Duration.ofHours(1);

    @Test
    void theLongestNegativeTtlStillFitsAndASecondMoreDoesNot() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            Duration signing = Duration.ofSeconds(100 + random.nextInt(10_000_000));
            Feasibility policy = new Feasibility(
                    PolicyBuilder.policy().signingPeriod(signing).build());
            Duration longest = policy.longestNegativeTtl();

            assertThat(policy.fits()).as("seed %d", seed).isTrue();
            assertThat(policy.needed(longest)).as("seed %d", seed).isLessThanOrEqualTo(policy.available());
            assertThat(policy.needed(longest.plus(SECOND))).as("seed %d", seed).isGreaterThan(policy.available());
        }
    }

    @ParameterizedTest
    @CsvSource({"PT69S, false", "PT70S, true", "PT71S, true"})
    void proofAndMarginMustFitIntoTheSigningPeriod(Duration signing, boolean fits) {
        assertThat(new Feasibility(PolicyBuilder.policy().signingPeriod(signing).build()).fits())
                .isEqualTo(fits);
    }

    @Test
    void aJitterShortensTheTimeThereIsAndWithoutStandbyThePrepublishPeriodIs() {
        PolicyBuilder jitter =
                PolicyBuilder.policy().signingPeriod(Duration.ofDays(30)).jitter(Duration.ofDays(1));

        assertThat(new Feasibility(jitter.build()).available()).isEqualTo(Duration.ofDays(29));
        assertThat(new Feasibility(jitter.withoutStandby(Duration.ofDays(14)).build()).available())
                .isEqualTo(Duration.ofDays(14));
        assertThat(new Feasibility(jitter.withoutStandby(Duration.ofDays(30)).build()).available())
                .isEqualTo(Duration.ofDays(29));
    }

    @ParameterizedTest
    @CsvSource({"P90D, 1", "PT169H, 1", "PT168H59M59S, 2", "P1D, 8"})
    void retiredKeysAreCountedByHowManySigningPeriodsTheyStay(Duration signing, long retired) {
        Feasibility policy =
                new Feasibility(PolicyBuilder.policy().signingPeriod(signing).build());

        assertThat(policy.retiredAtOnce()).isEqualTo(retired);
        assertThat(policy.publishedAtOnce()).isEqualTo(retired + 2);
    }

    @Test
    void theLongestClosedTimeIsFoundAmongTheShort() {
        FlipWindow weekdays = CronWindow.of("* * 8-16 ? * MON-THU", ZoneOffset.UTC);
        Freezes christmas = new Freezes(List.of(
                new Freezes.Freeze(Instant.parse("2026-12-24T00:00:00Z"), Instant.parse("2026-12-27T00:00:00Z"))));
        RotationPolicy policy =
                PolicyBuilder.policy().window(weekdays).freeze(christmas).build();

        Closed closed = new Feasibility(policy).longestClosed(Instant.parse("2026-11-23T12:00:00Z"));

        // Wednesday evening to Monday morning
        assertThat(closed.until()).isEqualTo(Instant.parse("2026-12-28T08:00:00Z"));
        assertThat(closed.from())
                .isBetween(
                        Instant.parse("2026-12-23T17:00:00Z"),
                        Instant.parse("2026-12-23T17:00:00Z").plus(SETTLED));
        assertThat(closed.forGood()).isFalse();
    }

    @Test
    void whatIsAlwaysOpenIsNeverClosed() {
        Feasibility policy = new Feasibility(RotationPolicy.DEFAULT);

        assertThat(policy.longestClosed(Instant.EPOCH).period()).isZero();
    }

    @Test
    void aWindowThatNeverOpensIsClosedForGood() {
        Feasibility policy = new Feasibility(
                PolicyBuilder.policy().window(from -> FlipWindow.NEVER).build());

        assertThat(policy.longestClosed(Instant.EPOCH).forGood()).isTrue();
    }
}
