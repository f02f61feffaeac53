package org.selectord.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpansTest {
    @ParameterizedTest
    @CsvSource({
        "PT0.4S, now",
        "PT1S, in 1 s",
        "PT119S, in 119 s",
        "PT120S, in 2 min",
        "PT119M, in 119 min",
        "PT2H, in 2 h",
        "PT47H, in 47 h",
        "PT48H, in 2 d",
        "PT-90S, 90 s ago",
        "P-3D, 3 d ago"
    })
    void aDistanceIsInTheLargestUnitOfWhichThereAreTwo(Duration distance, String text) {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(Spans.relative(now, now.plus(distance))).isEqualTo(text);
    }

    @Test
    void aLengthIsANumberAndItsUnit() {
        assertThat(Spans.parse("90s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(Spans.parse("5m")).isEqualTo(Duration.ofMinutes(5));
        assertThat(Spans.parse("2h")).isEqualTo(Duration.ofHours(2));
        assertThat(Spans.parse("1d")).isEqualTo(Duration.ofDays(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "90", "s", "-1s", "1 h", "1h30m", "soon", "9999999999s"})
    void whatIsNoLengthIsSaidWithAnExample(String written) {
        assertThatThrownBy(() -> Spans.parse(written))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("90s");
    }
}
