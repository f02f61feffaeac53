package org.selectord.rotation;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.selectord.dnsupdate.ServerClock;

/**
 * What time it is, and whether guards may open on it (F16): the wall clock is not behind the highest trusted reading, wall and monotonic clock agree
 * since the last witness, and a witness that is another clock has agreed within a minute. One a process. Safe from any thread.
 */
public final class TrustedClock implements ServerClock {
    /** Clocks that may agree with ours; none of them: the wall clock is believed. */
    public enum Witness {
        /** The signed time of a primary that is not this host. */
        TSIG,
        /** The kernel's own word that its clock is synchronised. */
        NTP
    }

    /** The highest trusted reading, kept over restarts. May throw {@link RegistryUnavailableException}. */
    public interface Mark {
        Optional<Instant> highest();

        void raiseTo(Instant at);
    }

    static final Duration TOLERANCE = Duration.ofMinutes(1);
    static final Duration MARK_INTERVAL = Duration.ofMinutes(1);

    private final Clock wall;
    private final LongSupplier monotonicNanos;
    private final Set<Witness> witnesses;
    private final Predicate<InetSocketAddress> isThisHost;
    private final BooleanSupplier ntpSynchronised;
    private final Mark mark;

    private Optional<Reading> agreed = Optional.empty();
    private boolean byWord;
    private Instant highest = Instant.MIN;

    private record Reading(Instant wall, long nanos) {}

    public TrustedClock(
            Clock wall,
            LongSupplier monotonicNanos,
            Set<Witness> witnesses,
            Predicate<InetSocketAddress> isThisHost,
            BooleanSupplier ntpSynchronised,
            Mark mark) {
        this.wall = wall;
        this.monotonicNanos = monotonicNanos;
        this.witnesses = witnesses.isEmpty() ? EnumSet.noneOf(Witness.class) : EnumSet.copyOf(witnesses);
        this.isThisHost = isThisHost;
        this.ntpSynchronised = ntpSynchronised;
        this.mark = mark;
        mark.highest().ifPresent(known -> highest = known);
    }

    /**
     * The time now, and whether guards may open on it (F16): wall >= the highest trusted reading, |change of the wall clock - change of the monotonic one| <= 60 s since a witness agreed. Raises
     * the mark when it is trusted.
     */
    public synchronized TimeReading now() {
        Reading reading = new Reading(wall.instant(), monotonicNanos.getAsLong());
        if (witnesses.isEmpty()) {
            return new TimeReading(reading.wall, true);
        }
        if (witnesses.contains(Witness.NTP) && !holds(reading) && ntpSynchronised.getAsBoolean()) {
            agreed = Optional.of(reading);
        }
        boolean trusted = holds(reading) && !reading.wall.isBefore(highest);
        if (trusted && Duration.between(maxOf(highest), reading.wall).compareTo(MARK_INTERVAL) >= 0) {
            raise(reading.wall);
        }
        return new TimeReading(reading.wall, trusted);
    }

    private void raise(Instant to) {
        try {
            mark.raiseTo(to);
            highest = to;
        } catch (RegistryUnavailableException e) {
            // the reading is good all the same; the mark is raised at the next one
        }
    }

    /** Why {@link #now} is not trusted, and the ways out; empty when it is. */
    public synchronized Optional<String> doubt() {
        TimeReading reading = now();
        if (reading.trusted()) {
            return Optional.empty();
        }
        String why = reading.at().isBefore(highest)
                ? "our clock says " + reading.at() + ", which is before " + highest + ", a time it was trusted at"
                : agreed.isEmpty()
                        ? "no witness of time (" + names() + ") has agreed with our clock since start"
                        : "our clock has jumped since a witness last agreed with it";
        return Optional.of(why + "; synchronise this host by NTP, or set time.witness to none and believe its clock,"
                + " or say that it is right: selectorctl clock trust");
    }

    /**
     * A person's word that our clock is right: it holds until a restart, until wall and monotonic clock disagree, or until a witness does.
     *
     * @return why it is not taken; empty when it is
     */
    public synchronized Optional<String> believe() {
        Reading reading = new Reading(wall.instant(), monotonicNanos.getAsLong());
        if (reading.wall.isBefore(highest)) {
            return Optional.of("our clock says " + reading.wall + ", which is before " + highest
                    + ", a time it was trusted at: set the clock first");
        }
        agreed = Optional.of(reading);
        byWord = true;
        return Optional.empty();
    }

    /** On whose word it is trusted, where it is; for people. */
    public synchronized String word() {
        if (witnesses.isEmpty()) {
            return "nobody: time.witness is none, and this host's clock is believed";
        }
        return byWord
                ? "a person, by `selectorctl clock trust`, until a restart or until a witness disagrees"
                : "a witness (" + names() + ")";
    }

    /** What may agree with our clock; none: it is believed. */
    public Set<Witness> witnesses() {
        return Set.copyOf(witnesses);
    }

    private String names() {
        return String.join(
                ", ",
                witnesses.stream()
                        .map(witness -> witness.name().toLowerCase(java.util.Locale.ROOT))
                        .toList());
    }

    private boolean holds(Reading reading) {
        return agreed.filter(last -> {
                    Duration wallPassed = Duration.between(last.wall, reading.wall);
                    Duration reallyPassed = Duration.ofNanos(reading.nanos - last.nanos);
                    return wallPassed.minus(reallyPassed).abs().compareTo(TOLERANCE) <= 0;
                })
                .isPresent();
    }

    private static Instant maxOf(Instant highest) {
        return highest.equals(Instant.MIN) ? Instant.EPOCH : highest;
    }

    @Override
    public synchronized void signedAt(InetSocketAddress server, Instant theirs, Instant sentAt, Instant receivedAt) {
        boolean agrees = !theirs.isBefore(sentAt.minus(TOLERANCE)) && !theirs.isAfter(receivedAt.plus(TOLERANCE));
        if (!witnesses.contains(Witness.TSIG) || isThisHost.test(server)) {
            return;
        }
        if (agrees) {
            agreed = Optional.of(new Reading(wall.instant(), monotonicNanos.getAsLong()));
            byWord = false;
        } else if (byWord) {
            agreed = Optional.empty();
            byWord = false;
        }
    }
}
