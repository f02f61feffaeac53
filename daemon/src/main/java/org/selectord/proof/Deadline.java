package org.selectord.proof;

import java.time.Duration;

/** A moment that everything below has to be finished by, on the monotonic clock: no step of the wall clock moves it. */
public final class Deadline {
    private final long atNanos;

    private Deadline(long atNanos) {
        this.atNanos = atNanos;
    }

    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** This one, or so much from now, whichever is earlier. */
    public Deadline atMost(Duration time) {
        return left().compareTo(time) <= 0 ? this : in(time);
    }

    /** What is left; zero when it is over. */
    public Duration left() {
        return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
    }

    public boolean isOver() {
        return left().isZero();
    }
}
