package org.selectord.rotation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * What must be true at every moment, judged by what no daemon can see: no message that was signed fails, no signer begins to use a key that some cache
 * may deny, no record goes that mail may still need, and the records of the registry are what the states promise.
 */
final class Promise {
    /** As it was first recorded. */
    private record Known(SigningDomain domain, ManagedKey key) {}

    /** Each record is not printed: one in so many is, and every line of the history. */
    private static final int ONE_PRINTED_IN = 100;

    private static final Duration MOMENT = Duration.ofMinutes(2);

    private final World world;
    private final FleetPromise fleet;
    private final Map<OwnerName, Known> known = new HashMap<>();
    private final Set<Selector> compromised = new HashSet<>(); // whatever the registry remembers
    private final Map<Selector, Known> bySelector = new HashMap<>();
    private final Map<Long, String> holders = new HashMap<>();
    private final Map<KeyFingerprint, Long> lastUse = new HashMap<>();
    private final List<Unseen> unseen = new ArrayList<>();
    private final Map<String, Set<SigningKey>> inTables = new HashMap<>();
    private final Map<Selector, KeyState> states = new HashMap<>();
    private final Set<KeyFingerprint> destroyed = new HashSet<>();
    private final Set<String> hadActive = new HashSet<>();
    private long stepsHour;
    private int steps;
    private int allSteps;
    private int saved;

    Promise(World world, FleetSettings settings) {
        this.world = world;
        this.fleet = new FleetPromise(world, settings);
    }

    /** When a signer signed with a key of its operator's that nobody could see any more when it was looked at next. */
    private record Unseen(Selector selector, long from, long until) {}

    /** What is judged by what was recorded before begins anew. */
    void registryWasRestored() {
        states.clear();
        hadActive.clear();
        fleet.restored(world.domains.stream().map(world::record).toList());
    }

    /** From here on a restored registry hands out epochs that others had before. */
    void fenceWasRemoved() {
        holders.clear();
    }

    /** A person has looked into what opened the breaker. */
    void breakerWasReset() {
        fleet.reset();
    }

    /** Nobody is hammered: what comes to nothing is waited for. */
    void isPatient(Step step) {
        long hour = world.time.now() / 3_600_000;
        steps = hour == stepsHour ? steps + 1 : 1;
        stepsHour = hour;
        allSteps++;
        if (steps > 6_000 || allSteps > 60_000 * world.domains.size()) {
            throw broken(steps + " steps in an hour, " + allSteps + " in all, the last " + step);
        }
    }

    private AssertionError broken(String what) {
        return new AssertionError(what + " at " + world.time.trueTime() + " (seed " + world.seed + "): "
                + world.domains.stream().map(world::record).toList());
    }

    // ---- mail

    /** The record by which a message is verified that was signed with this key; empty: a key that was never ours. */
    Optional<TxtRRset> recordOf(SigningKey key) {
        return Optional.ofNullable(bySelector.get(key.selector())).map(about -> about.key.record());
    }

    void verifies(TxtRRset record, long signedAt, WorldResolver.Told told) {
        boolean verifies = told.found().filter(record::saysTheSameAs).isPresent();
        boolean ofOthers = told.kind() == WorldResolver.Told.Kind.STALE
                ? world.dns.wasEverDamaged(record)
                : world.dns.isDamaged(record);
        if (!verifies
                && !ofOthers
                && !wasSignedUnseen(record.owner(), signedAt)
                && !isMeantRevoked(record.owner())
                && !isRevokedWhateverIsRemembered(record, told)) {
            throw broken("a message signed " + (world.time.now() - signedAt) / 1000 + " s ago with " + record.owner()
                    + " does not verify: its resolver tells " + told);
        }
    }

    /** Mail of a compromised key is given up from its revocation on. */
    private boolean isMeantRevoked(OwnerName owner) {
        return Optional.ofNullable(known.get(owner))
                .flatMap(this::now)
                .filter(key -> key.isCompromised()
                        && (key.isMeantRevoked() || key.standing().isEmpty()))
                .isPresent();
    }

