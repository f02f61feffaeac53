package org.selectord.rotation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** A mail signer: tables, its own copies of private halves, and connections that stay open with what they began with. */
final class WorldSigner {
    /** Hears what a signer begins to sign with. */
    interface Watcher {
        void signs(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys);

        /** Its operator took away the key it had of its own: this is what is left. */
        void losesOwnKey(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys);
    }

    private record Draining(Set<SigningKey> keys, long until) {}

    private final Profile profile;
    private final SignerId id;
    private final WorldTime time;
    private final SplittableRandom random;
    private final ModelKeystore keystore;
    private final Duration settle;
    private final Watcher watcher;
    private final Map<SigningDomain, Set<SigningKey>> onDisk = new TreeMap<>();
    private final Map<SigningDomain, Set<SigningKey>> tables = new TreeMap<>(); // as it last read them
    private final Map<SigningDomain, List<Set<SigningKey>>> oldTables = new TreeMap<>();
    private final Map<SigningDomain, List<Draining>> draining = new TreeMap<>();
    private final Map<SigningKey, OwnerName> owners = new HashMap<>();
    private final Set<KeyFingerprint> copies = new HashSet<>();
    private final Set<KeyFingerprint> wrong = new HashSet<>();
    private final Map<SigningDomain, Supplier<SigningKey>> ownEntries = new TreeMap<>();
    private final Map<SigningDomain, Long> seenAt = new TreeMap<>();
    private long fellBackAt = Long.MIN_VALUE / 2;

    boolean silent;
    boolean losesAnswers;
    boolean saysNotYet;
    boolean lags;
    boolean pairsWrongly;

    WorldSigner(
            SignerId id,
            WorldTime time,
            SplittableRandom random,
            ModelKeystore keystore,
            Duration settle,
            Watcher watcher,
            Profile profile) {
        this.profile = profile;
        this.id = id;
        this.time = time;
        this.random = random;
        this.keystore = keystore;
        this.settle = settle;
        this.watcher = watcher;
    }

    SignerId id() {
        return id;
    }

    long settleMillis() {
        return settle.toMillis();
    }

    /** Its operator has it sign with this key where we tell it none. */
    void hasOwnEntry(SigningDomain domain, Supplier<SigningKey> key) {
        ownEntries.put(domain, key);
        copies.add(key.get().fingerprint());
    }

    /** Its operator takes that entry away, and the file. */
    void loseOwnEntry(SigningDomain domain) {
        Optional.ofNullable(ownEntries.remove(domain)).ifPresent(own -> {
            copies.remove(own.get().fingerprint());
            watcher.losesOwnKey(this, domain, inTables(domain));
        });
    }

    /** Its operator deletes what was destroyed while it was gone on without. */
    void loseWhatIsDestroyed() {
        copies.removeIf(copy -> !keystore.has(copy) && !isOwn(copy));
    }

    private boolean isOwn(KeyFingerprint copy) {
        return ownEntries.values().stream()
                .anyMatch(own -> own.get().fingerprint().equals(copy));
    }

    Set<KeyFingerprint> copies() {
        return copies;
    }

    // ---- mail

    /** What the next message is signed with: now and then it comes over a connection that is older than the tables. */
    Set<SigningKey> sign(SigningDomain domain) {
        List<Draining> old = draining.getOrDefault(domain, List.of()).stream()
                .filter(connection -> connection.until > time.now())
                .toList();
        return old.isEmpty() || random.nextBoolean()
                ? inTables(domain)
                : usable(old.get(random.nextInt(old.size())).keys);
    }

    /** Everything a message may be signed with now. */
    Set<SigningKey> maySign(SigningDomain domain) {
        Set<SigningKey> keys = new HashSet<>(inTables(domain));
        draining.getOrDefault(domain, List.of()).stream()
                .filter(connection -> connection.until > time.now())
                .forEach(connection -> keys.addAll(usable(connection.keys)));
        return keys;
    }

