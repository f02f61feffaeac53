package org.selectord.rotation;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** A signer that signs with what it was told, is silent or slow to obey now and then, and can be made to sign with a wrong key. */
final class ModelSigner implements Signer {
    private final SignerId id = new SignerId("model");
    private final PropagationCheck check;
    private final Random random;
    private final double faults;
    private final Duration settle;
    private final Map<SigningDomain, Set<SigningKey>> told = new HashMap<>();
    private final Set<KeyFingerprint> copies = new HashSet<>();
    private Optional<Selector> wrongFor = Optional.empty();
    private boolean silent;

    ModelSigner(PropagationCheck check, Random random, double faults, Duration settle) {
        this.check = check;
        this.random = random;
        this.faults = faults;
        this.settle = settle;
    }

    @Override
    public SignerId id() {
        return id;
    }

    Set<SigningKey> signsWith(SigningDomain domain) {
        return told.getOrDefault(domain, Set.of());
    }

    boolean hasCopyOf(KeyFingerprint key) {
        return copies.contains(key);
    }

    /** From now on a signature by any selector but {@code right} is wrong. */
    void signsWrongWithAllBut(Selector right) {
        wrongFor = Optional.of(right);
    }

    void heal() {
        wrongFor = Optional.empty();
        silent = false;
    }

    void silence() {
        silent = true;
    }

    @Override
    public Map<SigningDomain, Outcome> apply(Map<SigningDomain, Wanted> wanted, boolean cutOpenConnections) {
        if (silent || random.nextDouble() < faults) {
            return fault(wanted);
        }
        wanted.forEach((domain, keys) -> tell(domain, keys.keys()));
        return inUse(wanted.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().zone())));
    }

    private Map<SigningDomain, Outcome> fault(Map<SigningDomain, Wanted> wanted) {
        if (random.nextBoolean()) {
            wanted.forEach((domain, keys) -> tell(domain, keys.keys()));
        }
        return all(wanted.keySet(), new Outcome.Unknown("the model's signer gave no answer"));
    }

    private void tell(SigningDomain domain, Set<SigningKey> keys) {
        told.put(domain, keys);
        keys.forEach(key -> copies.add(key.fingerprint()));
    }

    @Override
    public Map<SigningDomain, Outcome> inUse(Map<SigningDomain, Zone> domains) {
        if (silent || random.nextDouble() < faults) {
            return all(domains.keySet(), new Outcome.NotYet(Pace.QUICK, new Reason("the model's signer is silent")));
        }
        Map<SigningDomain, Outcome> seen = new HashMap<>();
        domains.forEach((domain, zone) -> seen.put(domain, new Outcome.Done(prove(domain, zone))));
        return seen;
    }

    private Finding.InUse prove(SigningDomain domain, Zone zone) {
        Set<SigningKey> keys = signsWith(domain);
        Set<Selector> selectors = keys.stream().map(SigningKey::selector).collect(Collectors.toSet());
        Proof.Kind worst = keys.stream()
                .map(key -> verify(domain, zone, key))
                .max(Proof.Kind::compareTo)
                .orElse(Proof.Kind.VERIFIED);
        return new Finding.InUse(id, selectors, new Proof(worst, selectors + ": " + worst), settle);
    }

    private Proof.Kind verify(SigningDomain domain, Zone zone, SigningKey key) {
        if (wrongFor.isPresent() && !wrongFor.get().equals(key.selector())) {
            return Proof.Kind.BAD;
        }
        OwnerName owner = OwnerName.of(key.selector().ownerName(domain));
        Propagation seen =
                Optional.ofNullable(check.look(zone, Set.of(owner)).get(owner)).orElseThrow();
        List<Optional<TxtRRset>> answers =
                seen.servers().stream().map(answer -> answer.found()).toList();
        boolean silence = seen.servers().stream().anyMatch(answer -> answer.kind() == ServerAnswer.Kind.SILENT);
        if (silence) {
            return Proof.Kind.UNPROVEN;
        }
        return answers.stream().allMatch(Optional::isPresent) ? Proof.Kind.VERIFIED : Proof.Kind.BAD;
    }

    private static Map<SigningDomain, Outcome> all(Set<SigningDomain> domains, Outcome outcome) {
        return domains.stream().collect(Collectors.toMap(domain -> domain, domain -> outcome));
    }

    @Override
    public Outcome forget(SigningKey key) {
        copies.remove(key.fingerprint());
        return new Outcome.Done(new Finding.Forgotten(id, key.id()));
    }

    @Override
    public Duration drainPeriod() {
        return settle;
    }
}
