package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ForecastTest {
    private static final Duration YEAR = Duration.ofDays(365);
    private static final RotationPolicy MONTHLY = PolicyBuilder.policy()
            .signingPeriod(Duration.ofDays(30))
            .grace(Duration.ofDays(7), Duration.ofDays(2))
            .build();

    private static List<Foretold> year(Story story) {
        return Forecast.of(new RotationPlanner(), story.domain(), story.settings, story.now(), YEAR);
    }

    private static List<Instant> when(List<Foretold> year, KeyState state) {
        return year.stream()
                .filter(event -> event.what().equals(state.name()))
                .map(Foretold::at)
                .toList();
    }

    @Test
    void aWholeYearOfMonthlyRotationsEachKeyThirtyDaysAndNoTwoAtOnce() {
        List<Foretold> year = year(new Story(MONTHLY, List.of(Story.SIGNER)).active(1));

        List<Instant> active = when(year, KeyState.ACTIVE);
        assertThat(active).hasSize(12);
        for (int i = 1; i < active.size(); i++) {
            assertThat(Duration.between(active.get(i - 1), active.get(i)))
                    .isBetween(Duration.ofDays(30), Duration.ofDays(30).plusMinutes(1));
        }
        assertThat(when(year, KeyState.RETIRED)).isEqualTo(active);
        List<Instant> generated = when(year, KeyState.GENERATED);
        for (int i = 1; i < generated.size(); i++) {
            assertThat(generated.get(i)).as("one rotation at a time").isAfterOrEqualTo(active.get(i - 1));
        }
        assertThat(year).extracting(Foretold::at).isSorted();
        assertThat(year).allSatisfy(event -> assertThat(event.because()).isNotEmpty());
    }

    @Test
    void everyKeyIsKeptForItsGraceAndItsPrivateHalfForTheRollbackPeriod() {
        List<Foretold> year = year(new Story(MONTHLY, List.of(Story.SIGNER)).active(1));

        Instant retired = when(year, KeyState.RETIRED).get(0);
        assertThat(when(year, KeyState.REMOVED).get(0))
                .isAfter(retired.plus(Duration.ofDays(7)))
                .isBefore(retired.plus(Duration.ofDays(8)));
        Foretold destroyed = year.stream()
                .filter(event -> event.what().equals("DESTROYED"))
                .findFirst()
                .orElseThrow();
        assertThat(destroyed.at()).isEqualTo(retired.plus(Duration.ofDays(2)));
    }

    @Test
    void aDomainThatIsNotKnownYetBeginsWithItsFirstKey() {
        List<Foretold> year = year(new Story(MONTHLY, List.of(Story.SIGNER)));

        assertThat(year.subList(0, 4))
                .extracting(Foretold::what)
                .containsExactly("GENERATED", "PUBLISHED", "READY", "ACTIVE");
        assertThat(year).allSatisfy(event -> assertThat(event.selector()).isEmpty());
    }

    @Test
    void whatTheBreakerHoldsIsForetoldAsAfterItsResetAndNothingElseIs() {
        Story story = new Story(MONTHLY, List.of(Story.SIGNER)).active(1);
        List<Foretold> year = Forecast.of(
                new RotationPlanner(),
                story.domain(),
                story.settings,
                Optional.of("3 flips failed"),
                story.now(),
                YEAR);

        assertThat(year)
                .extracting(Foretold::at)
                .isEqualTo(year(story).stream().map(Foretold::at).toList());
        assertThat(year.stream().filter(event -> !event.afterReset()))
                .as("the standby")
                .extracting(Foretold::what)
                .containsExactly("GENERATED", "PUBLISHED", "READY");
        assertThat(year(story)).noneMatch(Foretold::afterReset);
    }

    @Test
    void aPausedDomainHasNothingAhead() {
        assertThat(year(new Story(MONTHLY, List.of(Story.SIGNER)).active(1).orders(Order.Kind.PAUSE)))
                .isEmpty();
    }

    @Test
    void aFreezeIsSeenAhead() {
        Instant lifted = Story.START.plus(Duration.ofDays(80));
        RotationPolicy frozen = PolicyBuilder.policy()
                .signingPeriod(Duration.ofDays(30))
                .freeze(from -> from.isBefore(lifted) ? lifted : from)
                .build();
        Story story = new Story(frozen, List.of(Story.SIGNER)).ready(1);
        story.intends(story.activate(1, Story.SIGNER)).uses(Story.SIGNER, 1);

        assertThat(when(year(story), KeyState.ACTIVE).get(0)).isEqualTo(lifted);
    }

    @Test
    void aCompromiseIsSeenToItsEnd() {
        List<Foretold> year =
                year(new Story(MONTHLY, List.of(Story.SIGNER)).active(1).orders(Order.Kind.COMPROMISED));

        assertThat(year).extracting(Foretold::what).contains("REVOKED");
    }
}
