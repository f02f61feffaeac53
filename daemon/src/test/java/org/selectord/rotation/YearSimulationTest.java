package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Domain-years by the thousand. A seed is replayed with {@code -Dsimulation.seed=N}; those that ever failed are in simulation-seeds.txt. */
class YearSimulationTest {
    private static final Duration FOR = Duration.ofSeconds(Integer.getInteger("simulation.seconds", 40));
    /** The same ones in every run, so that a change is judged by what it changed; more of them by hand. */
    private static final int WORLDS = Integer.getInteger("simulation.worlds", 100);

    private static final int THREADS = 2;

    /** What some worlds came to. */
    private static final class Tally {
        private int worlds;
        private int domainYears;
        private long rotations;
        private long messages;
        private long deferred;
        private long turns;
        private long cpuNanos;
        private final Map<Profile.Part, Long> profile = Profile.none();
        private final Map<Trouble, Integer> troubles = new TreeMap<>();
        private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

        synchronized void add(World world, long nanos) {
            cpuNanos += nanos;
            worlds++;
            domainYears += world.domains.size();
            rotations += world.rotations();
            messages += world.messages;
            deferred += world.deferred;
            turns += world.turns;
            world.profile.addTo(profile);
            world.troubles.forEach((trouble, count) -> troubles.merge(trouble, count, Integer::sum));
        }

        void run(long seed) {
            long began = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            World world = new World(seed);
            try {
                world.live();
            } catch (AssertionError | RuntimeException e) {
                failures.add("seed " + seed + ": " + e);
            }
            add(world, ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - began);
        }

        void print(Duration took) {
            System.out.printf(
                    "simulated %d domain-years in %d worlds in %d s (%d a minute on %d threads, %d ms of one core each): %d rotations, %d messages checked"
                            + " (%d deferred), %d sweeps%nfaults %s%ntime went to %s%nfailures %d%n",
                    domainYears,
                    worlds,
                    took.toSeconds(),
                    domainYears * 60_000L / Math.max(1, took.toMillis()),
                    THREADS,
                    cpuNanos / 1_000_000 / Math.max(1, domainYears),
                    rotations,
                    messages,
                    deferred,
                    turns,
                    troubles,
                    Profile.shares(profile),
                    failures.size());
            failures.stream().limit(10).forEach(failure -> System.out.println(cut(failure)));
        }

        private static String cut(String text) {
            return text.length() > 400 && !Boolean.getBoolean("simulation.long")
                    ? text.substring(0, 400) + "..."
                    : text;
        }
    }

    @Test
    void everyMessageVerifiesThroughEveryTroubleAndAllComesToRest() throws Exception {
        Tally tally = new Tally();
        long began = System.nanoTime();
        Long seed = Long.getLong("simulation.seed");
        if (seed != null) {
            tally.run(seed);
        } else {
            inParallel(tally, began);
        }
        tally.print(Duration.ofNanos(System.nanoTime() - began));

        assertThat(tally.failures).isEmpty();
        if (seed == null) {
            assertThat(tally.troubles).as("every kind of trouble").containsKeys(Trouble.values());
            assertThat(tally.messages / tally.domainYears).isGreaterThanOrEqualTo(200);
        }
    }

    private static void inParallel(Tally tally, long began) throws IOException, InterruptedException {
        List<Long> corpus = corpus();
        AtomicLong next = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        for (int i = 0; i < THREADS; i++) {
            threads.execute(() -> {
                while (tally.failures.size() < 20) {
                    long number = next.getAndIncrement();
                    boolean old = number < corpus.size();
                    boolean enough = number >= corpus.size() + Trouble.values().length; // one of each kind at least
                    if (enough && (number >= corpus.size() + WORLDS || System.nanoTime() - began > FOR.toNanos())) {
                        return;
                    }
                    tally.run(
                            old
                                    ? corpus.get((int) number)
                                    : Long.getLong("simulation.from", 1) + number - corpus.size());
                }
            });
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(10, TimeUnit.MINUTES)).isTrue();
    }

    /** One seed a line, and what it showed. */
    private static List<Long> corpus() throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(YearSimulationTest.class.getResourceAsStream("/simulation-seeds.txt")),
                StandardCharsets.UTF_8))) {
            return lines.lines()
                    .map(line -> line.replaceAll("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .map(Long::valueOf)
                    .toList();
        }
    }

    @Test
    void theSameSeedIsTheSameYear() {
        World once = new World(4711);
        World again = new World(4711);
        once.live();
        again.live();

        assertThat(again.digest).isEqualTo(once.digest);
        assertThat(again.messages).isEqualTo(once.messages);
    }
}
