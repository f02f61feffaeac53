package org.selectord.rotation;

import java.time.Duration;

/** How long to wait before a step is tried again: doubling from the first to the last. */
public enum Pace {
    /** A server or signer that may be back any moment. */
    QUICK(Duration.ofSeconds(1), Duration.ofMinutes(5)),
    /** Policy, a frozen zone, a wrong clock: somebody is at work, and hammering helps nobody. */
    SLOW(Duration.ofMinutes(1), Duration.ofMinutes(30));

    /** No step waits longer than this for its next try. */
    static final Duration LONGEST = SLOW.last;

    private final Duration first;
    private final Duration last;

    Pace(Duration first, Duration last) {
        this.first = first;
        this.last = last;
    }

    /** After so many attempts, counted from 1. */
    public Duration after(int attempts) {
        Duration doubled = first.multipliedBy(1L << Math.min(attempts - 1, 20));
        return doubled.compareTo(last) < 0 ? doubled : last;
    }
}
