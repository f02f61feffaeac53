package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

class SweepTest {
    private static final Ring RING = new Ring(
            RingStory.ZONE, List.of(new Selector("a"), new Selector("b"), new Selector("c")), Optional.empty());

    private final ModelRegistry registry = new ModelRegistry();
    private final TestClock clock = new TestClock(Story.START);
    private final Map<Verb, Worker> workers = new EnumMap<>(Verb.class);
    private final AtomicReference<Instant> alarm = new AtomicReference<>(Instant.EPOCH);
    private final Story story = new Story();
    private Optional<Sweep> running = Optional.empty();
    private Predicate<SigningDomain> delegated = domain -> false;

    private Sweep sweep() {
        RotationRunner runner = new RotationRunner(
                registry,
                domain -> Optional.of(new DomainSettings(
                        domain,
                        story.settings.policy(),
                        story.settings.dns(),
                        story.settings.signers(),
                        story.settings.auditInterval(),
                        Optional.of(RING).filter(ring -> delegated.test(domain)))),
                new RotationPlanner(),
                workers,
                FlipGate::open,
                clock::reading,
                new RotationListener() {});
        Sweep sweep = new Sweep(registry, runner, clock::reading, alarm::set);
        running = Optional.of(sweep);
        return sweep;
    }

    @AfterEach
    void close() {
        running.ifPresent(Sweep::close);
    }

