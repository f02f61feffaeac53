package org.selectord.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.AliasMarks;
import org.selectord.rotation.Compromise;
import org.selectord.rotation.Custody;
import org.selectord.rotation.Halt;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.HighWater;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.Hold;
import org.selectord.rotation.Intent;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.PrimaryLook;
import org.selectord.rotation.Propagated;
import org.selectord.rotation.Reason;
import org.selectord.rotation.Recorded;
import org.selectord.rotation.ServerProof;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.Step;
import org.selectord.rotation.Target;
import org.selectord.rotation.Use;
import org.selectord.rotation.Verb;
import org.selectord.rotation.Wait;
import org.selectord.rotation.Waiver;
import org.selectord.rotation.ZoneCut;
import org.selectord.rotation.ZoneMarks;

/**
 * What is in {@code format-1.sql}, a registry as format 1 writes it: everything a record can hold, at least once. Made by {@link #main} and
 * {@code sqlite3 registry.db .dump}. Once a version with this format is out it is never made anew, for then it is what operators have.
 */
final class FormatFixture {
    static final Instant NOW = Instant.parse("2026-11-21T12:00:00.123456789Z");
    static final SigningDomain ORG = new SigningDomain("example.org");
    static final SigningDomain NET = new SigningDomain("example.net");

    private static final SignerId OPENDKIM = new SignerId("opendkim");
    private static final OwnerName APEX = new OwnerName("example.org.");
    private static final KeyId FIRST = new KeyId(ORG, 1);
    private static final KeyId SECOND = new KeyId(ORG, 2);

    static final Order OPEN = new Order(
            2,
            ORG,
            Order.Kind.ROTATE_NOW,
            Optional.of(SECOND),
            Map.of("scope", "key", "note", "a \"quoted\" word; Grüße"),
            "ops",
            NOW,
            Optional.empty());
    static final Order CLOSED = new Order(
            1,
            ORG,
            Order.Kind.RETRY,
            Optional.empty(),
            Map.of(),
            "anna",
            NOW.minusSeconds(60),
            Optional.of(new Order.Closing(NOW.minusSeconds(59), Order.Result.DONE, "every wait and halt was cleared")));

    private static final Waiver WAIVER =
            new Waiver(Waiver.Kind.SERVER, "ns2.example.org.", NOW, NOW.plusSeconds(9), "it moves house", "anna");
    private static final Hold HOLD = new Hold(Hold.Kind.ROLLED_BACK, NOW, "anna", "");

    static final List<HistoryEntry> ENTRIES = List.of(
            new HistoryEntry(Optional.of(ORG), NOW, "ORDER", Optional.empty(), "", "RETRY 1 placed", "anna", List.of()),
            new HistoryEntry(
                    Optional.of(ORG),
                    NOW,
                    "RETIRED",
                    Optional.of(FIRST),
                    "s1",
                    "from ACTIVE; it's said so",
                    "",
                    List.of("ns1: \"v=DKIM1; p=\", TTL 3600 s", "Grüße")));

    private FormatFixture() {}

    static ManagedDomain org() {
        return new ManagedDomain(
                ORG,
                List.of(retired(), published()),
                List.of(CLOSED, OPEN),
                List.of(withdrawal()),
                List.of(new Wait(
                        Target.zone("main", APEX),
                        Verb.PUBLISH,
                        Optional.of(SECOND),
                        NOW.plusSeconds(4),
                        3,
                        new Reason("127.0.0.1:53 refused it"),
                        NOW)),
                Map.of(
                        KeyType.RSA,
                        new Halt(HaltReason.RECORD_CHANGED, "\"v=DKIM1; p=\"", NOW),
                        KeyType.ED25519,
                        new Halt(HaltReason.NAME_TAKEN, "a CNAME", NOW)),
                List.of(WAIVER),
                Optional.of(HOLD),
                Optional.of(NOW.minusSeconds(5)),
                Optional.of(new ZoneMarks(APEX, HighWater.seen(300, NOW), NOW, Optional.of(new ZoneCut(3600, NOW)))),
                Optional.of(new AliasMarks(
                        Optional.of(new ZoneMarks(
                                new OwnerName("customer.example."),
                                HighWater.seen(60, NOW),
                                NOW,
                                Optional.of(new ZoneCut(900, NOW)))),
                        Map.of(
                                new OwnerName("sd1.example.org.dkim.example.net."),
                                new Propagated(
                                        Map.of(
                                                "ns1.customer.example. 192.0.2.9:53",
                                                new ServerProof(
                                                        ServerProof.Verdict.LOST,
                                                        NOW,
                                                        NOW,
                                                        0,
                                                        Optional.empty(),
                                                        "NXDOMAIN: no CNAME")),
                                        Optional.of(HighWater.seen(7200, NOW)),
                                        Optional.of(NOW),
                                        Optional.empty())))),
                0);
    }

