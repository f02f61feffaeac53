package org.selectord.admin;

import java.util.function.LongSupplier;

/** So many at once, and then so many a second. Safe from any thread. */
final class TokenBucket {
    private final double capacity;
    private final double perNano;
    private final LongSupplier nanos;

    private double level; // guarded by this
    private long filledAt; // guarded by this

    TokenBucket(int capacity, int perSecond, LongSupplier nanos) {
        this.capacity = capacity;
        this.perNano = perSecond / 1e9;
        this.nanos = nanos;
        this.level = capacity;
        this.filledAt = nanos.getAsLong();
    }

    /** Takes one, if there is one. */
    synchronized boolean take() {
        long now = nanos.getAsLong();
        level = Math.min(capacity, level + (now - filledAt) * perNano);
        filledAt = now;
        if (level < 1) {
            return false;
        }
        level--;
        return true;
    }
}
