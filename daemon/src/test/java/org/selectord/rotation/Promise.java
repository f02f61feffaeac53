package org.selectord.rotation;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyType;
import org.selectord.key.SigningDomain;

/**
 * What must be true at every moment, judged by what no daemon can see: no message that was signed fails, no signer begins to use a key that some cache
 * may deny, no record goes that mail may still need, and the records of the registry are what the states promise.
 */
final class Promise {
    private record Known(SigningDomain domain, ManagedKey key) {}

    private final World world;
    private final Map<OwnerName, Known> known = new HashMap<>();
    private final Map<KeyFingerprint, Long> lastUse = new HashMap<>();
    private final Map<String, Set<SigningKey>> inTables = new HashMap<>();
    private final Map<KeyFingerprint, KeyState> states = new HashMap<>();
    private final Set<KeyFingerprint> destroyed = new HashSet<>();
    private final Set<String> hadActive = new HashSet<>();
    private long stepsHour;
    private int steps;
    private int allSteps;

    Promise(World world) {
        this.world = world;
    }

    /** Nobody is hammered: what comes to nothing is waited for. */
    void isPatient(Step step) {
        long hour = world.time.now() / 3_600_000;
        steps = hour == stepsHour ? steps + 1 : 1;
        stepsHour = hour;
        allSteps++;
        if (steps > 6_000 || allSteps > 60_000) {
            throw broken(steps + " steps in an hour, " + allSteps + " in all, the last " + step);
        }
    }

    private AssertionError broken(String what) {
        return new AssertionError(what + " at " + world.time.trueTime() + " (seed " + world.seed + "): "
                + world.domains.stream().map(world::record).toList());
    }

    // ---- mail

    void verifies(TxtRRset record, long signedAt, Optional<TxtRRset> answer) {
        boolean verifies = answer.filter(record::saysTheSameAs).isPresent();
        if (!verifies && !world.dns.isDamaged(record) && !isMeantRevoked(record.owner())) {
            throw broken("a message signed " + (world.time.now() - signedAt) / 1000 + " s ago with " + record.owner()
                    + " does not verify: its resolver answers " + answer.map(TxtRRset::ttlSeconds));
        }
    }

    /** Mail of a compromised key is given up from its revocation on. */
    private boolean isMeantRevoked(OwnerName owner) {
        return Optional.ofNullable(known.get(owner))
                .map(about -> world.record(about.domain).key(about.key.id()))
                .filter(key -> key.isCompromised()
                        && (key.isMeantRevoked() || key.standing().isEmpty()))
                .isPresent();
    }

    // ---- signers

    /** What a signer signed with before we came. */
    void knows(WorldSigner signer, SigningDomain domain, SigningKey key) {
        inTables.put(signer.id() + " " + domain, Set.of(key));
    }

    /** I1: before a signer signs with a key, every verifier anywhere finds its record. */
    void allows(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys) {
        Set<SigningKey> before = inTables.getOrDefault(signer.id() + " " + domain, Set.of());
        inTables.put(signer.id() + " " + domain, keys);
        for (SigningKey key : before) {
            lastUse.merge(key.fingerprint(), world.time.now() + signer.settleMillis(), Math::max);
        }
        for (SigningKey key : keys) {
            if (!before.contains(key)) {
                ManagedKey told = world.record(domain).key(key.id());
                TxtRRset record = told.record();
                if (told.isCompromised() || world.dns.isDamaged(record)) {
                    continue;
                }
                world.dns.notEverywhere(record, Duration.ofMinutes(2)).ifPresent(why -> {
                    throw broken(signer.id() + " begins to sign with " + key.selector() + ", and " + why);
                });
            }
        }
    }

    // ---- the zone

    /** I2, I4, I6, I8, I10: what may come, what may go. */
    void allows(Change change, boolean late) {
        Known about = Optional.ofNullable(known.get(change.owner()))
                .orElseThrow(() -> broken("nobody knows " + change.owner() + ", which was changed"));
        ManagedKey now = world.record(about.domain).key(about.key.id());
        change.after().ifPresent(set -> mayCome(now, set, late));
        if (change.after().isEmpty()) {
            mayGo(about.domain, now, late);
        }
    }

    private void mayCome(ManagedKey key, TxtRRset set, boolean late) {
        if (key.isCompromised() && key.revocation().saysTheSameAs(set)) {
            return;
        }
        if (!key.record().saysTheSameAs(set)) {
            throw broken("another text is published at " + set.owner());
        }
        if (key.state() == KeyState.GENERATED && !world.keystore.has(key.fingerprint())) {
            throw broken(key.selector() + " is published, and its private half is not durable");
        }
        if (key.standing().isEmpty()) {
            throw broken(key.selector() + " comes back after it was withdrawn" + (late ? ", by a late copy" : ""));
        }
    }

    private void mayGo(SigningDomain domain, ManagedKey key, boolean late) {
        if (key.isCompromised()) {
            return;
        }
        if (!world.signersThatMayUse(domain, key.fingerprint()).isEmpty()) {
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
            known.computeIfAbsent(key.record().owner(), owner -> new Known(domain.name(), key));
            isWhatItsStateSays(domain.name(), key);
        }
        for (KeyType type : domain.chains()) {
            isOneChain(domain, type);
        }
        boolean ended = domain.isLeaving() || !domain.halts().isEmpty();
        if (recorded.dueAt().equals(RotationRunner.NEVER) && !ended) {
            throw broken("nothing will ever be done about " + domain);
        }
    }

    private void isOneChain(ManagedDomain domain, KeyType type) {
        int active = 0;
        int coming = 0;
        boolean given = domain.isLeaving() || !world.policy().has(type);
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
                Optional.ofNullable(states.put(key.fingerprint(), key.state())).orElse(KeyState.GENERATED);
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
        for (WorldSigner signer : world.signersThatMayUse(domain, key.fingerprint())) {
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
        if (early || !world.signersThatMayUse(domain, key.fingerprint()).isEmpty()) {
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
                        || (key.state() == KeyState.REMOVED && key.custody() == Custody.DESTROYED));
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
        if (world.rotations(name) < 4) {
            throw broken("fewer than four rotations in a year of " + domain);
        }
    }
}
