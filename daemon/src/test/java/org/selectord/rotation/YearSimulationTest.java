package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
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

/**
 * Domain-years by the hundred, each full of trouble: those that ever failed, which are in simulation-seeds.txt; some that are the same in every run, so
 * that a change is judged by what it changed; and, where it is asked for, some that nobody has lived through before. A seed is replayed with
 * {@code -Dsimulation.seed=N}.
 */
class YearSimulationTest {
    private static final Duration FOR = Duration.ofSeconds(Integer.getInteger("simulation.seconds", 30));
    /** Corpus apart; more of them by hand. */
    private static final int WORLDS = Integer.getInteger("simulation.worlds", 100);

    /** The same in every run; as many as there are kinds of trouble, so that each is there. */
    private static final int FIXED = Trouble.values().length;

    /** Where the others begin: {@code -Dsimulation.from=N}, or new ones each day with {@code -Dsimulation.fresh=true}. */
    private final long from = Boolean.getBoolean("simulation.fresh")
            ? 1_000_000 * LocalDate.now(ZoneOffset.UTC).toEpochDay()
            : Long.getLong("simulation.from", 1 + FIXED);

    private static final int THREADS = 2;

    /** What some worlds came to. */
    private static final class Tally {
        private int worlds;
        private int domainYears;
        private long rotations;
        private long messages;
        private long around;
        private long deferred;
        private long stale;
        private long bounced;
        private long turns;
        private int fewestMessages = Integer.MAX_VALUE;
        private double fewestTroubles = Double.MAX_VALUE;
        private long cpuNanos;
        private final Map<Profile.Part, Long> profile = Profile.none();
        private final Map<Trouble, Integer> troubles = new TreeMap<>();
        private final Map<Deed, Integer> deeds = new TreeMap<>();
        private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

        synchronized void add(World world, long nanos) {
            cpuNanos += nanos;
            worlds++;
            domainYears += world.domains.size();
            rotations += world.rotations();
            messages += world.mail.messages;
            around += world.mail.around;
            deferred += world.mail.deferred;
            stale += world.mail.stale;
            bounced += world.mail.bounced;
            turns += world.turns;
            world.domains.forEach(domain -> fewestMessages = Math.min(fewestMessages, world.mail.checkedOf(domain)));
            fewestTroubles = Math.min(fewestTroubles, (double) world.troubles.count() / world.domains.size());
            world.profile.addTo(profile);
            world.troubles.counts.forEach((trouble, count) -> troubles.merge(trouble, count, Integer::sum));
            world.people.deeds.forEach((deed, count) -> deeds.merge(deed, count, Integer::sum));
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
                    "simulated %d domain-years in %d worlds in %d s (%d a minute on %d threads, %d ms of one core each): %d rotations, %d sweeps%n",
                    domainYears,
                    worlds,
                    took.toSeconds(),
                    domainYears * 60_000L / Math.max(1, took.toMillis()),
                    THREADS,
                    cpuNanos / 1_000_000 / Math.max(1, domainYears),
                    rotations,
                    turns);
            System.out.printf(
                    "messages %d checked, at least %d a domain-year, %d %% of them signed within N + T of a transition; %d times deferred, %d verified by what a"
                            + " resolver served stale, %d bounced%n",
                    messages, fewestMessages, 100 * around / Math.max(1, messages), deferred, stale, bounced);
            System.out.printf(
                    "faults %d, at least %.1f a domain-year: %s%npeople %s%ntime went to %s%nfailures %d%n",
                    sum(troubles), fewestTroubles, troubles, deeds, Profile.shares(profile), failures.size());
            failures.stream().limit(10).forEach(failure -> System.out.println(cut(failure)));
        }

        private static int sum(Map<?, Integer> counts) {
            return counts.values().stream().mapToInt(Integer::intValue).sum();
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
        System.out.printf("seeds of simulation-seeds.txt, 1 to %d, and from %d on%n", FIXED, from);
        tally.print(Duration.ofNanos(System.nanoTime() - began));

        assertThat(tally.failures).isEmpty();
        if (seed == null) {
            assertThat(tally.troubles).as("every kind of trouble").containsKeys(Trouble.values());
            assertThat(tally.deeds).as("everything that people do").containsKeys(Deed.values());
            assertThat(tally.fewestMessages).as("messages of a domain-year").isGreaterThanOrEqualTo(200);
            assertThat(tally.fewestTroubles).as("faults a domain-year").isGreaterThanOrEqualTo(3);
            assertThat(tally.deferred).as("verifications that were deferred").isPositive();
            assertThat(tally.stale).as("verifications by what was served stale").isPositive();
        }
    }

    private void inParallel(Tally tally, long began) throws IOException, InterruptedException {
        List<Long> corpus = corpus();
        AtomicLong next = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        for (int i = 0; i < THREADS; i++) {
            threads.execute(() -> {
                while (tally.failures.size() < 20) {
                    long number = next.getAndIncrement();
                    boolean enough = number >= corpus.size() + FIXED;
                    if (enough && (number >= corpus.size() + WORLDS || System.nanoTime() - began > FOR.toNanos())) {
                        return;
                    }
                    tally.run(seed(corpus, (int) number));
                }
            });
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(1, TimeUnit.HOURS)).isTrue();
    }

    private long seed(List<Long> corpus, int number) {
        if (number < corpus.size()) {
            return corpus.get(number);
        }
        int further = number - corpus.size();
        return further < FIXED ? 1 + further : from + further - FIXED;
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
        assertThat(again.mail.messages).isEqualTo(once.mail.messages);
    }
}
