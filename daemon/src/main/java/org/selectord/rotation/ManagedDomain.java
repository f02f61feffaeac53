package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * Everything recorded about one signing domain. It changes only by folding in what was seen ({@link Fold}), by an intent and by an order. Pure.
 *
 * @param keys all there ever were, by number; REMOVED ones stay as tombstones
 * @param orders open ones, and those closed since the record was read
 * @param intents at most one a key and target
 * @param halts by chain
 * @param version of the record in the registry when it was read
 */
public record ManagedDomain(
        SigningDomain name,
        List<ManagedKey> keys,
        List<Order> orders,
        List<Intent> intents,
        List<Wait> waits,
        Map<KeyType, Halt> halts,
        Optional<ZoneMarks> zone,
        long version) {
    /** A lane call ends within 30 s; an act without an outcome after twice that has lost its caller. */
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);

    public ManagedDomain {
        keys = List.copyOf(keys);
        orders = List.copyOf(orders);
        intents = List.copyOf(intents);
        waits = List.copyOf(waits);
        halts = Map.copyOf(halts);
    }

    /** A domain of which nothing is known yet. */
    public static ManagedDomain enrolled(SigningDomain name) {
        return new ManagedDomain(name, List.of(), List.of(), List.of(), List.of(), Map.of(), Optional.empty(), 0);
    }

    // ---- reading

    public ManagedKey key(KeyId id) {
        return keys.stream()
                .filter(key -> key.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no key " + id));
    }

    /** The keys of one chain that are not REMOVED, the newest first. */
    public List<ManagedKey> chain(KeyType type) {
        return keys.stream()
                .filter(key -> key.type() == type && key.state() != KeyState.REMOVED)
                .sorted(Comparator.comparing(ManagedKey::id).reversed())
                .toList();
    }

    public Set<KeyType> chains() {
        return keys.stream().map(ManagedKey::type).collect(Collectors.toSet());
    }

    public Optional<ManagedKey> active(KeyType type) {
        return chain(type).stream()
                .filter(key -> key.state() == KeyState.ACTIVE)
                .findFirst();
    }

    /** The key that shall sign next: GENERATED, PUBLISHED or READY. */
    public Optional<ManagedKey> successor(KeyType type) {
        return chain(type).stream()
                .filter(key -> key.state().compareTo(KeyState.ACTIVE) < 0)
                .findFirst();
    }

    /** The key that signers of this chain are told: the successor from the first flip intent on, else the ACTIVE one. */
    public Optional<ManagedKey> signing(KeyType type) {
        return successor(type)
                .filter(key -> key.state() == KeyState.READY && key.wasTold())
                .or(() -> active(type));
    }

    /** The whole set of keys each signer of this domain is told, over all chains. */
    public Set<SigningKey> wanted() {
        return chains().stream()
                .flatMap(type -> signing(type).stream())
                .map(ManagedKey::signingKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    public boolean isHalted(KeyType type) {
        return halts.containsKey(type);
    }

    public Optional<Order> openOrder(Order.Kind kind) {
        return orders.stream()
                .filter(order -> order.kind() == kind && order.isOpen())
                .findFirst();
    }

    public Optional<Intent> intentOn(Optional<KeyId> key, Target target) {
        return intents.stream()
                .filter(intent -> intent.step().key().equals(key)
                        && intent.step().target().equals(target))
                .findFirst();
    }

    public Optional<Wait> waitOf(Step step) {
        return waits.stream().filter(wait -> wait.holds(step)).findFirst();
    }

    public Optional<Selector> signingSelector(KeyType type) {
        return active(type).map(ManagedKey::selector);
    }

    public boolean everHad(Selector selector) {
        return keys.stream().anyMatch(key -> key.selector().equals(selector));
    }

    public boolean everHad(KeyFingerprint fingerprint) {
        return keys.stream().anyMatch(key -> key.fingerprint().equals(fingerprint));
    }

    public KeyId nextKeyId() {
        return new KeyId(
                name, keys.stream().mapToInt(key -> key.id().number()).max().orElse(0) + 1);
    }

    // ---- changing

    /** With one more fact folded in; pure, and without harm when it is folded in twice. */
    public ManagedDomain with(Finding finding, Look look, DomainSettings settings) {
        return new Fold(look, settings).fold(this, finding);
    }

    /** With what one task came to, findings or not. */
    public ManagedDomain with(Step step, Outcome outcome, Look look, DomainSettings settings) {
        return new Fold(look, settings).fold(this, step, outcome);
    }

    /** Opens the intent of an act: from here on the key counts as told, or as to be withdrawn, whatever becomes of the act. */
    public ManagedDomain intending(Step step, Instant at) {
        ManagedDomain opened = withIntent(new Intent(step, at, at.plus(CALL_TIMEOUT.multipliedBy(2))));
        return switch (step.verb()) {
            case ACTIVATE -> opened.withKey(step.key().orElseThrow(), key -> told(key, signerOf(step.target()), at));
            case PUBLISH, WITHDRAW ->
                opened.withKey(
                        step.key().orElseThrow(),
                        key -> key.withStanding(step.change().orElseThrow().after()));
            case GENERATE, STOP_SIGNING, FORGET, DESTROY -> opened;
            case LOCATE, ASK_PRIMARY, ASK_SERVERS, ASK_SIGNER ->
                throw new IllegalStateException(step.verb() + " needs no intent");
        };
    }

    /** From the intent on it may be signing; a use known before keeps its time, so that no outcome can make the key forget that it ever signed. */
    private static ManagedKey told(ManagedKey key, SignerId signer, Instant at) {
        if (key.mayBeSigningAt(signer)) {
            return key;
        }
        Use maybe = key.useAt(signer)
                .map(stopped -> new Use(Use.Kind.MAYBE, stopped.sinceAt(), at, stopped.drain()))
                .orElse(new Use(Use.Kind.MAYBE, at, at, Duration.ZERO));
        return key.withUse(signer, maybe);
    }

    static SignerId signerOf(Target target) {
        return new SignerId(
                target.name().substring(Target.signer(new SignerId("")).name().length()));
    }

    /**
     * As found at start: every open intent is due to be looked at now, and an unanswered copy of a change of the zone may land until
     * {@code lateUntil}.
     */
    public ManagedDomain restarted(Instant at, Instant lateUntil) {
        ManagedDomain changed = this;
        for (Intent intent : intents) {
            changed = changed.withIntent(intent.lookAt(at));
            if (intent.step().verb().changesZone()) {
                changed = changed.withKey(intent.step().key().orElseThrow(), key -> key.mayLand(lateUntil));
            }
        }
        return changed;
    }

    /** With a person's order: it clears what keeps steps from being tried again at once; RETRY also clears halts, and is thereby done. */
    public ManagedDomain with(Order order) {
        ManagedDomain ordered =
                new ManagedDomain(name, keys, append(orders, order), intents, List.of(), halts, zone, version);
        return switch (order.kind()) {
            case ROTATE_NOW -> ordered;
            case RETRY ->
                ordered.withHalts(Map.of())
                        .withOrder(order.closed(order.askedAt(), Order.Result.DONE, "every wait and halt was cleared"));
        };
    }

    ManagedDomain withKey(KeyId id, UnaryOperator<ManagedKey> change) {
        List<ManagedKey> changed = keys.stream()
                .map(key -> key.id().equals(id) ? change.apply(key) : key)
                .toList();
        return new ManagedDomain(name, changed, orders, intents, waits, halts, zone, version);
    }

    ManagedDomain withNewKey(ManagedKey key) {
        return new ManagedDomain(name, append(keys, key), orders, intents, waits, halts, zone, version);
    }

    ManagedDomain withIntent(Intent intent) {
        return withIntents(append(without(intents, known -> known.step().bars(intent.step())), intent));
    }

    ManagedDomain withoutIntent(Step step) {
        return withIntents(without(intents, known -> known.step().bars(step)));
    }

    private ManagedDomain withIntents(List<Intent> changed) {
        return new ManagedDomain(name, keys, orders, changed, waits, halts, zone, version);
    }

    ManagedDomain withWait(Wait wait) {
        List<Wait> others = without(
                waits,
                known -> known.verb() == wait.verb()
                        && known.target().equals(wait.target())
                        && known.key().equals(wait.key()));
        return new ManagedDomain(name, keys, orders, intents, append(others, wait), halts, zone, version);
    }

    ManagedDomain withoutWaits(Predicate<Wait> dropped) {
        return new ManagedDomain(name, keys, orders, intents, without(waits, dropped), halts, zone, version);
    }

    ManagedDomain withHalt(KeyType type, Halt halt) {
        Map<KeyType, Halt> changed = new EnumMap<>(KeyType.class);
        changed.putAll(halts);
        changed.putIfAbsent(type, halt);
        return withHalts(changed);
    }

    private ManagedDomain withHalts(Map<KeyType, Halt> changed) {
        return new ManagedDomain(name, keys, orders, intents, waits, changed, zone, version);
    }

    ManagedDomain withZone(ZoneMarks marks) {
        return new ManagedDomain(name, keys, orders, intents, waits, halts, Optional.of(marks), version);
    }

    ManagedDomain withOrder(Order order) {
        List<Order> changed = orders.stream()
                .map(known -> known.number() == order.number() ? order : known)
                .toList();
        return new ManagedDomain(name, keys, changed, intents, waits, halts, zone, version);
    }

    /** The same record, as it is in the registry after a save. */
    public ManagedDomain saved(long newVersion) {
        return new ManagedDomain(
                name, keys, without(orders, order -> !order.isOpen()), intents, waits, halts, zone, newVersion);
    }

    private static <T> List<T> append(List<T> list, T last) {
        List<T> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    private static <T> List<T> without(List<T> list, Predicate<T> dropped) {
        return list.stream().filter(dropped.negate()).toList();
    }
}
