package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The brakes of each domain in one batch, at one moment; what passes counts for those that come after it. Not to be shared between threads.
 *
 * <p>Canaries first: a flip by the calendar waits while a canary of the same policy has a flip that is due or under way. One that was proven bad has opened
 * the breaker. A canary that cannot flip (no READY key, halted, paused, not in the configuration) holds nobody up. An order is capped, but waits for
 * no canary.
 */
public final class FlipGate {
    /** How soon to look again whether a canary, or what is under way, has come to its end. */
    static final Duration PAUSE = Duration.ofSeconds(10);

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
                ledger.cappedUntil(fleet, now).or(() -> canaryUntil(domain, settings.policy())),
                ledger.breaker().map(FlipLedger.Breaker::why));
    }

    private Optional<Instant> canaryUntil(ManagedDomain domain, RotationPolicy policy) {
        boolean first = fleet.canaries().contains(domain.name());
        boolean ordered = domain.openOrder(Order.Kind.ROTATE_NOW).isPresent();
        boolean held =
                canaries.stream().anyMatch(canary -> canary.settings().policy().equals(policy) && isFlipping(canary));
        return !first && !ordered && held ? Optional.of(now.plus(PAUSE)) : Optional.empty();
    }

    private boolean isFlipping(Canary canary) {
        ManagedDomain domain = canary.domain();
        return ledger.isUnderWay(domain.name())
                || domain.chains().stream()
                        .filter(type -> !domain.isHeld(type) && !domain.isLeaving())
                        .flatMap(type -> domain.successor(type).stream())
                        .filter(key -> key.state() == KeyState.READY)
                        .anyMatch(key -> !DueTimes.activateDueAt(
                                        key, domain, canary.settings().policy(), now)
                                .isAfter(now));
    }

    /** One record of the batch, as it is about to be saved. */
    public void passes(ManagedDomain intending) {
        ledger = ledger.with(intending, fleet);
    }
}
