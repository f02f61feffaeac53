package org.selectord.rotation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * True time, in milliseconds, and all that is still to happen; and the two clocks of the daemon's host, which may be wrong. As a {@link Clock} it is the
 * host's wall clock. Passing time runs what falls into it, also inside a call: so calls overlap as they do on threads, on one thread.
 */
final class WorldTime extends Clock {
    private record Event(long at, long number, Runnable what) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
    private final Profile profile;
    private long now;
    private long scheduled;
    private long wallAhead;
    private long monotonicMissed;

    WorldTime(Instant start, Profile profile) {
        this.profile = profile;
        this.now = start.toEpochMilli();
    }

    long now() {
        return now;
    }

    Instant trueTime() {
        return Instant.ofEpochMilli(now);
    }

    void at(long when, Runnable what) {
        events.add(new Event(Math.max(when, now), ++scheduled, what));
    }

    void in(long millis, Runnable what) {
        at(now + millis, what);
    }

    void in(Duration period, Runnable what) {
        in(period.toMillis(), what);
    }

    /** Lives through everything until then. */
    void passUntil(long end) {
        while (step(end)) {
            // one event after the other
        }
        now = Math.max(now, end);
    }

    void pass(long millis) {
        passUntil(now + millis);
    }

    /** Runs the next event, unless it comes after {@code end}; false when there is none before. */
    boolean step(long end) {
        if (events.isEmpty() || events.peek().at > end) {
            return false;
        }
        Event next = events.poll();
        now = Math.max(now, next.at);
        profile.run(Profile.Part.REST, next.what);
        return true;
    }

    // ---- the host's clocks

    long wallAhead() {
        return wallAhead;
    }

    /** Somebody sets the wall clock. */
    void setWallAhead(long millis) {
        wallAhead = millis;
    }

    /** The host sleeps: its monotonic clock does not count. */
    void missMonotonic(long millis) {
        monotonicMissed += millis;
    }

    long monotonicNanos() {
        return (now - monotonicMissed) * 1_000_000;
    }

    /** When a moment of the wall clock is, in true time. */
    long whenWallSays(Instant wall) {
        return wall.toEpochMilli() - wallAhead;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(now + wallAhead);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
