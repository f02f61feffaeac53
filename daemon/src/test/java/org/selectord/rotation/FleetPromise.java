package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/**
 * I20, judged by the records alone as they are saved one after the other: no more flips under way and in a minute than the fleet may have, canaries
 * before the others, and after a flip that was proven bad no flip and no withdrawal until a person has looked.
 */
final class FleetPromise {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int FAILURES = 3;

    private final World world;
    private final FleetSettings fleet;
    private final Map<KeyId, Instant> underWay = new LinkedHashMap<>();
    private final Map<KeyId, Instant> begun = new LinkedHashMap<>();
    private int failures;
    private boolean canaryFailed;

    FleetPromise(World world, FleetSettings fleet) {
        this.world = world;
        this.fleet = fleet;
    }

    /** A person has looked into it. */
    void reset() {
        failures = 0;
        canaryFailed = false;
    }

    boolean isOpen() {
        return canaryFailed || failures >= FAILURES;
    }

    /** Why it is broken by this record; empty: it is kept. */
    Optional<String> brokenBy(ManagedDomain before, ManagedDomain after) {
        Optional<String> broken = isOpen() ? withdrawn(before, after) : Optional.empty();
        boolean byAPerson = after.orders().stream()
                .anyMatch(order -> before.orders().stream().noneMatch(old -> old.number() == order.number()));
        for (ManagedKey key : after.keys()) {
            boolean flipping = key.state() == KeyState.READY && !key.uses().isEmpty();
            if (flipping && !underWay.containsKey(key.id())) {
                broken = broken.or(() -> begins(key, after));
            } else if (!flipping && underWay.remove(key.id()) != null) {
                ends(key, byAPerson);
            }
        }
        return broken;
    }

    private static Optional<String> withdrawn(ManagedDomain before, ManagedDomain after) {
        return after.intents().stream()
                .filter(intent -> intent.step().verb() == Verb.WITHDRAW
                        && !before.intents().contains(intent))
                .map(intent -> after.key(intent.step().key().orElseThrow()))
                .filter(key -> key.reachedAt(KeyState.RETIRED).isPresent()
                        || key.reachedAt(KeyState.REVOKED).isPresent())
                .findFirst()
                .map(key -> key.selector() + " is withdrawn while the breaker is open");
    }

    private Optional<String> begins(ManagedKey key, ManagedDomain domain) {
        Instant now = key.uses().values().stream()
                .map(Use::sinceAt)
                .min(Instant::compareTo)
                .orElseThrow();
        long inAMinute = begun.values().stream()
                .filter(at -> at.isAfter(now.minus(MINUTE)) && !at.isAfter(now))
                .count();
        long before = underWay.keySet().stream()
                .filter(flip -> world.settingsOf(flip.domain()).isPresent())
                .count();
        underWay.put(key.id(), now);
        begun.values().removeIf(at -> at.isBefore(now.minus(Duration.ofDays(1))));
        begun.put(key.id(), now);
        if (domain.isUrgent(key.type())) {
            return Optional.empty();
        } else if (isOpen()) {
            return Optional.of("the flip to " + key.selector() + " begins while the breaker is open");
        } else if (before >= fleet.inFlight()) {
            return Optional.of("the flip to " + key.selector() + " begins beside " + before + " under way");
        } else if (inAMinute >= fleet.flipsPerMinute()) {
            return Optional.of("the flip to " + key.selector() + " begins after " + inAMinute + " in a minute");
        }
        boolean ordered = domain.openOrder(Order.Kind.ROTATE_NOW).isPresent();
        return ordered ? Optional.empty() : canaryBefore(domain.name(), key, now);
    }

    private Optional<String> canaryBefore(SigningDomain name, ManagedKey key, Instant now) {
        return fleet.canaries().contains(name)
                ? Optional.empty()
                : fleet.canaries().stream()
                        .filter(canary -> world.settingsOf(canary).isPresent() && isToFlip(canary, now))
                        .findFirst()
                        .map(canary -> "the flip to " + key.selector() + " begins before that of the canary " + canary);
    }

    private boolean isToFlip(SigningDomain name, Instant now) {
        ManagedDomain canary = world.record(name);
        boolean flipping =
                underWay.keySet().stream().anyMatch(key -> key.domain().equals(name));
        return flipping
                || canary.chains().stream()
                        .filter(type -> canary.hold().isEmpty() && !canary.isHalted(type))
                        .flatMap(type -> canary.successor(type).stream())
                        .filter(key -> key.state() == KeyState.READY)
                        .filter(key -> !DueTimes.activateDueAt(key, canary, world.policy(), now)
                                .isAfter(now))
                        .anyMatch(key -> canary.propagated(key, now).exactEverywhere()
                                || now.minus(Duration.ofDays(1))
                                        .isBefore(DueTimes.activateDueAt(key, canary, world.policy(), Instant.EPOCH)));
    }

    /** ACTIVE, or taken back: by a person, before any signer was told, or because it was proven bad. */
    private void ends(ManagedKey key, boolean byAPerson) {
        if (key.state() == KeyState.RETIRED && !byAPerson) {
            failures++;
            canaryFailed |= fleet.canaries().contains(key.id().domain());
        }
        if (key.state() != KeyState.ACTIVE && (byAPerson || key.state() != KeyState.RETIRED)) {
            begun.remove(key.id());
        }
    }

    /** Another registry than the one that was judged until now. */
    void restored(List<ManagedDomain> records) {
        Set<KeyId> flipping = records.stream()
                .flatMap(domain -> domain.keys().stream())
                .filter(key -> key.state() == KeyState.READY && !key.uses().isEmpty())
                .map(ManagedKey::id)
                .collect(Collectors.toCollection(HashSet::new));
        underWay.keySet().retainAll(flipping);
        begun.keySet().retainAll(flipping);
        flipping.forEach(key -> underWay.putIfAbsent(key, world.time.instant()));
    }
}
