package org.selectord.dnsupdate.dnsjava;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Does the same for several things at once and waits for all, but not beyond a deadline. The threads belong to the one call and end with it,
 * so that one lane's silent servers take nothing from another's.
 */
final class Together {
    private static final int THREADS = 32;
    private static final AtomicInteger COUNT = new AtomicInteger();

    private Together() {}

    /** One result a thing, in their order: of {@code doing}, or of {@code late} for what was not done in time. */
    static <T, R> List<R> call(List<T> things, Function<T, R> doing, Function<T, R> late, Deadline deadline) {
        if (things.isEmpty()) {
            return List.of();
        }
        ExecutorService pool = Executors.newFixedThreadPool(Math.min(THREADS, things.size()), Together::thread);
        try {
            List<Future<R>> futures = pool.invokeAll(
                    things.stream()
                            .<java.util.concurrent.Callable<R>>map(thing -> () -> doing.apply(thing))
                            .toList(),
                    deadline.remainingMillis(),
                    TimeUnit.MILLISECONDS);
            List<R> results = new ArrayList<>();
            for (int i = 0; i < futures.size(); i++) {
                results.add(result(futures.get(i), things.get(i), late));
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return things.stream().map(late).toList();
        } finally {
            pool.shutdownNow();
        }
    }

    private static <T, R> R result(Future<R> future, T thing, Function<T, R> late) throws InterruptedException {
        try {
            return future.get();
        } catch (CancellationException e) {
            return late.apply(thing);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a bug of ours while asking " + thing, e.getCause());
        }
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "dns-look-" + COUNT.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }
}