    private Set<SigningKey> inTables(SigningDomain domain) {
        Set<SigningKey> ours = tables.getOrDefault(domain, Set.of());
        Supplier<SigningKey> own = ownEntries.get(domain);
        return ours.isEmpty() && own != null ? Set.of(own.get()) : usable(ours);
    }

    /** When a daemon last saw what it signs with. */
    long seenAt(SigningDomain domain) {
        return seenAt.getOrDefault(domain, Long.MIN_VALUE / 2);
    }

    long fellBackAt() {
        return fellBackAt;
    }

    /** Whether it began to sign with older keys by itself after it was last seen. */
    boolean hasFallenBackUnseen(SigningDomain domain) {
        return fellBackAt >= seenAt(domain);
    }

    boolean isWrong(SigningKey key) {
        return wrong.contains(key.fingerprint());
    }

    private Set<SigningKey> usable(Set<SigningKey> keys) {
        return keys.stream().filter(key -> copies.contains(key.fingerprint())).collect(Collectors.toSet());
    }

    // ---- what happens to it

    /** It starts again with tables it had some time ago; what it has no private half of any more it cannot sign with. */
    void restartWithOldTables() {
        fellBackAt = time.now();
        oldTables.forEach((domain, old) -> {
            if (!old.isEmpty()) {
                tables.put(domain, old.get(Math.max(0, old.size() - 1 - random.nextInt(2))));
                onDisk.put(domain, Optional.ofNullable(tables.get(domain)).orElseThrow());
                watcher.signs(
                        this,
                        domain,
                        usable(Optional.ofNullable(tables.get(domain)).orElseThrow()));
            }
        });
        draining.clear();
    }

    void heal() {
        onDisk.keySet().forEach(this::reload);
        silent = false;
        losesAnswers = false;
        saysNotYet = false;
        lags = false;
        pairsWrongly = false;
        wrong.clear();
    }

    private void reload(SigningDomain domain) {
        take(domain, onDisk.getOrDefault(domain, Set.of()));
    }

    private void take(SigningDomain domain, Set<SigningKey> keys) {
        Set<SigningKey> before = tables.getOrDefault(domain, Set.of());
        if (before.equals(keys)) {
            return;
        }
        Set<SigningKey> open = before.isEmpty() ? inTables(domain) : before;
        if (!open.isEmpty()) {
            oldTables.computeIfAbsent(domain, d -> new ArrayList<>()).add(open);
            long until = time.now() + settle.toMillis();
            draining.computeIfAbsent(domain, d -> new ArrayList<>()).removeIf(old -> old.until <= time.now());
            draining.computeIfAbsent(domain, d -> new ArrayList<>()).add(new Draining(open, until));
        }
        tables.put(domain, keys);
        if (pairsWrongly) {
            keys.stream().filter(key -> !before.contains(key)).forEach(key -> wrong.add(key.fingerprint()));
        }
        watcher.signs(this, domain, usable(keys));
    }

    // ---- the port, as one daemon has it

    /** Its proof goes to the servers by that daemon's own look. */
    final class Port implements Signer {
        private final PropagationCheck check;

        Port(PropagationCheck check) {
            this.check = check;
        }

        @Override
        public SignerId id() {
            return id;
        }

        @Override
        public Map<SigningDomain, Outcome> apply(Map<SigningDomain, Wanted> wanted, boolean cutOpenConnections) {
            return profile.in(Profile.Part.SIGNERS, () -> told(wanted));
        }

        private Map<SigningDomain, Outcome> told(Map<SigningDomain, Wanted> wanted) {
            Map<SigningDomain, Outcome> outcomes = new LinkedHashMap<>();
            Map<SigningDomain, Zone> told = new TreeMap<>();
            wanted.forEach((domain, keys) -> {
                if (saysNotYet || !layCopies(keys.keys())) {
                    outcomes.put(domain, new Outcome.NotYet(Pace.QUICK, new Reason("the key files cannot be written")));
                } else {
                    told.put(domain, keys.zone());
                    tell(domain, keys.keys());
                }
            });
            time.pass(5 + random.nextInt(200));
            if (silent || losesAnswers) {
                told.keySet().forEach(domain -> outcomes.put(domain, new Outcome.Unknown("told, and not seen since")));
            } else {
                outcomes.putAll(inUse(told));
            }
            return outcomes;
        }