    private static ManagedKey retired() {
        return new ManagedKey(
                FIRST,
                new Selector("s1"),
                KeyAlgorithm.RSA_2048,
                new KeyFingerprint("0123456789abcdef".repeat(4)),
                Custody.DESTROYED,
                record("s1"),
                Optional.of(record("s1")),
                Optional.of(NOW.plusSeconds(360)),
                Map.of(
                        KeyState.GENERATED,
                        NOW.minusSeconds(90),
                        KeyState.PUBLISHED,
                        NOW.minusSeconds(80),
                        KeyState.READY,
                        NOW.minusSeconds(70),
                        KeyState.ACTIVE,
                        NOW.minusSeconds(60),
                        KeyState.RETIRED,
                        NOW),
                new Propagated(
                        Map.of(
                                "ns1.example.org. 192.0.2.1:53",
                                new ServerProof(ServerProof.Verdict.EXACT, NOW, NOW, 3, Optional.of(NOW), "NOERROR aa"),
                                "ns2.example.org. [2001:db8::1]:53",
                                new ServerProof(ServerProof.Verdict.SILENT, NOW, NOW, 0, Optional.empty(), "timeout")),
                        Optional.of(HighWater.seen(3600, NOW)),
                        Optional.of(NOW),
                        Optional.of("no address of ns3.example.org.")),
                Optional.of(new PrimaryLook(Optional.of(record("s1")), NOW)),
                Map.of(
                        OPENDKIM,
                        new Use(Use.Kind.STOPPED, NOW, NOW.plusSeconds(1), Duration.ofMinutes(61)),
                        new SignerId("rspamd"),
                        new Use(Use.Kind.STOPPED, NOW, NOW, Duration.ZERO)),
                Set.of(OPENDKIM),
                Optional.of(new Compromise(7, NOW.minusSeconds(3), Optional.of(NOW))),
                true);
    }

    private static ManagedKey published() {
        return ManagedKey.generated(
                        SECOND,
                        new Selector("s20261121abcdefgh"),
                        KeyAlgorithm.RSA_4096,
                        new KeyFingerprint("fedcba9876543210".repeat(4)),
                        record("s20261121abcdefgh"),
                        NOW)
                .reached(KeyState.PUBLISHED, NOW.plusSeconds(1));
    }

    private static Intent withdrawal() {
        Step step = new Step(
                Verb.WITHDRAW,
                Optional.of(FIRST),
                Target.zone("main", APEX),
                Optional.of(KeyAlgorithm.RSA_2048),
                Optional.of(Change.withdraw(record("s1"))),
                NOW,
                List.of(new Reason("its grace is over"), new Reason("it is used nowhere")));
        return new Intent(step, NOW, NOW.plusSeconds(60));
    }

    private static TxtRRset record(String selector) {
        return new TxtRRset(
                OwnerName.of(new Selector(selector).ownerName(ORG)),
                3600,
                List.of(new TxtRecord(List.of("v=DKIM1; k=rsa; n=\"\\\u00ff\u0001; ", "p=MIIB", ""))));
    }

    static void fill(SqlKeyRegistry registry) {
        registry.enrol(Set.of(ORG, NET), NOW);
        registry.newOrderNumber();
        registry.newOrderNumber();
        registry.save(List.of(new Recorded(org(), NOW.plusSeconds(60), ENTRIES)));
        registry.hashHeads(NOW);
        registry.clockMark().raiseTo(NOW);
    }

    public static void main(String[] args) {
        try (SqlKeyRegistry registry = SqlKeyRegistry.open(new RegistrySettings(Path.of(args[0])))) {
            fill(registry);
        }
    }
}