    private boolean wasSignedUnseen(OwnerName owner, long signedAt) {
        return unseen.stream()
                .anyMatch(use -> Optional.ofNullable(bySelector.get(use.selector()))
                                .filter(about -> about.key.record().owner().equals(owner))
                                .isPresent()
                        && signedAt >= use.from()
                        && signedAt <= use.until());
    }

    /** A registry that was restored to a time before knows nothing of it. */
    private boolean isRevokedWhateverIsRemembered(TxtRRset record, WorldResolver.Told told) {
        return Optional.ofNullable(known.get(record.owner()))
                .map(about -> about.key)
                .filter(key -> compromised.contains(key.selector()))
                .filter(key ->
                        told.found().filter(key.revocation()::saysTheSameAs).isPresent())
                .isPresent();
    }

    /** As the registry has it; nothing where it was restored to a time before. */
    private Optional<ManagedKey> now(Known about) {
        return world.record(about.domain).keys().stream()
                .filter(key -> key.record().owner().equals(about.key.record().owner())
                        && key.fingerprint().equals(about.key.fingerprint()))
                .findFirst();
    }

    // ---- signers

    /** What a signer signed with before we came. */
    void knows(WorldSigner signer, SigningDomain domain, SigningKey key) {
        inTables.put(signer.id() + " " + domain, Set.of(key));
    }

    private Set<SigningKey> signsFromNow(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys) {
        return Optional.ofNullable(inTables.put(signer.id() + " " + domain, keys))
                .orElse(Set.of());
    }

    private void usedUntilNow(WorldSigner signer, Set<SigningKey> keys) {
        keys.forEach(key -> lastUse.merge(key.fingerprint(), world.time.now() + signer.settleMillis(), Math::max));
    }

    /** Where it had fallen back to that key and nobody had seen it yet, nobody ever can. */
    void losesOwnKey(WorldSigner signer, SigningDomain domain, Set<SigningKey> left) {
        Set<SigningKey> before = signsFromNow(signer, domain, left);
        if (signer.hasFallenBackUnseen(domain)) {
            before.forEach(key -> unseen.add(
                    new Unseen(key.selector(), signer.fellBackAt(), world.time.now() + signer.settleMillis())));
        } else {
            usedUntilNow(signer, before);
        }
    }

    /** I1: before a signer signs with a key, every verifier anywhere finds its record. */
    void allows(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys) {
        Set<SigningKey> before = signsFromNow(signer, domain, keys);
        usedUntilNow(signer, before);
        for (SigningKey key : keys) {
            if (!before.contains(key)) {
                Optional<Known> told = Optional.ofNullable(bySelector.get(key.selector()));
                if (told.isEmpty() || compromised.contains(key.selector())) {
                    continue; // never ours, or given up
                }
                TxtRRset record = told.get().key.record();
                if (world.dns.isDamaged(record)) {
                    continue;
                }
                world.dns.notEverywhere(record, Duration.ofMinutes(2)).ifPresent(why -> {
                    throw broken(signer.id() + " begins to sign with " + key.selector() + ", and " + why);
                });
            }
        }
    }

    // ---- the zone

    /** I9: every update carries a fence, of an epoch that is higher than what stands there and that nobody else has. */
    void takesFence(WorldDns.Message by) {
        Fence put = by.put().orElseThrow();
        boolean grows = by.demanded().filter(stood -> !put.follows(stood)).isEmpty();
        String holder = Optional.ofNullable(holders.putIfAbsent(put.epoch(), by.sender()))
                .orElse(by.sender());
        if (!grows || !holder.equals(by.sender())) {
            throw broken("the fence " + put + " of " + by.sender() + " comes after " + by.demanded()
                    + (holder.equals(by.sender()) ? "" : ", and its epoch is that of " + holder));
        }
    }

    /** I2, I4 to I6, I8 to I10: what may come, what may go. */
    void allows(Change change, WorldDns.Message by) {
        Known about = Optional.ofNullable(known.get(change.owner()))
                .orElseThrow(() -> broken("nobody knows " + change.owner() + ", which was changed"));
        if (world.isFenced() && by.put().isEmpty()) {
            throw broken(change.owner() + " is changed without a fence");
        }
        change.before().filter(before -> !isOurs(about.key, before)).ifPresent(others -> {
            throw broken("what is not ours is taken from " + change.owner() + ": " + others.records());
        });
        change.after().ifPresent(set -> mayCome(about, set, by.late()));
        if (change.after().isEmpty()) {
            mayGo(about, by.late());
        }
    }

