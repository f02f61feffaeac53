package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** A domain whose first key is READY, and what becomes of its flip: only what a fleet of domains is told of. */
public final class Flipping {
    public static final Instant START = Story.START;

    private static final DomainSettings SETTINGS = new Story().settings;
    private final ManagedDomain domain;

    private Flipping(ManagedDomain domain) {
        this.domain = domain;
    }

    public static Flipping ready(String name) {
        return ready(ManagedDomain.enrolled(new SigningDomain(name)));
    }

    /** As it was saved. */
    public static Flipping of(ManagedDomain known) {
        return new Flipping(known);
    }

    /** One more READY key, in a domain as the registry has it. */
    public static Flipping ready(ManagedDomain known) {
        KeyId id = known.nextKeyId();
        Selector selector = new Selector("s" + id.number());
        String digits = Integer.toHexString(id.hashCode());
        ManagedKey key = ManagedKey.generated(
                        id,
                        selector,
                        KeyAlgorithm.RSA_2048,
                        new KeyFingerprint("0".repeat(64 - digits.length()) + digits),
                        new TxtRRset(
                                OwnerName.of(selector.ownerName(known.name())),
                                3600,
                                List.of(new TxtRecord(List.of("v=DKIM1; p=KEY")))),
                        START)
                .reached(KeyState.PUBLISHED, START)
                .reached(KeyState.READY, START);
        return new Flipping(known.with(new Finding.Generated(key), new Look(START, START, true), SETTINGS));
    }

    public ManagedDomain domain() {
        return domain;
    }

    /** The primary and every server have just answered the newest key's record. */
    Flipping looked(Instant at) {
        ManagedKey key = newest();
        ServerAnswer exact = new ServerAnswer(
                "ns1",
                ServerAnswer.Kind.ANSWERED,
                Optional.of(key.record()),
                OptionalLong.of(3600),
                OptionalLong.of(1),
                "exact");
        Look look = new Look(at, at, true);
        return new Flipping(domain.with(
                        new Finding.Located(OwnerName.of("example."), 3600, Optional.empty()), look, SETTINGS)
                .with(new Finding.OnPrimary(key.id(), Optional.of(key.record()), false), look, SETTINGS)
                .with(
                        new Finding.OnServers(key.id(), new Propagation(List.of(exact), Optional.empty())),
                        look,
                        SETTINGS));
    }

    private ManagedKey newest() {
        return domain.key(new KeyId(domain.name(), domain.nextKeyId().number() - 1));
    }

    private Step activation(Instant at) {
        return new Step(
                Verb.ACTIVATE,
                Optional.of(newest().id()),
                Target.signer(Story.SIGNER),
                Optional.empty(),
                Optional.empty(),
                at,
                List.of());
    }

    public Flipping begun(Instant at) {
        return new Flipping(domain.intending(activation(at), at));
    }

    public Flipping proven(Instant at) {
        return seen(Proof.Kind.VERIFIED, at);
    }

    public Flipping provenBad(Instant at) {
        return seen(Proof.Kind.BAD, at);
    }

    public Flipping unproven(Instant at) {
        return seen(Proof.Kind.UNPROVEN, at);
    }

    private Flipping seen(Proof.Kind kind, Instant at) {
        Finding.InUse seen = new Finding.InUse(
                Story.SIGNER, Set.of(newest().selector()), new Proof(kind, "probe: " + kind), Duration.ZERO);
        return new Flipping(domain.with(seen, new Look(at, at, true), SETTINGS));
    }

    /** The signer certainly changed nothing. */
    public Flipping refused(Instant at) {
        Outcome.NotYet notYet = new Outcome.NotYet(Pace.QUICK, new Reason("the disk of the signer is full"));
        return new Flipping(domain.with(activation(at), notYet, new Look(at, at, true), SETTINGS));
    }

    Flipping halted(HaltReason reason, Instant at) {
        return new Flipping(domain.withHalt(newest().type(), new Halt(reason, "something", at)));
    }

    Flipping published(Instant at) {
        return new Flipping(domain.withKey(newest().id(), key -> key.reached(KeyState.PUBLISHED, at)));
    }

    /** For another reason than a proof: its chain is not halted. */
    Flipping takenBack(Instant at) {
        return new Flipping(domain.withKey(newest().id(), key -> key.reached(KeyState.RETIRED, at)));
    }

    Flipping ordered(Instant at) {
        return ordered(Order.Kind.ROTATE_NOW, Map.of(), at);
    }

    Flipping paused(Instant at) {
        return ordered(Order.Kind.PAUSE, Map.of("reason", "moving house"), at);
    }

    private Flipping ordered(Order.Kind kind, Map<String, String> detail, Instant at) {
        Order order = new Order(1, domain.name(), kind, Optional.empty(), detail, "anna", at, Optional.empty());
        return new Flipping(new Placement(domain, SETTINGS.policy()).place(order));
    }

    DomainSettings settings() {
        return settings(SETTINGS.policy());
    }

    DomainSettings settings(RotationPolicy policy) {
        return new DomainSettings(domain.name(), policy, SETTINGS.dns(), SETTINGS.signers(), SETTINGS.auditInterval());
    }
}
