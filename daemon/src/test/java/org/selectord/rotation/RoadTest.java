package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.selectord.rotation.KeyState.ACTIVE;
import static org.selectord.rotation.KeyState.READY;
import static org.selectord.rotation.KeyState.RETIRED;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyType;

/** What people meet on the road, with the times it takes: the whole heart with a zone of two servers and one signer, one thing going wrong at a time. */
class RoadTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Road road = new Road(
            PolicyBuilder.policy().signingPeriod(Duration.ofDays(90)).build(),
            Duration.ofHours(12),
            List.of(new SignerId("mx")),
            new Faults());

    private Instant now() {
        return road.world.time.instant();
    }

    private List<KeyState> states() {
        return road.domain().keys().stream().map(ManagedKey::state).toList();
    }

    @Test
    void rotateNowWithAReadyStandbyIsDoneWithinTwoSeconds() {
        road.until(ACTIVE, READY).passes(Duration.ofDays(2));
        Instant asked = now();

        road.orders(Order.Kind.ROTATE_NOW)
                .until(
                        "a flip",
                        domain -> domain.openOrder(Order.Kind.ROTATE_NOW).isEmpty());

        assertThat(Duration.between(asked, now())).isLessThan(Duration.ofSeconds(2));
        assertThat(states()).startsWith(RETIRED, ACTIVE);
    }

    @Test
    void aFlipProvenBadGoesBackWithinSecondsAndNothingNewIsMadeUntilSomebodyRetries() {
        road.until(ACTIVE, READY).passes(Duration.ofDays(2));
        road.world.signers.forEach(signer -> signer.pairsWrongly = true);
        Instant asked = now();

        road.orders(Order.Kind.ROTATE_NOW).until(ACTIVE, RETIRED);
        road.world.signers.forEach(signer -> signer.pairsWrongly = false);
        road.until(
                "the old key",
                domain -> domain.key(domain.keys().get(0).id()).mayBeSigning()
                        && !domain.keys().get(1).mayBeSigning());

        assertThat(Duration.between(asked, now())).isLessThan(Duration.ofSeconds(5));
        assertThat(road.domain().halts().values()).extracting(Halt::reason).containsExactly(HaltReason.FLIP_PROVEN_BAD);
        road.passes(Duration.ofDays(1));
        assertThat(states()).containsExactly(ACTIVE, RETIRED);

        road.world.signers.forEach(WorldSigner::heal);
        road.orders(Order.Kind.RETRY)
                .until(
                        "a new key",
                        domain -> domain.active(KeyType.RSA)
                                .filter(key -> key.id().number() == 3)
                                .isPresent());
    }

    @Test
    void aSilentSecondaryHoldsTheFlipAndItGoesOnByItselfOnceItIsBack() {
        road.until(ACTIVE, READY).passes(MINUTE.multipliedBy(2));
        Runnable back = road.world.dns.silenceLast();

        road.orders(Order.Kind.ROTATE_NOW).passes(Duration.ofHours(3));

        assertThat(states()).containsExactly(ACTIVE, READY);
        assertThat(road.world.explain(road.domain())).anyMatch(text -> text.startsWith("ns1 does not show it"));
        back.run();
        Instant returned = now();
        road.until("a flip", domain -> domain.openOrder(Order.Kind.ROTATE_NOW).isEmpty());
        assertThat(Duration.between(returned, now())).isLessThan(MINUTE.multipliedBy(2));
    }

    @Test
    void nothingIsMadeWhileTheRegistryIsFull() {
        road.world.registry.full(true);
        road.passes(Duration.ofHours(1));

        assertThat(road.world.keystore.made()).isZero();
        assertThat(road.world.dns.owners()).isEmpty();

        road.world.registry.full(false);
        road.until(ACTIVE, READY);
    }
}