    /** I5: one TXT, whose strings join to exactly ours, or to what revokes it. */
    private static boolean isOurs(ManagedKey key, TxtRRset set) {
        return set.saysTheSameAs(key.record()) || set.saysTheSameAs(key.revocation());
    }

    private void mayCome(Known about, TxtRRset set, boolean late) {
        if (!isOurs(about.key, set)) {
            throw broken("another text is published at " + set.owner());
        }
        Optional<ManagedKey> recorded = now(about);
        if (recorded.isEmpty() || (recorded.get().isCompromised() && set.saysTheSameAs(about.key.revocation()))) {
            return;
        }
        ManagedKey key = recorded.get();
        if (!key.record().saysTheSameAs(set)) {
            throw broken(key.selector() + " is revoked, and nobody declared it compromised");
        }
        if (key.state() == KeyState.GENERATED && !world.keystore.has(key.fingerprint())) {
            throw broken(key.selector() + " is published, and its private half is not durable");
        }
        if (key.standing().isEmpty()) {
            throw broken(key.selector() + " comes back after it was withdrawn" + (late ? ", by a late copy" : ""));
        }
    }

    private void mayGo(Known about, boolean late) {
        ManagedKey key = now(about).orElse(about.key);
        if (key.isCompromised()) {
            return;
        }
        if (!world.signersThatMayUse(about.domain, key.selector()).isEmpty()) {
            throw broken(key.selector() + " is withdrawn while it is used" + (late ? ", by a late copy" : ""));
        }
        long until = lastUse.getOrDefault(key.fingerprint(), 0L)
                + world.policy().gracePeriod().toMillis();
        if (world.time.now() < until) {
            throw broken(key.selector() + " is withdrawn " + (until - world.time.now()) / 1000 + " s too early"
                    + (late ? ", by a late copy" : ""));
        }
        if (key.standing().isPresent()) {
            throw broken(key.selector() + " is withdrawn without an intent");
        }
    }

    // ---- the registry

    /** I3, I13, I19 and the meaning of the states. */
    void isKeptBy(Recorded recorded) {
        ManagedDomain domain = recorded.after();
        world.note(world.time.now());
        world.note(recorded.dueAt().toEpochMilli());
        for (ManagedKey key : domain.keys()) {
            Known about = known.computeIfAbsent(key.record().owner(), owner -> new Known(domain.name(), key));
            bySelector.put(key.selector(), about);
            if (key.isCompromised()) {
                compromised.add(key.selector());
            }
            isWhatItsStateSays(domain.name(), key);
        }
        ManagedDomain before = world.record(domain.name());
        fleet.brokenBy(before, domain).ifPresent(why -> {
            throw broken(why);
        });
        domain.intents().stream()
                .filter(intent -> intent.recordedAt().equals(world.time.instant()))
                .map(Intent::step)
                .filter(step -> before.intents().stream()
                        .noneMatch(known -> known.step().equals(step)))
                .forEach(step -> mayBegin(domain, step));
        saysNoSecret(recorded);
        for (KeyType type : domain.chains()) {
            isOneChain(domain, type);
        }
        boolean ended = domain.isLeaving()
                || !domain.halts().isEmpty()
                || world.settingsOf(domain.name()).isEmpty();
        if (recorded.dueAt().equals(RotationRunner.NEVER) && !ended) {
            throw broken("nothing will ever be done about " + domain);
        }
    }

    /** What must have been seen within a minute before it is begun; a moment more, for the models. */
    private void mayBegin(ManagedDomain domain, Step step) {
        step.key().map(domain::key).flatMap(key -> whyNot(domain, key, step)).ifPresent(why -> {
            throw broken(step.verb() + " of " + step.key() + " begins, and " + why);
        });
    }

