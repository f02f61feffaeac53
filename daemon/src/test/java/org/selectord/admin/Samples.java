package org.selectord.admin;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.Custody;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.FlipLedger;
import org.selectord.rotation.Halt;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.HighWater;
import org.selectord.rotation.HistoryCheck;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.Intent;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.PrimaryLook;
import org.selectord.rotation.Propagated;
import org.selectord.rotation.Reason;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.ServerProof;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.Step;
import org.selectord.rotation.Target;
import org.selectord.rotation.Use;
import org.selectord.rotation.Verb;
import org.selectord.rotation.Wait;
import org.selectord.rotation.ZoneMarks;

/** Domains in the middle of their lives, as readable data. */
public final class Samples {
    public static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    public static final SigningDomain EXAMPLE = SigningDomain.of("example.org");
    public static final SignerId OPENDKIM = new SignerId("opendkim");
    private static final OwnerName APEX = OwnerName.of("example.org");

    private Samples() {}

    public static Instant ago(Duration age) {
        return NOW.minus(age);
    }

    public static DomainSettings settings(SigningDomain domain) {
        TsigKey tsig = new TsigKey(OwnerName.of("k"), "hmac-sha256", new TsigSecret(new byte[32]));
        DnsSettings dns = new DnsSettings(
                "main",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                tsig,
                Duration.ofHours(1),
                Optional.empty(),
                List.of(),
                Duration.ofMinutes(5),
                Duration.ofMinutes(1));
        return new DomainSettings(
                domain, RotationPolicy.DEFAULT, dns, List.of(OPENDKIM), DomainSettings.DEFAULT_AUDIT_INTERVAL);
    }

    public static ManagedKey key(SigningDomain domain, int number, Map<KeyState, Instant> reached) {
        return key(domain, number, reached, Propagated.NOTHING, Map.of());
    }

    public static ManagedKey key(
            SigningDomain domain,
            int number,
            Map<KeyState, Instant> reached,
            Propagated propagated,
            Map<SignerId, Use> uses) {
        return key(domain, number, KeyAlgorithm.RSA_2048, reached, propagated, uses);
    }

    private static ManagedKey key(
            SigningDomain domain,
            int number,
            KeyAlgorithm algorithm,
            Map<KeyState, Instant> reached,
            Propagated propagated,
            Map<SignerId, Use> uses) {
        Selector selector = new Selector("s" + number);
        TxtRRset record = new TxtRRset(
                new OwnerName(selector.ownerName(domain)),
                3600,
                List.of(new TxtRecord(List.of("v=DKIM1; k=rsa; p=AAAA"))));
        return new ManagedKey(
                new KeyId(domain, number),
                selector,
                algorithm,
                new KeyFingerprint(Integer.toHexString(number % 16).repeat(64)),
                Custody.HELD,
                record,
                Optional.of(record),
                Optional.empty(),
                reached,
                propagated,
                Optional.of(new PrimaryLook(Optional.of(record), NOW)),
                uses,
                Set.of(),
                Optional.empty(),
                false);
    }

    /** In each state up to {@code last}, an hour apart, the last one since {@code at}. */
    public static Map<KeyState, Instant> upTo(KeyState last, Instant at) {
        List<KeyState> road = List.of(
                KeyState.GENERATED,
                KeyState.PUBLISHED,
                KeyState.READY,
                KeyState.ACTIVE,
                KeyState.RETIRED,
                KeyState.REMOVED);
        int end = road.indexOf(last);
        Map<KeyState, Instant> reached = new EnumMap<>(KeyState.class);
        for (int i = 0; i <= end; i++) {
            reached.put(road.get(i), at.minus(Duration.ofHours(end - i)));
        }
        return reached;
    }

    /** Signs with an adopted key of a size that nobody makes any more. */
    public static ManagedDomain signingWithAShortKey(SigningDomain domain) {
        ManagedDomain enrolled = ManagedDomain.enrolled(domain);
        return new ManagedDomain(
                domain,
                List.of(key(
                        domain,
                        1,
                        KeyAlgorithm.RSA_1024,
                        Map.of(KeyState.ACTIVE, ago(Duration.ofDays(1))),
                        Propagated.NOTHING,
                        Map.of())),
                enrolled.orders(),
                enrolled.intents(),
                enrolled.waits(),
                enrolled.halts(),
                enrolled.waivers(),
                enrolled.hold(),
                enrolled.resumedAt(),
                enrolled.zone(),
                1);
    }

