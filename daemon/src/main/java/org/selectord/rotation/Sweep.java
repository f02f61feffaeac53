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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only class of the heart with threads: claims what is due, has it decided, and runs each lane on one thread at a time, lanes in parallel. Woken by
 * the clock, by an order, and by itself after each batch; a double or missed wake changes nothing.
 */
public final class Sweep implements AutoCloseable {
    static final int LANES = 32;
    private static final int AT_MOST = 500;
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    private final KeyRegistry registry;
    private final RotationRunner runner;
    private final Supplier<TimeReading> clock;
    private final Consumer<Instant> alarm;
    private final ExecutorService sweeper;
    private final ExecutorService lanes;
    /** Tasks waiting for their lane; a lane that has an entry has a thread. Guarded by itself. */
    private final Map<Target, List<Task>> waiting = new HashMap<>();

    private Instant lastSweptAt = Instant.EPOCH; // the sweeper's thread only
    private volatile boolean sweptAtLeastOnce;
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

    private List<Task> begin(List<ManagedDomain> claimed) {
        if (claimed.isEmpty()) {
            return List.of();
        }
        try {
            return runner.begin(claimed);
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

    private void restThenWake() {
        try {
            TimeUnit.MILLISECONDS.sleep(REST_AFTER_FAILURE.toMillis());
            wake();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void enqueue(Task task) {
        synchronized (waiting) {
            List<Task> queue = waiting.get(task.step().target());
            if (queue != null) {
                queue.add(task);
                return;
            }
            waiting.put(task.step().target(), new ArrayList<>(List.of(task)));
        }
        lanes.execute(() -> runLane(task.step().target()));
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
        try {
            if (!lanes.awaitTermination(4, TimeUnit.SECONDS)) {
                LOG.warn("steps under way did not end in time; what became of them is looked at after the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