    private Optional<String> whyNot(ManagedDomain domain, ManagedKey key, Step step) {
        return switch (step.verb()) {
            case PUBLISH -> key.state() == KeyState.GENERATED ? whyNotPublished(key) : Optional.empty();
            case ACTIVATE ->
                key.state() == KeyState.ACTIVE ? Optional.empty() : world.dns.notSeenAt(key.record(), MOMENT);
            case REVOKE -> whyNotRevoked(domain, key);
            case WITHDRAW -> key.wasTold() ? whyNotWithdrawn(domain) : Optional.empty();
            case LOCATE,
                    ASK_PRIMARY,
                    ASK_SERVERS,
                    ASK_ALIASES,
                    ASK_SIGNER,
                    ADOPT,
                    GENERATE,
                    STOP_SIGNING,
                    FORGET,
                    DESTROY -> Optional.empty();
        };
    }

    /** I5: a wildcard answers for every selector, so none can be proven. */
    private Optional<String> whyNotPublished(ManagedKey key) {
        OwnerName domainkey = key.record().owner().parent().orElseThrow();
        return world.dns
                .wildcardSince(domainkey)
                .filter(since -> world.time.now() - since > MOMENT.toMillis())
                .map(since -> "a wildcard stands at " + domainkey);
    }

    /** I14: every signer is looked at in this very pass. */
    private Optional<String> whyNotWithdrawn(ManagedDomain domain) {
        return world.signersThatCount().stream()
                .filter(signer -> world.time.now() - signer.seenAt(domain.name()) > MOMENT.toMillis())
                .findFirst()
                .map(signer -> signer.id() + " was not looked at");
    }

    /** Mail fails by a revocation only where a signer was told to stop and given its time. */
    private Optional<String> whyNotRevoked(ManagedDomain domain, ManagedKey key) {
        Compromise compromise = key.compromise().orElseThrow();
        boolean givenTime = compromise
                .stoppingAt()
                .or(() -> key.state() == KeyState.ACTIVE ? Optional.empty() : Optional.of(compromise.declaredAt()))
                .filter(at ->
                        !world.time.instant().isBefore(at.plus(world.policy().revokeWithin())))
                .isPresent();
        return givenTime
                ? Optional.empty()
                : world.signersThatMayUse(domain.name(), key.selector()).stream()
                        .filter(signer -> !signer.hasFallenBackUnseen(domain.name()))
                        .findFirst()
                        .map(signer -> signer.id() + " still signs with it");
    }

    /** I17: neither the history nor the record, nor what is explained of it, says a secret. */
    private void saysNoSecret(Recorded recorded) {
        recorded.entries().forEach(entry -> isFreeOfSecrets(entry.toString()));
        if (++saved % ONE_PRINTED_IN == 0) {
            isFreeOfSecrets(recorded.after().toString());
            world.explain(recorded.after()).forEach(this::isFreeOfSecrets);
        }
    }

    private void isFreeOfSecrets(String said) {
        if (World.SECRETS.stream().anyMatch(said::contains)) {
            throw broken("a secret is said: " + said);
        }
    }

    private void isOneChain(ManagedDomain domain, KeyType type) {
        int active = 0;
        int coming = 0;
        boolean given = domain.isLeaving() || !world.policy().has(type);
        if (domain.isLeaving()) {
            hadActive.remove(domain.name() + " " + type);
        }
        for (ManagedKey key : domain.keys()) {
            if (key.type() == type) {
                active += key.state() == KeyState.ACTIVE ? 1 : 0;
                coming += key.state().compareTo(KeyState.ACTIVE) < 0 && !key.givenUp() && !key.isCompromised() ? 1 : 0;
                given |= key.isCompromised();
            }
        }
        if (active > 1 || coming > 1) {
            throw broken(active + " ACTIVE and " + coming + " coming keys in one chain of " + domain);
        }
        if (active == 0 && hadActive.contains(domain.name() + " " + type) && !given) {
            throw broken("no ACTIVE " + type + " key any more in " + domain);
        }
        if (active == 1) {
            hadActive.add(domain.name() + " " + type);
        }
    }