        private boolean layCopies(Set<SigningKey> keys) {
            boolean readable = keystore.isReadable() && keys.stream().allMatch(key -> keystore.has(key.fingerprint()));
            if (readable) {
                keys.forEach(key -> copies.add(key.fingerprint()));
            }
            return readable;
        }

        private void tell(SigningDomain domain, Set<SigningKey> keys) {
            onDisk.put(domain, keys);
            if (silent && random.nextBoolean()) {
                return; // it does not even hear; it may read them any time
            }
            if (lags) {
                time.in(random.nextInt(600_000), () -> reload(domain));
            } else {
                reload(domain);
            }
        }

        @Override
        public Map<SigningDomain, Outcome> inUse(Map<SigningDomain, Zone> domains) {
            return profile.in(Profile.Part.SIGNERS, () -> seen(domains));
        }

        private Map<SigningDomain, Outcome> seen(Map<SigningDomain, Zone> domains) {
            Map<SigningDomain, Outcome> seen = new LinkedHashMap<>();
            domains.forEach((domain, zone) -> seen.put(
                    domain,
                    silent
                            ? new Outcome.NotYet(Pace.QUICK, new Reason("the signer is silent"))
                            : new Outcome.Done(probe(domain, zone))));
            return seen;
        }

        private Finding.InUse probe(SigningDomain domain, Zone zone) {
            seenAt.put(domain, time.now());
            Set<SigningKey> keys = inTables(domain);
            Set<Selector> selectors = keys.stream().map(SigningKey::selector).collect(Collectors.toSet());
            Proof.Kind worst = Proof.Kind.VERIFIED;
            for (SigningKey key : keys) {
                Proof.Kind kind = verify(domain, zone, key);
                worst = kind.compareTo(worst) > 0 ? kind : worst;
            }
            return new Finding.InUse(id, selectors, new Proof(worst, worst.name()), settle);
        }

        /** As the real probe: a definite answer without the key is bad, whoever gives it; silence proves nothing. */
        private Proof.Kind verify(SigningDomain domain, Zone zone, SigningKey key) {
            OwnerName owner = owners.computeIfAbsent(
                    key, named -> OwnerName.of(named.selector().ownerName(domain)));
            Propagation seen = Optional.ofNullable(
                            check.look(zone, Set.of(owner)).get(owner))
                    .orElseThrow();
            String text = keystore.recordText(key.fingerprint());
            boolean missing = seen.servers().stream()
                    .anyMatch(answer -> answer.kind() == ServerAnswer.Kind.ANSWERED && !holds(answer, text));
            if (seen.problem().isEmpty() && (missing || (isWrong(key) && !isSilence(seen)))) {
                return Proof.Kind.BAD;
            }
            return seen.problem().isPresent() || isSilence(seen) ? Proof.Kind.UNPROVEN : Proof.Kind.VERIFIED;
        }

        private static boolean isSilence(Propagation seen) {
            return seen.servers().stream().anyMatch(answer -> answer.kind() == ServerAnswer.Kind.SILENT);
        }

        private static boolean holds(ServerAnswer answer, String text) {
            return answer.found()
                    .filter(set -> set.records().size() == 1
                            && set.records().get(0).joined().equals(text))
                    .isPresent();
        }

        @Override
        public Outcome forget(SigningKey key) {
            boolean used = onDisk.values().stream().anyMatch(keys -> keys.contains(key));
            if (silent || used) {
                return new Outcome.NotYet(Pace.SLOW, new Reason("its tables cannot be read, or name the key"));
            }
            copies.remove(key.fingerprint());
            return new Outcome.Done(new Finding.Forgotten(id, key.id()));
        }

        @Override
        public Duration drainPeriod() {
            return settle;
        }
    }
}
