package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only class of the heart with threads: claims what is due, has it decided, and runs each lane on one thread at a time, lanes in parallel. Woken by
 * the clock, by an order, and by itself after each batch; a double or missed wake changes nothing.
 */
public final class Sweep implements AutoCloseable {
    static final int LANES = 32;
    private static final int AT_MOST = 500;
    private static final Duration FIRST_REST = Duration.ofSeconds(1);
    /** What cannot be recorded is tried again ever less often: a registry on a full disk is full for hours. */
    private static final Duration LAST_REST = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    private final KeyRegistry registry;
    private final RotationRunner runner;
    private final Supplier<TimeReading> clock;
    private final Consumer<Instant> alarm;
    private final ExecutorService sweeper;
    private final ExecutorService lanes;
    /** Of zones that are somebody else's: the customers of one hoster that is away are many at once. */
    private final ExecutorService customersLanes;
    /** Tasks waiting for their lane; a lane that has an entry has a thread. Guarded by itself. */
    private final Map<Target, List<Task>> waiting = new HashMap<>();

    private Instant lastSweptAt = Instant.EPOCH; // the sweeper's thread only
    private volatile boolean sweptAtLeastOnce;
    private final AtomicInteger failures = new AtomicInteger(); // in a row
    private boolean woken; // guarded by this
    private boolean sweeping; // guarded by this
    private boolean closed; // guarded by this

    /**
     * A sweep at rest, until it is woken.
     *
     * @param alarm told, after each sweep, when to wake it next
     */
    public Sweep(KeyRegistry registry, RotationRunner runner, Supplier<TimeReading> clock, Consumer<Instant> alarm) {
        this.registry = registry;
        this.runner = runner;
        this.clock = clock;
        this.alarm = alarm;
        this.sweeper = Executors.newSingleThreadExecutor(named("sweep"));
        this.lanes = Executors.newFixedThreadPool(LANES, named("lane"));
        this.customersLanes = Executors.newFixedThreadPool(LANES / 2, named("customers-lane"));
    }

    private static ThreadFactory named(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "selectord-" + name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Looks for what is due, soon and on another thread. */
    public synchronized void wake() {
        woken = true;
        if (!sweeping && !closed) {
            sweeping = true;
            sweeper.execute(this::sweepUntilNothingIsDue);
        }
    }

    /** Whether a whole sweep has gone well since start. */
    public boolean hasSwept() {
        return sweptAtLeastOnce;
    }

    private void sweepUntilNothingIsDue() {
        while (wokenAgain()) {
            try {
                Instant now = clock.get().at();
                planAnewIfPutBack(now);
                List<ManagedDomain> claimed = registry.claimDue(now, AT_MOST);
                begin(claimed).forEach(this::enqueue);
                if (claimed.size() == AT_MOST) {
                    wake();
                } else {
                    registry.nextDueAt().ifPresent(alarm);
                }
                sweptAtLeastOnce = true;
                failures.set(0);
            } catch (RegistryUnavailableException e) {
                LOG.error("nothing is done while the registry cannot be used: {}", e.getMessage());
                restThenWake();
            } catch (RuntimeException e) {
                LOG.error("a sweep failed; it is tried again", e);
                restThenWake();
            }
        }
    }

    /** Due times are an index that a clock ahead of time may have written: it would be waited for until then. */
    private void planAnewIfPutBack(Instant now) {
        if (now.isBefore(lastSweptAt.minus(TrustedClock.TOLERANCE))) {
            LOG.warn("the clock was put back from {} to {}; every domain is planned anew", lastSweptAt, now);
            registry.replanAll(now);
        }
        lastSweptAt = now;
    }

    /** By lane: what a lane has to do for one domain goes together, for its end gives the claim back. */
    private Map<Target, List<Task>> begin(List<ManagedDomain> claimed) {
        if (claimed.isEmpty()) {
            return Map.of();
        }
        try {
            return runner.begin(claimed).stream()
                    .collect(Collectors.groupingBy(task -> task.step().target()));
        } catch (RuntimeException e) {
            registry.release(claimed.stream().map(ManagedDomain::name).toList());
            throw e;
        }
    }

    private synchronized boolean wokenAgain() {
        sweeping = woken && !closed;
        woken = false;
        return sweeping;
    }

    /** Doubling from the first to the last, over failures in a row. */
    static Duration restAfter(int failures) {
        Duration doubled = FIRST_REST.multipliedBy(1L << Math.min(failures - 1, 10));
        return doubled.compareTo(LAST_REST) < 0 ? doubled : LAST_REST;
    }

    private void restThenWake() {
        try {
            TimeUnit.MILLISECONDS.sleep(restAfter(failures.incrementAndGet()).toMillis());
            wake();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void enqueue(Target lane, List<Task> tasks) {
        synchronized (waiting) {
            List<Task> queue = waiting.get(lane);
            if (queue != null) {
                queue.addAll(tasks);
                return;
            }
            waiting.put(lane, new ArrayList<>(tasks));
        }
        (lane.isCustomers() ? customersLanes : lanes).execute(() -> runLane(lane));
    }

    /** All that waits for the lane goes together; what came meanwhile goes next. */
    private void runLane(Target lane) {
        for (List<Task> batch = take(lane); !batch.isEmpty(); batch = take(lane)) {
            try {
                runner.finish(batch, runner.perform(batch));
            } catch (RuntimeException e) {
                // the intents stand: they are looked at as after a crash
                LOG.error("what {} came to could not be recorded and is looked at again: {}", lane, e.getMessage());
                restThenWake(); // a look has no intent that would hold it back
            }
            wake();
        }
    }

    private List<Task> take(Target lane) {
        synchronized (waiting) {
            List<Task> batch = waiting.getOrDefault(lane, List.of());
            if (batch.isEmpty()) {
                waiting.remove(lane);
            } else {
                waiting.put(lane, new ArrayList<>());
            }
            return batch;
        }
    }

    /** No new step begins; those under way have their deadline's time to end. What does not is found as an open intent at the next start. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        sweeper.shutdown();
        lanes.shutdown();
        customersLanes.shutdown();
        try {
            long endsAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(4);
            boolean ended = lanes.awaitTermination(4, TimeUnit.SECONDS)
                    && customersLanes.awaitTermination(endsAt - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (!ended) {
                LOG.warn("steps under way did not end in time; what became of them is looked at after the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