    private static Set<SigningDomain> domains(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> SigningDomain.of("d" + i + ".example"))
                .collect(Collectors.toSet());
    }

    private static Outcome later(String why) {
        return new Outcome.NotYet(Pace.SLOW, new Reason(why));
    }

    @Test
    void allThatIsDueInALaneGoesInOneCallAndOneThreadAtATime() {
        List<Integer> calls = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        workers.put(Verb.GENERATE, lane -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            calls.add(lane.size());
            inside.decrementAndGet();
            return lane.stream().map(task -> later("no entropy")).toList();
        });
        registry.enrol(domains(40), clock.instant());

        sweep().wake();

        await().until(() -> calls.stream().mapToInt(Integer::intValue).sum() == 40);
        assertThat(most.get()).isEqualTo(1);
        assertThat(calls.size()).as("40 domains in few calls").isLessThan(10);
    }

    @Test
    void aStuckLaneHoldsUpNobodyElse() {
        CountDownLatch stuck = new CountDownLatch(1);
        AtomicInteger located = new AtomicInteger();
        workers.put(Verb.GENERATE, lane -> {
            awaitUninterruptibly(stuck);
            return lane.stream().map(task -> later("done waiting")).toList();
        });
        workers.put(Verb.LOCATE, lane -> {
            located.addAndGet(lane.size());
            return lane.stream().map(task -> later("no zone")).toList();
        });
        registry.enrol(domains(1), clock.instant());
        Sweep sweep = sweep();
        sweep.wake();

        ManagedDomain generated = new Story().generated(1).domain();
        registry.enrol(Set.of(generated.name()), clock.instant());
        registry.save(List.of(new Recorded(generated, clock.instant(), List.of())));
        clock.pass(Duration.ofMinutes(2)); // the zone was located too long ago to publish
        sweep.wake();

        await().until(() -> located.get() == 1);
        stuck.countDown();
    }

    @Test
    void customersWhoseZonesAreAllAwayHoldUpNobodyElse() {
        SigningDomain own = SigningDomain.of("own.example");
        CountDownLatch away = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger generated = new AtomicInteger();
        workers.put(Verb.ASK_ALIASES, lane -> {
            asked.incrementAndGet();
            awaitUninterruptibly(away);
            return lane.stream().map(task -> later("no answer")).toList();
        });
        workers.put(Verb.GENERATE, lane -> {
            generated.addAndGet(lane.size());
            return lane.stream().map(task -> later("no entropy")).toList();
        });
        delegated = domain -> !domain.equals(own);
        registry.enrol(domains(2 * Sweep.LANES), clock.instant());
        Sweep sweep = sweep();
        sweep.wake();
        await().until(() -> asked.get() >= Sweep.LANES / 2);

        registry.enrol(Set.of(own), clock.instant());
        sweep.wake();

        await().until(() -> generated.get() == 1);
        away.countDown();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void afterASweepTheAlarmIsSetToTheNextDueTime() {
        workers.put(
                Verb.GENERATE,
                lane -> lane.stream().map(task -> later("no entropy")).toList());
        registry.enrol(domains(1), clock.instant());

        sweep().wake();

        await().untilAsserted(() -> assertThat(alarm.get()).isEqualTo(Story.START.plusSeconds(60)));
    }

    @Test
    void aClockThatIsPutBackHoldsNobodyForAsLongAsItWasAhead() {
        workers.put(
                Verb.GENERATE,
                lane -> lane.stream().map(task -> later("no entropy")).toList());
        registry.enrol(domains(1), clock.instant());
        Instant truth = clock.instant();
        clock.pass(Duration.ofDays(365));
        Sweep sweep = sweep();
        sweep.wake();
        await().untilAsserted(() -> assertThat(alarm.get()).isAfter(truth.plus(Duration.ofDays(365))));

        clock.setTo(truth);
        sweep.wake();

        await().untilAsserted(() -> assertThat(alarm.get()).isBetween(truth, truth.plus(Duration.ofMinutes(30))));
    }

    @Test
    void aWorkerThatFailsInAWayNobodyForesawLeavesAnOpenIntent() {
        workers.put(Verb.GENERATE, lane -> {
            throw new IllegalStateException("a bug");
        });
        registry.enrol(domains(1), clock.instant());

        sweep().wake();

        SigningDomain domain = domains(1).iterator().next();
        await().until(() -> registry.find(domain).orElseThrow().version() == 2);
        assertThat(registry.find(domain).orElseThrow().intents()).hasSize(1);
    }

    @Test
    void whileTheRegistryIsFullNoWorkerIsCalledAndItGoesOnWhenThereIsSpace() {
        AtomicInteger calls = new AtomicInteger();
        workers.put(Verb.GENERATE, lane -> {
            calls.incrementAndGet();
            return lane.stream().map(task -> later("no entropy")).toList();
        });
        registry.enrol(domains(1), clock.instant());
        registry.full(true);
        Sweep sweep = sweep();
        sweep.wake();
        await().during(Duration.ofMillis(200)).until(() -> calls.get() == 0);

        registry.full(false);
        await().until(() -> calls.get() == 1);
        assertThat(sweep.hasSwept()).isTrue();
    }

    @Test
    void anOrderPlacedWhileAStepIsUnderWayIsNotLost() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        workers.put(Verb.GENERATE, lane -> {
            begun.countDown();
            awaitUninterruptibly(go);
            return lane.stream().map(task -> later("no entropy")).toList();
        });
        SigningDomain domain = domains(1).iterator().next();
        registry.enrol(Set.of(domain), clock.instant());
        Sweep sweep = sweep();
        sweep.wake();
        awaitUninterruptibly(begun);

        Order order = new RotationOrders(registry, named -> Optional.of(story.settings), clock::reading, sweep::wake)
                .place(domain, Order.Kind.ROTATE_NOW, Map.of(), "ops");
        go.countDown();

        await().untilAsserted(() -> {
            ManagedDomain after = registry.find(domain).orElseThrow();
            assertThat(after.intents()).isEmpty();
            assertThat(after.waits()).hasSize(1);
            assertThat(after.orders()).containsExactly(order);
        });
    }

    @Test
    void whatCannotBeRecordedIsTriedAgainEverLessOften() {
        assertThat(IntStream.of(1, 2, 3, 4, 5, 1000)
                        .mapToObj(Sweep::restAfter)
                        .map(Duration::toSeconds)
                        .toList())
                .containsExactly(1L, 2L, 4L, 8L, 10L, 10L);
    }
}
