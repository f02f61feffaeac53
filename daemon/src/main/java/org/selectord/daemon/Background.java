package org.selectord.daemon;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What nobody waits for, piece after piece on one thread that gives way to everything else. */
final class Background implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    private final ScheduledExecutorService thread;

    Background(String name) {
        thread = Executors.newSingleThreadScheduledExecutor(thread(name));
    }

    private static ThreadFactory thread(String name) {
        return work -> {
            Thread thread = new Thread(
                    () -> {
                        LowPriority.ofThisThread();
                        work.run();
                    },
                    name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Time and again; one that fails comes again all the same. */
    @SuppressWarnings("FutureReturnValueIgnored") // the work handles what it throws, and the thread ends with us
    void every(Duration period, Duration first, String what, Runnable work) {
        thread.scheduleWithFixedDelay(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException | Error e) { // what is thrown from here would end it for ever, unheard
                        if (!thread.isShutdown()) {
                            LOG.error("{} failed, which is a bug, and will be tried again in {}", what, period, e);
                        }
                    }
                },
                first.toMillis(),
                period.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        thread.shutdownNow(); // interrupts what is under way, all of which may end anywhere
    }
}
