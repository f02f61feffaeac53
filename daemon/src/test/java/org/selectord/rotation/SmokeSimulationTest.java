package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;

class SmokeSimulationTest {
    private static final RotationPolicy MONTHLY = Simulation.policy(Duration.ofDays(30), Duration.ofDays(7));
    private static final RotationPolicy QUARTERLY = Simulation.policy(Duration.ofDays(90), Duration.ofDays(7));
    private static final Instant END = Simulation.START.plus(Duration.ofDays(100));
    private static final List<KeyState> THREE_ROTATIONS =
            List.of(KeyState.REMOVED, KeyState.REMOVED, KeyState.REMOVED, KeyState.ACTIVE, KeyState.READY);

    @Test
    void undisturbedItRotatesEveryMonthAndEndsWithOneActiveKeyAndAStandby() {
        Simulation simulation = new Simulation(1, 0, MONTHLY, () -> false);

        simulation.runUntil(END);

        assertThat(simulation.states()).isEqualTo(THREE_ROTATIONS);
        assertThat(simulation.domain().intents()).isEmpty();
        assertThat(simulation.keystore.made()).isEqualTo(5);
        assertThat(simulation.messages).isGreaterThan(200);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void stoppedAndRestartedBetweenPartsUnderFaultsItEndsInTheSameState(long seed) {
        Random random = new Random(seed);
        Simulation simulation = new Simulation(seed, 0.1, MONTHLY, () -> random.nextInt(5) == 0);

        simulation.runUntil(END);

        assertThat(simulation.states())
                .as("seed %d after %d restarts", seed, simulation.restarts)
                .isEqualTo(THREE_ROTATIONS);
        assertThat(simulation.keystore.made()).as("no second key").isEqualTo(5);
        assertThat(simulation.restarts).isPositive();
    }

    @Test
    void stoppedOnceBetweenAnyTwoPartsOfAnActItEndsInTheSameState() {
        RotationPolicy daily = Simulation.policy(Duration.ofHours(12), Duration.ofHours(4));
        Instant end = Simulation.START.plus(Duration.ofHours(36));
        AtomicInteger parts = new AtomicInteger();
        Simulation undisturbed = new Simulation(1, 0, daily, () -> parts.incrementAndGet() < 0);
        undisturbed.runUntil(end);
        assertThat(undisturbed.states()).startsWith(KeyState.REMOVED, KeyState.REMOVED);

        for (int stopAt = 1; stopAt <= parts.get(); stopAt++) {
            AtomicInteger left = new AtomicInteger(stopAt);
            Simulation simulation = new Simulation(1, 0, daily, () -> left.decrementAndGet() == 0);
            simulation.runUntil(end);

            assertThat(simulation.states()).as("stopped after part %d", stopAt).isEqualTo(undisturbed.states());
            assertThat(simulation.keystore.made())
                    .as("stopped after part %d", stopAt)
                    .isEqualTo(simulation.states().size());
            assertThat(simulation.restarts).isEqualTo(1);
        }
    }

    @Test
    void rotateNowIsDoneInTheSameOrderThatWasPlacedTwice() {
        Simulation simulation = new Simulation(3, 0, QUARTERLY, () -> false);
        simulation.runUntil(
                () -> simulation.states().equals(List.of(KeyState.ACTIVE, KeyState.READY)), Duration.ofDays(3));

        Order first = simulation.orders().place(Simulation.DOMAIN, Order.Kind.ROTATE_NOW, Map.of(), "ops");
        Order second = simulation.orders().place(Simulation.DOMAIN, Order.Kind.ROTATE_NOW, Map.of(), "other");
        Instant placed = simulation.clock.instant();
        simulation.runUntil(() -> !simulation.registry.order(first.number()).isOpen(), Duration.ofDays(3));

        assertThat(second.number()).isEqualTo(first.number());
        assertThat(simulation.registry.order(first.number()).closing())
                .get()
                .extracting(Order.Closing::result)
                .isEqualTo(Order.Result.DONE);
        assertThat(Duration.between(placed, simulation.clock.instant())).isLessThan(Duration.ofSeconds(2));
        assertThat(simulation.states().subList(0, 2)).containsExactly(KeyState.RETIRED, KeyState.ACTIVE);
    }

    @Test
    void aFlipProvenBadGoesBackToTheOldKeyAndHaltsUntilRetry() {
        Simulation simulation = new Simulation(4, 0, QUARTERLY, () -> false);
        simulation.runUntil(
                () -> simulation.states().equals(List.of(KeyState.ACTIVE, KeyState.READY)), Duration.ofDays(3));
        ManagedKey old = simulation.active().orElseThrow();
        simulation.signer.signsWrongWithAllBut(old.selector());

        Order order = simulation.orders().place(Simulation.DOMAIN, Order.Kind.ROTATE_NOW, Map.of(), "ops");
        Instant placed = simulation.clock.instant();
        simulation.runUntil(() -> simulation.domain().isHalted(old.type()), Duration.ofMinutes(1));
        simulation.runUntil(() -> simulation.signsOnlyWith(old.selector()), Duration.ofMinutes(1));

        assertThat(Duration.between(placed, simulation.clock.instant())).isLessThan(Duration.ofSeconds(5));
        assertThat(simulation.states()).containsExactly(KeyState.ACTIVE, KeyState.RETIRED);
        assertThat(simulation.domain().halts().values())
                .extracting(Halt::reason)
                .containsExactly(HaltReason.FLIP_PROVEN_BAD);
        simulation.runUntil(simulation.clock.instant().plus(Duration.ofDays(1)));
        assertThat(simulation.states()).as("halted: no new key").hasSize(2);

        simulation.signer.heal();
        simulation.orders().place(Simulation.DOMAIN, Order.Kind.RETRY, Map.of(), "ops");
        simulation.runUntil(() -> !simulation.registry.order(order.number()).isOpen(), Duration.ofDays(3));
        assertThat(simulation.active().orElseThrow().id().number()).isEqualTo(3);
    }

    @Test
    void aFirstKeyProvenBadIsTakenBackFromTheSigner() {
        Simulation simulation = new Simulation(5, 0, QUARTERLY, () -> false);
        simulation.signer.signsWrongWithAllBut(new Selector("none"));

        simulation.runUntil(() -> simulation.domain().isHalted(KeyType.RSA), Duration.ofDays(2));
        simulation.runUntil(() -> simulation.signer.signsWith(Simulation.DOMAIN).isEmpty(), Duration.ofMinutes(1));

        assertThat(simulation.states()).containsExactly(KeyState.RETIRED);
    }

    @Test
    void aSilentSecondaryHoldsTheFlipAndItGoesOnByItselfWhenItIsBack() {
        Simulation simulation = new Simulation(6, 0, QUARTERLY, () -> false);
        simulation.runUntil(
                () -> simulation.states().equals(List.of(KeyState.ACTIVE, KeyState.READY)), Duration.ofDays(3));
        simulation.runUntil(simulation.clock.instant().plus(Duration.ofMinutes(2)));
        simulation.dns.silence(2, true);

        Order order = simulation.orders().place(Simulation.DOMAIN, Order.Kind.ROTATE_NOW, Map.of(), "ops");
        simulation.runUntil(simulation.clock.instant().plus(Duration.ofHours(3)));
        assertThat(simulation.states()).containsExactly(KeyState.ACTIVE, KeyState.READY);
        assertThat(new RotationPlanner()
                                .steps(
                                        simulation.domain(),
                                        simulation.settings,
                                        Brakes.NONE,
                                        simulation.clock.reading())
                                .stream()
                                .flatMap(step -> step.because().stream())
                                .map(Reason::text))
                .anyMatch(text -> text.startsWith("ns2 does not show it"));

        simulation.dns.silence(2, false);
        simulation.runUntil(() -> !simulation.registry.order(order.number()).isOpen(), Duration.ofMinutes(2));
    }

    @Test
    void noEffectWithoutItsIntentWhileTheRegistryIsFull() {
        Simulation simulation = new Simulation(7, 0, QUARTERLY, () -> false);
        simulation.registry.full(true);
        assertThatThrownBy(() -> simulation.runUntil(Simulation.START.plusSeconds(10)))
                .isInstanceOf(RegistryUnavailableException.class);

        assertThat(simulation.keystore.made()).isZero();
        simulation.registry.full(false);
        simulation.registry.dropClaims();
        simulation.runUntil(() -> simulation.active().isPresent(), Duration.ofDays(2));
    }
}
