package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * Everything recorded about one signing domain. It changes only by folding in what was seen ({@link Fold}), by an intent and by an order
 * ({@link Placement}). Pure.
 *
 * @param keys all there ever were, by number; REMOVED ones stay as tombstones
 * @param orders open ones, and those closed since the record was read
 * @param intents at most one a key and target
 * @param halts by chain
 * @param waivers an operator's word to go on without a server or a signer; those that have expired count for nothing
 * @param hold why it is not rotated, by an operator's word
 * @param resumedAt when a rollback's hold ended: the signing period counts from then
 * @param aliases of a delegated domain, whose zone is somebody else's: what stands there
 * @param version of the record in the registry when it was read
 */
public record ManagedDomain(
        SigningDomain name,
        List<ManagedKey> keys,
        List<Order> orders,
        List<Intent> intents,
        List<Wait> waits,
        Map<KeyType, Halt> halts,
        List<Waiver> waivers,
        Optional<Hold> hold,
        Optional<Instant> resumedAt,
        Optional<ZoneMarks> zone,
        Optional<AliasMarks> aliases,
        long version) {
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    /** A lane call ends within 30 s; an act without an outcome after twice that has lost its caller. */
    static final Duration INTENT_TIMEOUT = CALL_TIMEOUT.multipliedBy(2);

    public ManagedDomain {
        keys = List.copyOf(keys);
        orders = List.copyOf(orders);
        intents = List.copyOf(intents);
        waits = List.copyOf(waits);
        halts = Map.copyOf(halts);
        waivers = List.copyOf(waivers);
    }

    /** Of a domain whose key records stand in its own zone. */
    public ManagedDomain(
            SigningDomain name,
            List<ManagedKey> keys,
            List<Order> orders,
            List<Intent> intents,
            List<Wait> waits,
            Map<KeyType, Halt> halts,
            List<Waiver> waivers,
            Optional<Hold> hold,
            Optional<Instant> resumedAt,
            Optional<ZoneMarks> zone,
            long version) {
        this(name, keys, orders, intents, waits, halts, waivers, hold, resumedAt, zone, Optional.empty(), version);
    }

    /** A domain of which nothing is known yet. */
    public static ManagedDomain enrolled(SigningDomain name) {
        return new ManagedDomain(
                name,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0);
    }

    // ---- reading: keys

    public ManagedKey key(KeyId id) {
        return find(id).orElseThrow(() -> new IllegalStateException("no key " + id));
    }

    public Optional<ManagedKey> find(KeyId id) {
        return first(keys, key -> key.id().equals(id));
    }

    /** The keys of one chain that are not REMOVED, the newest first. */
    public List<ManagedKey> chain(KeyType type) {
        return keys.stream()
                .filter(key -> key.type() == type && key.state() != KeyState.REMOVED)
                .sorted(Comparator.comparing(ManagedKey::id).reversed())
                .toList();
    }

    public Set<KeyType> chains() {
        Set<KeyType> chains = EnumSet.noneOf(KeyType.class);
        keys.forEach(key -> chains.add(key.type()));
        return chains;
    }

    public Optional<ManagedKey> active(KeyType type) {
        return first(keys, key -> key.type() == type && key.state() == KeyState.ACTIVE);
    }

    /** The key that shall sign next: GENERATED, PUBLISHED or READY. */
    public Optional<ManagedKey> successor(KeyType type) {
        for (int newestFirst = keys.size() - 1; newestFirst >= 0; newestFirst--) {
            ManagedKey key = keys.get(newestFirst);
            if (key.type() == type && isToCome(key)) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }

    private static boolean isToCome(ManagedKey key) {
        return key.state().compareTo(KeyState.ACTIVE) < 0 && !key.givenUp() && !key.isCompromised();
    }

    /** The key that a flip goes to: the one an open rollback names, else the READY successor. */
    public Optional<ManagedKey> incoming(KeyType type) {
        return rollbackTo(type).or(() -> successor(type).filter(key -> key.state() == KeyState.READY));
    }

    private Optional<ManagedKey> rollbackTo(KeyType type) {
        return openOrder(Order.Kind.ROLL_BACK)
                .flatMap(Order::key)
                .flatMap(this::find)
                .filter(key -> key.type() == type && key.state() == KeyState.RETIRED && key.mayBeTold());
    }

    /**
     * The key that the signers of a chain are told: the incoming one from the first flip intent on, else the ACTIVE one; none where nothing shall sign:
     * the domain leaves, the policy dropped the chain and another one signs, or its key is compromised and the signers are being told to stop.
     */
    public Optional<ManagedKey> signing(KeyType type, RotationPolicy policy) {
        if (isLeaving() || isDropped(type, policy)) {
            return Optional.empty();
        }
        return incoming(type)
                .filter(ManagedDomain::isFlipBegun)
                .or(() -> active(type)
                        .filter(key -> !key.isMeantRevoked()
                                && key.compromise()
                                        .flatMap(Compromise::stoppingAt)
                                        .isEmpty()));
    }

    /** Whether a signer was told of it: from then on it is the one to sign, until it is ACTIVE or taken back. */
    static boolean isFlipBegun(ManagedKey incoming) {
        return incoming.isBeingFlippedTo() || (incoming.state() != KeyState.READY && incoming.mayBeSigning());
    }

    /** The whole set of keys each signer of this domain is told, over all chains; an adopted key that is not in our hands is told to nobody. */
    public Set<SigningKey> wanted(RotationPolicy policy) {
        return chains().stream()
                .flatMap(type -> signing(type, policy).stream())
                .filter(key -> key.custody() == Custody.HELD)
                .map(ManagedKey::signingKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether the policy no longer asks for this chain, and a chain it asks for signs. */
    boolean isDropped(KeyType type, RotationPolicy policy) {
        return !policy.has(type)
                && policy.algorithms().stream()
                        .anyMatch(algorithm -> active(algorithm.type())
                                .filter(key -> !key.isCompromised())
                                .isPresent());
    }

    /** Whether anything of it still stands or signs: else it does not matter that no file names it any more. */
    public boolean hasKeys() {
        return keys.stream().anyMatch(key -> key.state() != KeyState.REMOVED);
    }

    public boolean everHad(Selector selector) {
        return keys.stream().anyMatch(key -> key.selector().equals(selector));
    }

    /** A selector may return (a ring of aliases); what is seen in a signature, or named by a person, is then the newest key bearing it. */
    boolean isNewestBearing(ManagedKey key) {
        return keys.stream()
                .noneMatch(other -> other.selector().equals(key.selector())
                        && other.id().number() > key.id().number());
    }

    public boolean everHad(KeyFingerprint fingerprint) {
        return keys.stream().anyMatch(key -> key.fingerprint().equals(fingerprint));
    }

    public KeyId nextKeyId() {
        return new KeyId(
                name, keys.stream().mapToInt(key -> key.id().number()).max().orElse(0) + 1);
    }

    // ---- reading: what holds it

    public boolean isHalted(KeyType type) {
        return halts.containsKey(type);
    }

    public boolean isLeaving() {
        return hold.filter(held -> held.kind() == Hold.Kind.LEAVING).isPresent();
    }

    /** Whether a chain makes no new key, flips by no calendar and withdraws nothing until a person acts. */
    boolean isHeld(KeyType type) {
        return isHalted(type)
                || hold.filter(held -> held.kind() != Hold.Kind.LEAVING).isPresent();
    }

    /** Whether a compromised key is the chain's ACTIVE one, or was the last: then nothing but proof holds up its successor. */
    boolean isUrgent(KeyType type) {
        return openOrder(Order.Kind.COMPROMISED).isPresent()
                && active(type)
                        .map(ManagedKey::isCompromised)
                        .orElseGet(() -> chain(type).stream().anyMatch(ManagedKey::isCompromised));
    }

    /** An urgent chain passes what holds it, but a flip that was proven bad since the order: one key after the other would be spoilt. */
    boolean mayPassHolds(KeyType type) {
        Optional<Halt> bad = halt(type, HaltReason.FLIP_PROVEN_BAD);
        return isUrgent(type)
                && (bad.isEmpty()
                        || orders.stream()
                                .filter(order -> order.kind() == Order.Kind.COMPROMISED && order.isOpen())
                                .anyMatch(order -> bad.get().sinceAt().isBefore(order.askedAt())));
    }

    /** Whether a flip of it was proven bad, and no person has looked into it yet. */
    boolean isProvenBad(KeyType type) {
        return halt(type, HaltReason.FLIP_PROVEN_BAD).isPresent();
    }

    private Optional<Halt> halt(KeyType type, HaltReason reason) {
        return Optional.ofNullable(halts.get(type)).filter(halt -> halt.reason() == reason);
    }

    /** Whether a signer may still sign with a compromised key of the chain. */
    boolean mayCompromisedSign(KeyType type) {
        return chain(type).stream().anyMatch(key -> key.isCompromised() && key.mayBeSigning());
    }

    public Optional<Order> openOrder(Order.Kind kind) {
        return first(orders, order -> order.kind() == kind && order.isOpen());
    }

    /** The open ROTATE_NOW, as long as this chain has not rotated for it: no chain rotates twice because another one is behind. */
    Optional<Order> rotateNow(KeyType type) {
        return openOrder(Order.Kind.ROTATE_NOW).filter(order -> !Fulfilment.hasRotated(this, order, type));
    }

    public Optional<Intent> intentOn(Optional<KeyId> key, Target target) {
        return first(
                intents,
                intent -> intent.step().key().equals(key)
                        && intent.step().target().equals(target));
    }

    public Optional<Wait> waitOf(Step step) {
        return first(waits, wait -> wait.holds(step));
    }

    List<Waiver> waiversAt(Instant at) {
        return waivers.isEmpty()
                ? List.of()
                : waivers.stream().filter(waiver -> waiver.holdsAt(at)).toList();
    }

    /**
     * What the servers have shown about a key's record, and about the alias by which verifiers find it, without those that an operator goes on without. A
     * record that revokes needs no alias.
     */
    Propagated propagated(ManagedKey key, Instant at) {
        Propagated own = counted(key.propagated(), at);
        return key.isAliased() && !key.isMeantRevoked() ? own.and(countedAlias(key, at)) : own;
    }

    /** The same, with the servers that an operator goes on without. */
    public Propagated shown(ManagedKey key) {
        return key.isAliased() ? key.propagated().and(alias(key)) : key.propagated();
    }

    /** By which a waiver may name a server that was asked: as it is {@link #shown}, without what is asked of it, and each word of that. */
    public Set<String> serverNames() {
        return keys.stream()
                .flatMap(key -> shown(key).servers().keySet().stream())
                .flatMap(shown -> Stream.concat(
                        Stream.of(shown, Propagated.serverOf(shown)),
                        Stream.of(Propagated.serverOf(shown).split(" "))))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Nothing, while it is not known for how long its zone's denials are remembered. */
    private Propagated countedAlias(ManagedKey key, Instant at) {
        return aliases.flatMap(AliasMarks::zone).isPresent() ? counted(alias(key), at) : Propagated.NOTHING;
    }

    /** What was shown of the alias by which verifiers find a key's record. */
    Propagated alias(ManagedKey key) {
        return aliases.orElse(AliasMarks.NOTHING).of(key.record().owner());
    }

    private Propagated counted(Propagated shown, Instant at) {
        List<Waiver> now = waiversAt(at);
        return now.isEmpty()
                ? shown
                : shown.without(server -> now.stream().anyMatch(waiver -> waiver.coversServer(server)));
    }

    /** A key whose record is where the configuration has none any more: it was delegated since, or is so no longer, or into another zone. */
    public Optional<ManagedKey> keyElsewhere(DomainSettings settings) {
        return first(
                keys,
                key -> key.state() != KeyState.REMOVED
                        && !settings.ownerOf(key.selector()).equals(key.record().owner()));
    }

    /** Every alias that a customer has to set: those of the ring as configured, and of keys that are not gone. */
    public Set<Alias> aliases(DomainSettings settings) {
        Set<Alias> all = new LinkedHashSet<>();
        settings.ring().ifPresent(ring -> ring.selectors().forEach(selector -> all.add(ring.alias(selector, name))));
        keys.stream()
                .filter(key -> key.isAliased() && key.state() != KeyState.REMOVED)
                .forEach(key -> all.add(alias(key.selector(), key.record().owner())));
        return all;
    }

    private Alias alias(Selector selector, OwnerName target) {
        return new Alias(OwnerName.of(selector.ownerName(name)), target);
    }

    /** Those that a server of the customer's zone was seen not to have, each with what it answered instead. */
    public Map<Alias, String> missingAliases(DomainSettings settings) {
        Map<Alias, String> missing = new LinkedHashMap<>();
        for (Alias alias : aliases(settings)) {
            aliases.orElse(AliasMarks.NOTHING).of(alias.target()).servers().entrySet().stream()
                    .filter(server -> server.getValue().verdict() == ServerProof.Verdict.LOST)
                    .min(Map.Entry.comparingByKey())
                    .ifPresent(server -> missing.put(
                            alias, server.getKey() + ": " + server.getValue().cameBack()));
        }
        return missing;
    }

    /** Our zone, and the customer's where there is one: what is said of times in it counts over both. */
    List<ZoneMarks> zones() {
        return aliases.isEmpty()
                ? zone.stream().toList()
                : Stream.concat(zone.stream(), aliases.get().zone().stream()).toList();
    }

    /** What the servers answered, likewise. */
    Propagation counted(Propagation seen, Instant at) {
        List<Waiver> now = waiversAt(at);
        return seen.without(server -> now.stream().anyMatch(waiver -> waiver.coversServer(server)));
    }

    /** Without the words that are over. */
    ManagedDomain withoutWaiversOver(Instant now) {
        List<Waiver> hold = waiversAt(now);
        return hold.size() == waivers.size() ? this : edit(draft -> draft.waivers = hold);
    }

    /** The signers whose word counts: without those that an operator goes on without. */
    List<SignerId> signersThatCount(DomainSettings settings, Instant at) {
        List<Waiver> now = waiversAt(at);
        return now.isEmpty()
                ? settings.signers()
                : settings.signers().stream()
                        .filter(signer -> now.stream().noneMatch(waiver -> waiver.coversSigner(signer)))
                        .toList();
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

    /** Opens the intent of an act: from here on the key counts as told, as to be revoked or to be withdrawn, whatever becomes of the act. */
    public ManagedDomain intending(Step step, Instant at) {
        ManagedDomain opened = withIntent(new Intent(step, at, at.plus(INTENT_TIMEOUT)));
        return switch (step.verb()) {
            case ACTIVATE ->
                opened.stopping(step.key().orElseThrow(), at)
                        .withKey(step.key().orElseThrow(), key -> told(key, signerOf(step.target()), at));
            case STOP_SIGNING -> opened.withKey(step.key().orElseThrow(), key -> key.stopping(at));
            case PUBLISH, REVOKE ->
                opened.withKey(
                        step.key().orElseThrow(),
                        key -> key.withStanding(step.change().orElseThrow().after()));
            case WITHDRAW -> opened.withKey(step.key().orElseThrow(), ManagedDomain::withdrawn);
            case GENERATE, FORGET, DESTROY -> opened;
            case LOCATE, ASK_PRIMARY, ASK_SERVERS, ASK_ALIASES, ASK_SIGNER, ADOPT ->
                throw new IllegalStateException(step.verb() + " needs no intent");
        };
    }

    private static ManagedKey withdrawn(ManagedKey key) {
        ManagedKey going = key.withStanding(Optional.empty());
        return key.state().compareTo(KeyState.ACTIVE) < 0 ? going.discarded() : going;
    }

    /** Telling a key is telling the compromised ones of its chain to stop. */
    private ManagedDomain stopping(KeyId told, Instant at) {
        ManagedDomain changed = this;
        for (ManagedKey key : chain(key(told).type())) {
            if (key.isCompromised() && !key.id().equals(told)) {
                changed = changed.withKey(key.id(), known -> known.stopping(at));
            }
        }
        return changed;
    }

    /** From the intent on it may be signing; a use known before keeps its time, so that no outcome can make the key forget that it ever signed. */
    private static ManagedKey told(ManagedKey key, SignerId signer, Instant at) {
        if (key.mayBeSigningAt(signer)) {
            return key;
        }
        Use maybe = key.useAt(signer)
                .map(stopped -> new Use(Use.Kind.MAYBE, stopped.sinceAt(), at, stopped.drain()))
                .orElse(new Use(Use.Kind.MAYBE, at, at, Duration.ZERO));
        return key.withUse(signer, maybe).notForgottenBy(signer);
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

    /** Whether anything in it was seen later than {@code now}. */
    boolean isBeyond(Instant now) {
        return first(keys, key -> key.isBeyond(now)).isPresent()
                || first(waits, wait -> wait.lookedAt().isAfter(now)).isPresent()
                || first(intents, intent -> intent.recordedAt().isAfter(now)).isPresent()
                || first(waivers, waiver -> waiver.askedAt().isAfter(now)).isPresent()
                || zone.filter(marks -> marks.isBeyond(now)).isPresent()
                || aliases.filter(marks -> marks.isBeyond(now)).isPresent();
    }

    /**
     * With nothing seen later than {@code now}, and no wait longer than any is: what a clock that was ahead has written, read on one that is right. That
     * something was seen later than it was makes us late, never early.
     */
    ManagedDomain notBeyond(Instant now) {
        Instant longest = now.plus(Pace.LONGEST);
        return edit(draft -> {
            draft.keys = keys.stream().map(key -> key.notBeyond(now)).toList();
            draft.zone = zone.map(marks -> marks.notBeyond(now));
            draft.aliases = aliases.map(marks -> marks.notBeyond(now));
            draft.waits =
                    waits.stream().map(wait -> wait.notBeyond(now, longest)).toList();
            draft.intents = intents.stream()
                    .map(intent -> intent.notBeyond(now, longest))
                    .toList();
            draft.waivers =
                    waivers.stream().map(waiver -> waiver.notBeyond(now)).toList();
            draft.resumedAt = resumedAt.map(at -> Use.earlier(at, now));
        });
    }

    /** Whether an unanswered change may land later than {@code latest}. */
    boolean mayLandAfter(Instant latest) {
        return first(keys, key -> key.mayLandUntil().filter(latest::isBefore).isPresent())
                .isPresent();
    }

    ManagedDomain withKey(KeyId id, UnaryOperator<ManagedKey> change) {
        return withEachKey(key -> key.id().equals(id) ? change.apply(key) : key);
    }

    ManagedDomain withEachKey(UnaryOperator<ManagedKey> change) {
        List<ManagedKey> changed = new ArrayList<>(keys);
        changed.replaceAll(change);
        return edit(draft -> draft.keys = changed);
    }

    ManagedDomain withNewKey(ManagedKey key) {
        return edit(draft -> draft.keys = append(keys, key));
    }

    ManagedDomain withIntent(Intent intent) {
        return edit(draft ->
                draft.intents = append(without(intents, known -> known.step().bars(intent.step())), intent));
    }

    ManagedDomain withoutIntent(Step step) {
        return edit(
                draft -> draft.intents = without(intents, known -> known.step().bars(step)));
    }

    ManagedDomain withWait(Wait wait) {
        List<Wait> others = without(
                waits,
                known -> known.verb() == wait.verb()
                        && known.target().equals(wait.target())
                        && known.key().equals(wait.key()));
        return edit(draft -> draft.waits = append(others, wait));
    }

    ManagedDomain withoutWaits(Predicate<Wait> dropped) {
        return waits.stream().noneMatch(dropped) ? this : edit(draft -> draft.waits = without(waits, dropped));
    }

    ManagedDomain withHalt(KeyType type, Halt halt) {
        Map<KeyType, Halt> changed = new EnumMap<>(KeyType.class);
        changed.putAll(halts);
        changed.merge(type, halt, (known, newer) -> givesWay(known, newer) ? newer : known);
        return edit(draft -> draft.halts = changed);
    }

    /** The first cause stays; but each flip that was proven bad is one more, also where an urgent one was tried in a halted chain. */
    private static boolean givesWay(Halt known, Halt newer) {
        return known.reason() == HaltReason.SIGNATURE_BAD || newer.reason() == HaltReason.FLIP_PROVEN_BAD;
    }

    ManagedDomain withoutHalts(BiPredicate<KeyType, Halt> ended) {
        Map<KeyType, Halt> left = new EnumMap<>(KeyType.class);
        left.putAll(halts);
        left.entrySet().removeIf(entry -> ended.test(entry.getKey(), entry.getValue()));
        return edit(draft -> draft.halts = left);
    }

    ManagedDomain withZone(ZoneMarks marks) {
        return edit(draft -> draft.zone = Optional.of(marks));
    }

    /** The next publication looks for the zone again. */
    ManagedDomain withZoneToLocate() {
        return edit(draft -> draft.zone = zone.map(ZoneMarks::toBeLocated));
    }

    ManagedDomain withAliases(AliasMarks marks) {
        return edit(draft -> draft.aliases = Optional.of(marks));
    }

    /** N of F1 for each zone. */
    public Map<OwnerName, HighWater> negativeTtls() {
        Map<OwnerName, HighWater> marks = new HashMap<>();
        zones().forEach(zone -> marks.merge(zone.apex(), zone.negativeTtl(), HighWater::joined));
        return marks;
    }

    /** What one domain saw of a zone's negative TTL counts for every domain in it: a cache that denies one name may deny its neighbours (F1). */
    ManagedDomain withNegativeTtls(Map<OwnerName, HighWater> seenByAll) {
        return edit(draft -> {
            draft.zone = zone.map(marks -> marks.joined(seenByAll));
            draft.aliases =
                    aliases.map(marks -> new AliasMarks(marks.zone().map(its -> its.joined(seenByAll)), marks.shown()));
        });
    }

    ManagedDomain withNewOrder(Order order) {
        return edit(draft -> draft.orders = append(orders, order));
    }

    ManagedDomain withOrder(Order order) {
        List<Order> changed = new ArrayList<>(orders);
        changed.replaceAll(known -> known.number() == order.number() ? order : known);
        return edit(draft -> draft.orders = changed);
    }

    ManagedDomain withWaiver(Waiver waiver) {
        return edit(draft -> draft.waivers = append(waiversAt(waiver.askedAt()), waiver));
    }

    ManagedDomain held(Hold why) {
        return edit(draft -> draft.hold = Optional.of(why));
    }

    /** Rotated again; after a rollback a new signing period begins. */
    ManagedDomain resumed(Instant at) {
        return edit(draft -> {
            draft.resumedAt = hold.filter(held -> held.kind() == Hold.Kind.ROLLED_BACK)
                    .map(held -> at)
                    .or(() -> resumedAt);
            draft.hold = Optional.empty();
        });
    }

    /** The same record, as it is in the registry after a save. */
    public ManagedDomain saved(long newVersion) {
        return edit(draft -> {
            draft.orders = without(orders, order -> !order.isOpen());
            draft.version = newVersion;
        });
    }

    private ManagedDomain edit(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.domain(name);
    }

    /** All of a domain but its name. */
    private static final class Draft {
        private List<ManagedKey> keys;
        private List<Order> orders;
        private List<Intent> intents;
        private List<Wait> waits;
        private Map<KeyType, Halt> halts;
        private List<Waiver> waivers;
        private Optional<Hold> hold;
        private Optional<Instant> resumedAt;
        private Optional<ZoneMarks> zone;
        private Optional<AliasMarks> aliases;
        private long version;

        Draft(ManagedDomain domain) {
            keys = domain.keys;
            orders = domain.orders;
            intents = domain.intents;
            waits = domain.waits;
            halts = domain.halts;
            waivers = domain.waivers;
            hold = domain.hold;
            resumedAt = domain.resumedAt;
            zone = domain.zone;
            aliases = domain.aliases;
            version = domain.version;
        }

        ManagedDomain domain(SigningDomain name) {
            return new ManagedDomain(
                    name, keys, orders, intents, waits, halts, waivers, hold, resumedAt, zone, aliases, version);
        }
    }

    /** As a stream would find it: plans ask for so little so often that streams are most of what they cost. */
    private static <T> Optional<T> first(List<T> list, Predicate<T> wanted) {
        for (T each : list) {
            if (wanted.test(each)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    private static <T> List<T> append(List<T> list, T last) {
        List<T> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    private static <T> List<T> without(List<T> list, Predicate<T> dropped) {
        return list.isEmpty() ? list : list.stream().filter(dropped.negate()).toList();
    }
}
