package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.selectord.key.KeyId;

/**
 * The brakes of each domain in one batch, at one moment; what passes counts for those that come after it. Not to be shared between threads.
 *
 * <p>Canaries first: a flip by the calendar waits while a canary of the same policy has a flip that is due or under way. One that was proven bad has opened
 * the breaker. A canary that cannot flip (no READY key, halted, paused, its record elsewhere, not in the configuration) holds nobody up, nor does one whose
 * flip was due a day ago while a server does not show its key. An order is capped, but waits for no canary.
 */
public final class FlipGate {
    /** How soon to look again whether a canary, or what is under way, has come to its end. */
    static final Duration PAUSE = Duration.ofSeconds(10);
    /** How long a canary is waited for that no signer can be told of, for a server does not show its key. */
    static final Duration PATIENCE = Duration.ofDays(1);

    private final FleetSettings fleet;
    private final Collection<Canary> canaries;
    private final Instant now;
    private FlipLedger ledger;

    /** A canary and what the configuration says of it. */
    public record Canary(ManagedDomain domain, DomainSettings settings) {}

    public FlipGate(FlipLedger ledger, FleetSettings fleet, Collection<Canary> canaries, Instant now) {
        this.ledger = ledger;
        this.fleet = fleet;
        this.canaries = canaries;
        this.now = now;
    }

    /** For a registry that knows of no other domain. */
    static FlipGate open(Instant now) {
        return new FlipGate(FlipLedger.EMPTY, FleetSettings.DEFAULT, List.of(), now);
    }

    public Brakes of(ManagedDomain domain, DomainSettings settings) {
        return new Brakes(
                ledger.capped(fleet, now).or(() -> heldByCanaries(domain, settings.policy())),
                ledger.breaker().map(FlipLedger.Breaker::why));
    }

    private Optional<Brakes.Held> heldByCanaries(ManagedDomain domain, RotationPolicy policy) {
        boolean first = fleet.canaries().contains(domain.name());
        boolean ordered = domain.openOrder(Order.Kind.ROTATE_NOW).isPresent();
        if (first || ordered) {
            return Optional.empty();
        }
        List<String> flipping = canaries.stream()
                .filter(canary -> canary.settings().policy().equals(policy))
                .filter(canary ->
                        canary.domain().keyElsewhere(canary.settings()).isEmpty())
                .flatMap(canary -> awaited(canary).stream())
                .toList();
        return flipping.isEmpty()
                ? Optional.empty()
                : Optional.of(new Brakes.Held(
                        now.plus(PAUSE),
                        "the canaries of its policy (fleet.canaries), " + flipping.size() + " of them: "
                                + String.join("; ", flipping)));
    }

    /** What a canary must reach before others go. */
    private Optional<String> awaited(Canary canary) {
        ManagedDomain domain = canary.domain();
        return ledger.underWay()
                .filter(flip -> flip.key().domain().equals(domain.name()))
                .findFirst()
                .map(flip -> domain.name() + " flips since " + flip.begunAt() + selector(domain, flip.key())
                        + " and must be proven at every signer")
                .or(() -> due(canary)
                        .map(key -> domain.name() + " is to flip to " + key.selector() + " and must have it ACTIVE"
                                + untilWhen(key, canary)));
    }

    private static String selector(ManagedDomain domain, KeyId key) {
        return domain.find(key).map(known -> " to " + known.selector()).orElse("");
    }

    private Optional<ManagedKey> due(Canary canary) {
        ManagedDomain domain = canary.domain();
        return domain.chains().stream()
                .filter(type -> !domain.isHeld(type) && !domain.isLeaving())
                .flatMap(type -> domain.successor(type).stream())
                .filter(key -> key.state() == KeyState.READY)
                .filter(key -> !activateDueAt(key, canary, now).isAfter(now))
                .filter(key -> isShown(key, domain) || now.isBefore(waitedForUntil(key, canary)))
                .findFirst();
    }

    private static Instant activateDueAt(ManagedKey key, Canary canary, Instant now) {
        return DueTimes.activateDueAt(key, canary.domain(), canary.settings().policy(), now);
    }

    private boolean isShown(ManagedKey key, ManagedDomain domain) {
        return domain.propagated(key, now).exactEverywhere();
    }

    /** The first time it was due, or was ordered, + patience. */
    private static Instant waitedForUntil(ManagedKey key, Canary canary) {
        Instant dueAt = activateDueAt(key, canary, Instant.EPOCH);
        return canary.domain()
                .rotateNow(key.type())
                .map(order -> DueTimes.later(dueAt, order.askedAt()))
                .orElse(dueAt)
                .plus(PATIENCE);
    }

    private String untilWhen(ManagedKey key, Canary canary) {
        return isShown(key, canary.domain())
                ? ""
                : ", which not every server shows; waited for until " + waitedForUntil(key, canary);
    }

    /** One record of the batch, as it is about to be saved. */
    public void passes(ManagedDomain intending) {
        ledger = ledger.with(intending, fleet);
    }
}
