package org.selectord.dnsupdate.dnsjava;

import java.time.Duration;

/**
 * How many calls may be changing zones at one primary at the same time. A server over its limit drops updates in silence (BIND's
 * {@code update-quota}, 100 by default), so silence halves what we send at once and answers let it grow again: additive increase,
 * multiplicative decrease, as TCP does it (RFC 5681). Any thread.
 */
final class InFlight {
    /** What a primary with default settings surely takes, beside others who update it. */
    static final int MOST = 32;

    /** All that kept silent at the same time is one piece of news. */
    private final Duration oneNews;

    private double limit = MOST;
    private int calls;
    private long cut;
    private long cutAtNanos;

    InFlight(Duration oneNews) {
        this.oneNews = oneNews;
    }

    /** Waits for a place, which {@link #leave} gives back; false if there was none in time, or at an interrupt, which is kept. */
    synchronized boolean enter(Deadline deadline) {
        try {
            while (calls >= (int) limit) {
                if (deadline.isOver()) {
                    return false;
                }
                wait(Math.max(1, deadline.remainingMillis()));
            }
            calls++;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    synchronized void leave() {
        calls--;
        notifyAll();
    }

    /** It answered an update. */
    synchronized void answered() {
        limit = Math.min(MOST, limit + 1 / limit);
        notifyAll();
    }

    /** It did not answer an update in time. */
    synchronized void silent() {
        long now = System.nanoTime();
        if (cut == 0 || now - cutAtNanos >= oneNews.toNanos()) {
            limit = Math.max(1, limit / 2);
            cut++;
            cutAtNanos = now;
        }
    }

    synchronized int limit() {
        return (int) limit;
    }

    synchronized int calls() {
        return calls;
    }
}
