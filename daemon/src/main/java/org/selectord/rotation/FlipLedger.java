package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/**
 * The flips of all domains: those under way, and the last that ended; and the breaker that they open. A flip begins with the intent to tell the first
 * signer of a READY key; it ends when the key is ACTIVE, or was proven bad and taken back. A key that was never told after all, or
 * that a person took back, leaves no trace. Pure: records of domains in, the next ledger out.
 *
 * <p>The breaker opens at {@value #CANARY_FAILURES} flip of a canary that was proven bad, else at {@value #FAILURES} among the last {@value #JUDGED} that
 * ended since the last reset. A flip that waits, or whose signer is silent, is no failure, nor is an alias that a customer has not set: only a definite
 * answer is.
 *
 * @param flips by when they began
 * @param resetAt when a person closed the breaker last
 */
public record FlipLedger(List<Flip> flips, Optional<Breaker> breaker, Optional<Instant> resetAt) {
    static final int JUDGED = 100;
    static final int FAILURES = 3;
    static final int CANARY_FAILURES = 1;
    static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int NAMED = 3;

    public static final FlipLedger EMPTY = new FlipLedger(List.of(), Optional.empty(), Optional.empty());

    /** How a flip ended. */
    public enum Result {
        PROVEN,
        PROVEN_BAD
    }

    public record Ending(Instant at, Result result) {}

    /**
     * One change of the key a chain signs with.
     *
     * @param ending empty while it is under way
     */
    public record Flip(KeyId key, boolean canary, Instant begunAt, Optional<Ending> ending) {
        boolean isUnderWay() {
            return ending.isEmpty();
        }

        boolean isProvenBad() {
            return ending.filter(its -> its.result() == Result.PROVEN_BAD).isPresent();
        }

        private Flip ended(Instant at, Result result) {
            return new Flip(key, canary, begunAt, Optional.of(new Ending(at, result)));
        }

        /** What is recorded already has not ended after what ends now, whatever a clock that was ahead has written. */
        private Flip endedBefore(Optional<Flip> other) {
            return ending.flatMap(mine -> other.map(its -> ended(Use.earlier(mine.at(), endedAt(its)), mine.result())))
                    .orElse(this);
        }
    }

    /** Open until a person resets it. */
    public record Breaker(Instant openedAt, String why) {}

    public FlipLedger {
        flips = List.copyOf(flips);
    }

    /** As it is once this record is saved. */
    public FlipLedger with(ManagedDomain after, FleetSettings fleet) {
        if (!isUnderWay(after.name()) && !concerns(after)) {
            return this;
        }
        List<Flip> its = after.keys().stream()
                .flatMap(key -> followed(key, after, fleet).stream())
                .toList();
        Optional<Flip> ended = lastEnded(its, 1).stream().findFirst();
        List<Flip> changed = new ArrayList<>(its);
        flips.stream()
                .filter(flip -> !flip.key().domain().equals(after.name()) || !flip.isUnderWay())
                .map(flip -> flip.endedBefore(ended))
                .forEach(changed::add);
        changed.sort(Comparator.comparing(Flip::begunAt).thenComparing(Flip::key));
        return changed.equals(flips) ? this : new FlipLedger(kept(changed, fleet), breaker, resetAt).judged();
    }

    private Optional<Flip> followed(ManagedKey key, ManagedDomain after, FleetSettings fleet) {
        Optional<Flip> known = underWay(key.id());
        return known.flatMap(flip -> ended(flip, key, after))
                .or(() -> key.isBeingFlippedTo() ? known.or(() -> begun(key, fleet)) : Optional.empty());
    }

    private Optional<Flip> underWay(KeyId key) {
        return flips.stream()
                .filter(flip -> flip.isUnderWay() && flip.key().equals(key))
                .findFirst();
    }

    /** Whether this record has anything to say to the ledger, apart from the end of a flip that it knows. */
    public static boolean concerns(ManagedDomain after) {
        return after.keys().stream().anyMatch(ManagedKey::isBeingFlippedTo);
    }

    private static Optional<Flip> begun(ManagedKey key, FleetSettings fleet) {
        return key.uses().values().stream()
                .map(Use::sinceAt)
                .min(Instant::compareTo)
                .map(at -> new Flip(key.id(), fleet.canaries().contains(key.id().domain()), at, Optional.empty()));
    }

