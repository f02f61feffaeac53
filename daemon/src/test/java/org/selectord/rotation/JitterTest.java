package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/** F15: domains that were enrolled together do not flip together. */
class JitterTest {
    private static final Duration SPAN = Duration.ofHours(10);
    private static final RotationPolicy POLICY =
            PolicyBuilder.policy().jitter(SPAN).build();

    private static Duration of(String domain) {
        ManagedKey key = Flipping.ready(domain).domain().key(new KeyId(SigningDomain.of(domain), 1));
        return DueTimes.jitter(key, POLICY);
    }

    @Test
    void aThousandDomainsSpreadEvenlyOverTheWholeSpanAndEachStaysWhereItIs() {
        List<Duration> jitters = IntStream.range(0, 1000)
                .mapToObj(i -> of("d" + i + ".example.org"))
                .toList();

        assertThat(jitters).allSatisfy(jitter -> assertThat(jitter).isBetween(Duration.ZERO, SPAN.minusSeconds(1)));
        for (int hour = 0; hour < 10; hour++) {
            Duration from = Duration.ofHours(hour);
            assertThat(jitters.stream()
                            .filter(jitter -> jitter.compareTo(from) >= 0 && jitter.compareTo(from.plusHours(1)) < 0)
                            .count())
                    .as("hour %s", hour)
                    .isBetween(60L, 140L);
        }
        assertThat(of("d7.example.org")).isEqualTo(jitters.get(7));
    }
}