    /** Signs for 89 days; its successor is published, one of two servers is silent. */
    public static ManagedDomain signing(SigningDomain domain) {
        Instant activeAt = ago(Duration.ofDays(89));
        ManagedKey active = key(
                domain,
                1,
                upTo(KeyState.ACTIVE, activeAt),
                new Propagated(Map.of(), Optional.empty(), Optional.of(ago(Duration.ofMinutes(3))), Optional.empty()),
                Map.of(OPENDKIM, new Use(Use.Kind.USING, activeAt, ago(Duration.ofMinutes(3)), Duration.ofHours(1))));
        Instant lookedAt = ago(Duration.ofSeconds(10));
        Propagated seen = new Propagated(
                Map.of(
                        "ns1.example.org. 192.0.2.1:53",
                                new ServerProof(
                                        ServerProof.Verdict.EXACT,
                                        ago(Duration.ofHours(1)),
                                        lookedAt,
                                        7,
                                        Optional.of(ago(Duration.ofHours(1))),
                                        "exact"),
                        "ns2.example.org. 192.0.2.2:53",
                                new ServerProof(
                                        ServerProof.Verdict.SILENT,
                                        ago(Duration.ofMinutes(30)),
                                        lookedAt,
                                        0,
                                        Optional.empty(),
                                        "no answer in 3 s \u001b[31m")),
                Optional.of(HighWater.seen(3600, lookedAt)),
                Optional.of(lookedAt),
                Optional.empty());
        ManagedKey next = key(domain, 2, upTo(KeyState.PUBLISHED, ago(Duration.ofHours(1))), seen, Map.of());
        return new ManagedDomain(
                domain,
                List.of(active, next),
                List.of(),
                List.of(),
                List.of(new Wait(
                        Target.signer(OPENDKIM),
                        Verb.ASK_SIGNER,
                        Optional.empty(),
                        NOW.plusSeconds(60),
                        3,
                        new Reason("the milter did not answer"),
                        lookedAt)),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new ZoneMarks(APEX, HighWater.seen(300, NOW), NOW, Optional.empty())),
                5);
    }

    /** Signs with s2 for an hour; s1 signed before it, and its private half is still there. */
    public static ManagedDomain rotated(SigningDomain domain) {
        Instant at = ago(Duration.ofHours(1));
        ManagedDomain signing = signing(domain);
        return new ManagedDomain(
                domain,
                List.of(
                        key(domain, 1, upTo(KeyState.RETIRED, at)),
                        key(
                                domain,
                                2,
                                upTo(KeyState.ACTIVE, at),
                                Propagated.NOTHING,
                                Map.of(OPENDKIM, new Use(Use.Kind.USING, at, NOW, Duration.ofHours(1))))),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                signing.zone(),
                7);
    }

    public static ManagedDomain halted(SigningDomain domain) {
        ManagedDomain signing = signing(domain);
        Halt halt = new Halt(
                HaltReason.FLIP_PROVEN_BAD, "opendkim signed with s2 and it does not verify", ago(Duration.ofHours(2)));
        return new ManagedDomain(
                domain,
                signing.keys(),
                List.of(),
                List.of(),
                List.of(),
                Map.of(KeyType.RSA, halt),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                signing.zone(),
                signing.version());
    }

    /** With a PUBLISH under way. */
    public static ManagedDomain publishing(SigningDomain domain) {
        ManagedKey key = key(domain, 1, upTo(KeyState.GENERATED, ago(Duration.ofMinutes(1))));
        Step publish = new Step(
                Verb.PUBLISH,
                Optional.of(key.id()),
                Target.zone("main", APEX),
                Optional.empty(),
                Optional.of(org.selectord.dnsupdate.Change.publish(key.record())),
                NOW,
                List.of(new Reason("the private half is durable in the keystore")));
        Intent open = new Intent(publish, ago(Duration.ofSeconds(1)), NOW.plusSeconds(59));
        ManagedDomain signing = signing(domain);
        return new ManagedDomain(
                domain,
                List.of(key),
                List.of(),
                List.of(open),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                signing.zone(),
                3);
    }

    public static Order closed(long number, SigningDomain domain, Order.Result result, String why) {
        Instant askedAt = ago(Duration.ofMinutes(2));
        return new Order(
                number,
                domain,
                Order.Kind.ROTATE_NOW,
                Optional.empty(),
                Map.of(),
                "ops",
                askedAt,
                Optional.of(new Order.Closing(askedAt.plusSeconds(90), result, why)));
    }

    public static HistoryEntry event(SigningDomain domain, Instant at, String event, String text) {
        return new HistoryEntry(
                Optional.of(domain), at, event, Optional.of(new KeyId(domain, 1)), "s1", text, "", List.of("seen"));
    }

    /** Open since a flip of a canary was proven bad. */
    public static FlipLedger openBreaker() {
        Instant bad = ago(Duration.ofMinutes(5));
        FlipLedger.Flip flip = new FlipLedger.Flip(
                new KeyId(EXAMPLE, 2),
                true,
                bad.minusSeconds(2),
                Optional.of(new FlipLedger.Ending(bad, FlipLedger.Result.PROVEN_BAD)));
        return new FlipLedger(
                List.of(flip),
                Optional.of(new FlipLedger.Breaker(bad, "the flip of a canary was proven bad: example.org")),
                Optional.empty());
    }

    public static HistoryCheck.Broken alteredRow() {
        return new HistoryCheck.Broken(
                HistoryCheck.Kind.ALTERED,
                Optional.of(EXAMPLE),
                3,
                "row 3 of example.org (history row 5) was altered: its hash is not that of its columns");
    }
}
