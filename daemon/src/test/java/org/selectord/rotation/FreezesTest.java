package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.rotation.Freezes.Freeze;
import org.selectord.schedule.CronWindow;

class FreezesTest {
    private static final Instant START = Instant.parse("2026-12-14T23:00:00Z");
    private static final Instant END = Instant.parse("2027-01-05T23:00:00Z");
    private static final Freezes CHRISTMAS = new Freezes(List.of(new Freeze(START, END)));

    @ParameterizedTest
    @CsvSource({
        "2026-12-14T22:59:59Z, 2026-12-14T22:59:59Z",
        "2026-12-14T23:00:00Z, 2027-01-05T23:00:00Z",
        "2027-01-05T22:59:59Z, 2027-01-05T23:00:00Z",
        "2027-01-05T23:00:00Z, 2027-01-05T23:00:00Z",
        "2027-01-05T23:00:01Z, 2027-01-05T23:00:01Z",
    })
    void aFreezeLastsFromItsStartUntilItsEnd(Instant from, Instant openAt) {
        assertThat(CHRISTMAS.nextOpenAt(from)).isEqualTo(openAt);
    }

    @Test
    void freezesThatOverlapOrTouchAreOneHoweverTheyAreWritten() {
        Freezes freezes = new Freezes(List.of(
                freeze("2026-03-01", "2026-04-01"),
                freeze("2026-01-10", "2026-02-10"),
                freeze("2026-02-10", "2026-03-01"),
                freeze("2026-01-01", "2026-01-20"),
                freeze("2026-05-01", "2026-05-02")));

        assertThat(freezes.nextOpenAt(day("2026-01-01"))).isEqualTo(day("2026-04-01"));
        assertThat(freezes.nextOpenAt(day("2025-12-31"))).isEqualTo(day("2025-12-31"));
    }

    @Test
    void aFreezeEndsAfterItStarts() {
        assertThatThrownBy(() -> new Freeze(END, END)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        // Monday 2026-12-14, 16:59:59 in Berlin: the last second of the window before the freeze
        "2026-12-14T15:59:59Z, 2026-12-14T15:59:59Z",
        "2026-12-14T16:00:00Z, 2027-01-06T07:00:00Z",
        // the freeze ends at midnight before Wednesday, 2027-01-06, and the window opens at eight
        "2026-12-20T12:00:00Z, 2027-01-06T07:00:00Z",
        "2027-01-06T07:00:00Z, 2027-01-06T07:00:00Z",
        "2027-01-06T06:59:59Z, 2027-01-06T07:00:00Z",
    })
    void theCalendarFlipsWhereTheWindowIsOpenAndNoFreezeLasts(Instant from, Instant openAt) {
        FlipWindow office = CronWindow.of("* * 8-16 ? * MON-THU", ZoneId.of("Europe/Berlin"));
        RotationPolicy policy =
                PolicyBuilder.policy().window(office).freeze(CHRISTMAS).build();

        assertThat(policy.scheduledFlips().nextOpenAt(from)).isEqualTo(openAt);
        assertThat(CHRISTMAS.and(office).nextOpenAt(from)).isEqualTo(openAt);
    }

    @Test
    void aWindowThatOpensWithinFreezesOnlyIsNeverOpen() {
        FlipWindow thatDecember = CronWindow.of("* * * ? 12 * 2026", ZoneOffset.UTC);
        Freezes december = new Freezes(List.of(freeze("2026-11-20", "2027-01-02")));

        assertThat(thatDecember.and(december).nextOpenAt(day("2026-11-22"))).isEqualTo(FlipWindow.NEVER);
        assertThat(december.and(thatDecember).nextOpenAt(day("2026-11-22"))).isEqualTo(FlipWindow.NEVER);
    }

    @Test
    void theUsualJitterIsATwentiethOfTheSigningPeriodAndADayAtMost() {
        assertThat(RotationPolicy.DEFAULT.jitter()).isEqualTo(Duration.ofDays(1));
        assertThat(RotationPolicy.usualJitter(Duration.ofDays(20))).isEqualTo(Duration.ofDays(1));
        assertThat(RotationPolicy.usualJitter(Duration.ofDays(10))).isEqualTo(Duration.ofHours(12));
    }

    @Test
    void aJitterIsShorterThanTheSigningPeriod() {
        PolicyBuilder hourly = PolicyBuilder.policy().signingPeriod(Duration.ofHours(1));

        assertThat(hourly.jitter(Duration.ofMinutes(59)).build().jitter()).isEqualTo(Duration.ofMinutes(59));
        assertThatThrownBy(() -> hourly.jitter(Duration.ofHours(1)).build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Freeze freeze(String from, String to) {
        return new Freeze(day(from), day(to));
    }

    private static Instant day(String date) {
        return Instant.parse(date + "T00:00:00Z");
    }
}