    /** A key that is taken back because it was proven bad halts its chain; one that a person takes back does not. */
    private static Optional<Flip> ended(Flip flip, ManagedKey key, ManagedDomain after) {
        if (key.state() == KeyState.ACTIVE) {
            return Optional.of(flip.ended(key.since(), Result.PROVEN));
        }
        boolean provenBad = Optional.ofNullable(after.halts().get(key.type()))
                .filter(halt -> halt.reason() == HaltReason.FLIP_PROVEN_BAD
                        && halt.sinceAt().equals(key.since()))
                .isPresent();
        return key.state() == KeyState.RETIRED && provenBad
                ? Optional.of(flip.ended(key.since(), Result.PROVEN_BAD))
                : Optional.empty();
    }

    private static List<Flip> kept(List<Flip> flips, FleetSettings fleet) {
        List<Flip> newest = lastEnded(flips, Math.max(JUDGED, fleet.flipsPerMinute()));
        return flips.stream()
                .filter(flip -> flip.isUnderWay() || newest.contains(flip))
                .toList();
    }

    private static List<Flip> lastEnded(List<Flip> flips, int atMost) {
        return flips.stream()
                .filter(flip -> !flip.isUnderWay())
                .sorted(Comparator.comparing(FlipLedger::endedAt).reversed())
                .limit(atMost)
                .toList();
    }

    private static Instant endedAt(Flip flip) {
        return flip.ending().orElseThrow().at();
    }

    // ---- the breaker

    private FlipLedger judged() {
        List<Flip> bad = failures();
        List<Flip> canaries = bad.stream().filter(Flip::canary).toList();
        if (breaker.isPresent() || (canaries.size() < CANARY_FAILURES && bad.size() < FAILURES)) {
            return this;
        }
        String why = canaries.size() >= CANARY_FAILURES
                ? "the flip of a canary was proven bad: " + names(canaries)
                : bad.size() + " of the last " + JUDGED + " flips were proven bad: " + names(bad);
        Instant at =
                bad.stream().map(FlipLedger::endedAt).max(Instant::compareTo).orElseThrow();
        return new FlipLedger(flips, Optional.of(new Breaker(at, why)), resetAt);
    }

    /** Of the last that ended, those that were proven bad; a reset forgets those before it. */
    public List<Flip> failures() {
        return lastEnded(flips, JUDGED).stream().filter(Flip::isProvenBad).toList();
    }

    private static String names(List<Flip> flips) {
        return String.join(
                ", ",
                flips.stream()
                        .map(flip -> flip.key().domain().name())
                        .distinct()
                        .sorted()
                        .toList());
    }

    /** With the breaker closed, and without what failed until now: no clock is asked whether that was before. */
    public FlipLedger reset(Instant at) {
        List<Flip> left = flips.stream().filter(flip -> !flip.isProvenBad()).toList();
        return new FlipLedger(left, Optional.empty(), Optional.of(at));
    }

    // ---- the caps

    /** Whether the number of flips in a minute, or under way, holds the next one. */
    Optional<Brakes.Held> capped(FleetSettings fleet, Instant now) {
        List<Instant> lastMinute = flips.stream()
                .map(Flip::begunAt)
                .filter(at -> at.isAfter(now.minus(MINUTE)) && !at.isAfter(now))
                .toList();
        if (lastMinute.size() >= fleet.flipsPerMinute()) {
            return Optional.of(new Brakes.Held(
                    lastMinute.get(lastMinute.size() - fleet.flipsPerMinute()).plus(MINUTE),
                    "the cap of flips a minute: " + lastMinute.size() + " have begun within the last minute, of "
                            + fleet.flipsPerMinute() + " (fleet.flips_per_minute)"));
        }
        List<Flip> inFlight = underWay().toList();
        return inFlight.size() >= fleet.inFlight()
                ? Optional.of(new Brakes.Held(
                        now.plus(FlipGate.PAUSE),
                        "the cap on domains in flight: " + inFlight.size() + " flips are under way, of "
                                + fleet.inFlight() + " (fleet.in_flight), the oldest those of "
                                + names(inFlight.subList(0, Math.min(NAMED, inFlight.size())))))
                : Optional.empty();
    }

    /** Without what is under way in domains that the configuration does not name: nobody goes on with it, and nobody is to wait for its end. */
    FlipLedger only(Predicate<SigningDomain> listed) {
        List<Flip> left = flips.stream()
                .filter(flip -> !flip.isUnderWay() || listed.test(flip.key().domain()))
                .toList();
        return new FlipLedger(left, breaker, resetAt);
    }

    Stream<Flip> underWay() {
        return flips.stream().filter(Flip::isUnderWay);
    }

    boolean isUnderWay(SigningDomain domain) {
        return underWay().anyMatch(flip -> flip.key().domain().equals(domain));
    }
}
