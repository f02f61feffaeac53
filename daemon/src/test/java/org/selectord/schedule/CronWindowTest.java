package org.selectord.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.rotation.FlipWindow;

class CronWindowTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @ParameterizedTest
    @CsvSource({
        // Monday 2026-11-23, office hours in Berlin are 07:00 to 15:59:59 UTC in winter
        "2026-11-23T06:59:59Z,     2026-11-23T07:00:00Z",
        "2026-11-23T06:59:59.999Z, 2026-11-23T07:00:00Z",
        "2026-11-23T07:00:00Z,     2026-11-23T07:00:00Z",
        "2026-11-23T11:22:33.444Z, 2026-11-23T11:22:33.444Z",
        "2026-11-23T15:59:59.999Z, 2026-11-23T15:59:59.999Z",
        "2026-11-23T16:00:00Z,     2026-11-24T07:00:00Z",
        // Thursday evening: not on Friday, not at the weekend
        "2026-11-26T16:00:00Z,     2026-11-30T07:00:00Z",
        // and 06:00 UTC in summer
        "2026-07-03T12:00:00Z,     2026-07-06T06:00:00Z",
    })
    void officeHoursOpenAndCloseInTheirTimeZone(Instant from, Instant openAt) {
        assertThat(CronWindow.of("* * 8-16 ? * MON-THU", BERLIN).nextOpenAt(from))
                .isEqualTo(openAt);
    }

    @Test
    void anHourThatSummerTimeSkipsIsWaitedForUntilTheNextDay() {
        CronWindow window = CronWindow.of("* * 2 ? * *", BERLIN);

        assertThat(window.nextOpenAt(Instant.parse("2026-03-29T00:30:00Z")))
                .isEqualTo(Instant.parse("2026-03-30T00:00:00Z"));
    }

    @Test
    void anHourThatWinterTimeRepeatsIsOpenBothTimes() {
        CronWindow window = CronWindow.of("* * 2 ? * *", BERLIN);
        Instant first = Instant.parse("2026-10-25T00:30:00Z");
        Instant second = Instant.parse("2026-10-25T01:30:00Z");

        assertThat(window.nextOpenAt(first)).isEqualTo(first);
        assertThat(window.nextOpenAt(second)).isEqualTo(second);
    }

    @Test
    void aWindowAcrossMidnightIsOpenOnBothSides() {
        CronWindow window = CronWindow.of("* * 22-3 ? * *", ZoneOffset.UTC);
        Instant before = Instant.parse("2026-11-23T23:59:59Z");
        Instant after = Instant.parse("2026-11-24T03:59:59Z");

        assertThat(window.nextOpenAt(before)).isEqualTo(before);
        assertThat(window.nextOpenAt(after)).isEqualTo(after);
        assertThat(window.nextOpenAt(after.plusSeconds(1))).isEqualTo(Instant.parse("2026-11-24T22:00:00Z"));
    }

    @Test
    void aWindowThatNeverOpensAgainIsFarAway() {
        CronWindow window = CronWindow.of("* * * ? * * 2026", ZoneOffset.UTC);
        Instant lastSecond = Instant.parse("2026-12-31T23:59:59Z");

        assertThat(window.nextOpenAt(lastSecond)).isEqualTo(lastSecond);
        assertThat(window.firstOpenAt(lastSecond.plusSeconds(1))).isEmpty();
        assertThat(window.nextOpenAt(lastSecond.plusSeconds(1))).isEqualTo(FlipWindow.NEVER);
        assertThat(FlipWindow.NEVER.toEpochMilli()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"0 0 8 * * ?, 1", "0-29 0 8 * * ?, 30", "* 0 8 * * ?, 60", "* * 8 * * ?, 60"})
    void howLongItStaysOpenIsCountedUpToAMinute(String expression, long seconds) {
        CronWindow window = CronWindow.of(expression, ZoneOffset.UTC);

        assertThat(window.openFrom(Instant.parse("2026-11-23T08:00:00Z"))).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "always", "* * 8 * *", "* * * * * *", "* * 25 ? * *", "* * 8-16 ? * MON-XXX"})
    void whatIsNoExpressionIsRefusedWithAnExample(String expression) {
        assertThatThrownBy(() -> CronWindow.of(expression, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + expression + "\" is no cron expression")
                .hasMessageContaining("MON-THU");
    }

    @Test
    void windowsAreEqualWhenTheyAreWrittenAlikeInOneZone() {
        CronWindow window = CronWindow.of("* * 8 ? * *", BERLIN);

        assertThat(window)
                .isEqualTo(CronWindow.of("* * 8 ? * *", BERLIN))
                .hasSameHashCodeAs(CronWindow.of("* * 8 ? * *", BERLIN))
                .isNotEqualTo(CronWindow.of("* * 9 ? * *", BERLIN))
                .isNotEqualTo(CronWindow.of("* * 8 ? * *", ZoneOffset.UTC))
                .hasToString("* * 8 ? * * in Europe/Berlin");
    }
}
