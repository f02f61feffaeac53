package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.admin.FakeRegistry;
import org.selectord.key.KeyAlgorithm;

class KeyDemandTest {
    private static final Duration THREE_DAYS = Duration.ofDays(3);
    private static final Duration PREPUBLISH = Duration.ofDays(14);

    private static Map<KeyAlgorithm, Integer> demand(Story story, Duration period) {
        return demand(story, period, domain -> Optional.of(story.settings));
    }

    private static Map<KeyAlgorithm, Integer> demand(Story story, Duration period, DomainCatalog catalog) {
        FakeRegistry registry = new FakeRegistry().with(story.domain());
        return new KeyDemand(registry, catalog, new RotationPlanner()).within(period, story.now());
    }

    @Test
    void aNewDomainWantsItsFirstKeyAndAStandby() {
        assertThat(demand(new Story(), THREE_DAYS)).containsExactly(Map.entry(KeyAlgorithm.RSA_2048, 2));
    }

    @Test
    void eachAlgorithmIsCountedByItself() {
        RotationPolicy dual = PolicyBuilder.policy()
                .algorithms(KeyAlgorithm.RSA_3072, KeyAlgorithm.ED25519)
                .withoutStandby(PREPUBLISH)
                .build();

        assertThat(demand(new Story().under(dual), THREE_DAYS))
                .containsOnly(Map.entry(KeyAlgorithm.RSA_3072, 1), Map.entry(KeyAlgorithm.ED25519, 1));
    }

    @Test
    void aDomainThatRotatesLaterWantsNothingYet() {
        Story story = new Story()
                .under(PolicyBuilder.policy().withoutStandby(PREPUBLISH).build())
                .active(1);

        assertThat(demand(story, THREE_DAYS)).isEmpty();
        assertThat(demand(story, Duration.ofDays(89))).containsExactly(Map.entry(KeyAlgorithm.RSA_2048, 1));
    }

    @Test
    void anUnlistedDomainIsNotRotated() {
        assertThat(demand(new Story(), THREE_DAYS, domain -> Optional.empty())).isEmpty();
    }

    @Test
    void keysThatSignForAMinuteAreNotMadeForDays() {
        RotationPolicy hasty = PolicyBuilder.policy()
                .signingPeriod(Duration.ofMinutes(1))
                .withoutStandby(PREPUBLISH)
                .build();

        assertThat(demand(new Story().under(hasty), THREE_DAYS)).containsExactly(Map.entry(KeyAlgorithm.RSA_2048, 1));
    }
}
