package org.selectord.dnsupdate.dnsjava;

import java.time.Duration;

/** A moment on the monotonic clock after which nobody waits any more. */
final class Deadline {
    private final long endsAtNanos;

    private Deadline(long endsAtNanos) {
        this.endsAtNanos = endsAtNanos;
    }

    static Deadline in(Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    /** The earlier of this one and one that starts now. */
    Deadline orIn(Duration duration) {
        long other = System.nanoTime() + duration.toNanos();
        return new Deadline(other - endsAtNanos < 0 ? other : endsAtNanos);
    }

    /** One that leaves as much time as this one would to each of so many, one after another. */
    Deadline share(int among) {
        return in(Duration.ofNanos(Math.max(0, remainingNanos() / among)));
    }

    boolean isOver() {
        return remainingNanos() <= 0;
    }

    /** What is left, rounded up to whole milliseconds; 0 when it is over. */
    long remainingMillis() {
        return Math.max(0, (remainingNanos() + 999_999) / 1_000_000);
    }

    private long remainingNanos() {
        return endsAtNanos - System.nanoTime();
    }
}