    /** What a state promises when it is reached. READY: any verifier anywhere can fetch it. A server that came after the last look is not counted. */
    private void isWhatItsStateSays(SigningDomain domain, ManagedKey key) {
        KeyState before =
                Optional.ofNullable(states.put(key.selector(), key.state())).orElse(KeyState.GENERATED);
        if (key.state() != before) {
            world.tell(key.selector() + " of " + key.id() + " was " + before + ", is " + key.state());
        }
        if (key.state() == KeyState.READY && before == KeyState.PUBLISHED) {
            world.dns.notEverywhere(key.record(), Duration.ofHours(15)).ifPresent(why -> {
                throw broken(key.selector() + " is READY, and " + why);
            });
        } else if (key.state() == KeyState.REMOVED && before != KeyState.REMOVED) {
            world.dns.stillAt(key.record()).ifPresent(server -> {
                throw broken(key.selector() + " is REMOVED, and " + server + " serves it");
            });
        } else if (key.state() == KeyState.ACTIVE && before == KeyState.READY) {
            isSignedWith(domain, key);
        }
        if (key.custody() == Custody.DESTROYED && destroyed.add(key.fingerprint())) {
            isNeededNoMore(domain, key);
        }
    }

    /** ACTIVE: what a signer signs with it verifies. */
    private void isSignedWith(SigningDomain domain, ManagedKey key) {
        for (WorldSigner signer : world.signersThatMayUse(domain, key.selector())) {
            if (signer.isWrong(key.signingKey())) {
                throw broken(key.selector() + " is ACTIVE, and " + signer.id() + " signs wrongly with it");
            }
        }
    }

    /** Nobody signs with it, and nobody may go back to it. */
    private void isNeededNoMore(SigningDomain domain, ManagedKey key) {
        boolean early = key.state() == KeyState.RETIRED
                && key.reachedAt(KeyState.RETIRED)
                        .filter(at -> world.time
                                .trueTime()
                                .plus(TrustedClock.TOLERANCE)
                                .isBefore(at.plus(world.policy().rollbackPeriod())))
                        .isPresent();
        if (early || !world.signersThatMayUse(domain, key.selector()).isEmpty()) {
            throw broken("the private half of " + key.selector() + " is destroyed too early");
        }
    }

    void isKeptAtTheEnd(SigningDomain name) {
        ManagedDomain domain = world.record(name);
        List<KeyAlgorithm> wanted = world.policy().algorithms();
        boolean oneActive = wanted.stream()
                .allMatch(algorithm -> domain.active(algorithm.type())
                        .filter(key -> key.algorithm() == algorithm)
                        .isPresent());
        boolean standby = wanted.stream()
                .allMatch(algorithm -> domain.successor(algorithm.type())
                        .filter(key -> key.state() == KeyState.READY && key.algorithm() == algorithm)
                        .isPresent());
        boolean restGone = domain.keys().stream()
                .allMatch(key -> key.state() == KeyState.ACTIVE
                        || key.state() == KeyState.READY
                        || (key.state() == KeyState.RETIRED && key.standing().isPresent())
                        || (key.state() == KeyState.REVOKED && key.standing().isPresent())
                        || (key.state() == KeyState.REMOVED && key.custody() != Custody.HELD));
        boolean signed =
                world.signers.stream().allMatch(signer -> signer.maySign(name).equals(domain.wanted(world.policy())));
        boolean quiet = domain.intents().isEmpty()
                && domain.halts().isEmpty()
                && domain.orders().isEmpty();
        if (!oneActive || (world.policy().standby() && !standby) || !restGone || !quiet || !signed) {
            throw broken("it does not come to rest: " + domain);
        }
        for (ManagedKey key : domain.keys()) {
            key.standing()
                    .flatMap(set -> world.dns.notEverywhere(set, Duration.ZERO))
                    .ifPresent(why -> {
                        throw broken("the record of " + key.selector() + " is not as it is meant to be: " + why);
                    });
        }
        if (world.rotations(name) < 4 || world.mail.checkedOf(name) < 200) {
            throw broken("only " + world.rotations(name) + " rotations and " + world.mail.checkedOf(name)
                    + " messages in a year of " + domain);
        }
    }
}
