package org.selectord.registry;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
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

/** Records with everything a record can hold, legal piece by piece, though no life leads to them. The same seed makes the same records. */
final class RandomDomains {
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a \"quoted\" \\ word; and more",
            " edges ",
            "two\nlines\tand a tab",
            "\u0000\u0007",
            "Grüße aus Köln",
            "\u4f60\u597d \ud83d\ude00",
            "null",
            "{\"format\":2}",
            "'); DROP TABLE domain; --");

    private final Random random;
    private long orderNumber;

    RandomDomains(long seed) {
        this.random = new Random(seed);
    }

    SigningDomain name() {
        return new SigningDomain("d" + Long.toUnsignedString(random.nextLong(), 36) + ".example.org");
    }

    ManagedDomain next(SigningDomain name) {
        List<ManagedKey> keys = new ArrayList<>();
        int count = random.nextInt(5);
        for (int number = 1; number <= count; number++) {
            keys.add(key(name, number));
        }
        return new ManagedDomain(
                name,
                keys,
                list(3, () -> order(name)),
                list(3, this::intent),
                list(3, this::waiting),
                halts(),
                list(2, this::waiver),
                maybe(this::hold),
                maybe(this::at),
                maybe(this::zone),
                maybe(() -> new AliasMarks(maybe(this::zone), Map.of(owner(), propagated()))),
                0);
    }

    private ZoneMarks zone() {
        return new ZoneMarks(owner(), highWater(), at(), maybe(() -> new ZoneCut(random.nextInt(90_000), at())));
    }

    ManagedKey key(SigningDomain domain, int number) {
        TxtRRset record = rrset();
        return new ManagedKey(
                new KeyId(domain, number),
                selector(),
                any(KeyAlgorithm.values()),
                fingerprint(),
                any(Custody.values()),
                record,
                maybe(() -> record),
                maybe(this::at),
                reachedAt(),
                propagated(),
                maybe(() -> new PrimaryLook(maybe(this::rrset), at())),
                uses(),
                new HashSet<>(list(2, this::signer)),
                maybe(this::compromise),
                random.nextBoolean());
    }

    HistoryEntry entry(SigningDomain domain) {
        Optional<KeyId> key = maybe(() -> new KeyId(domain, 1 + random.nextInt(9)));
        return new HistoryEntry(
                Optional.of(domain),
                at(),
                any(Verb.values()).name(),
                key,
                key.map(id -> "s" + id.number()).orElse(""),
                text(),
                text(),
                list(3, this::text));
    }

    Order order(SigningDomain domain) {
        return new Order(
                ++orderNumber,
                domain,
                any(Order.Kind.values()),
                maybe(() -> new KeyId(domain, 1 + random.nextInt(9))),
                Map.of("scope", text(), text(), "key"),
                text(),
                at(),
                maybe(() -> new Order.Closing(at(), any(Order.Result.values()), text())));
    }

    Instant at() {
        Instant second = Instant.ofEpochSecond(1_795_000_000L + random.nextInt(100_000_000));
        return switch (random.nextInt(3)) {
            case 0 -> second;
            case 1 -> second.plusMillis(random.nextInt(1000));
            default -> second.plusNanos(random.nextInt(1_000_000_000));
        };
    }

    private Intent intent() {
        return new Intent(step(), at(), at());
    }

    private Step step() {
        return new Step(
                any(Verb.values()),
                maybe(() -> new KeyId(name(), 1 + random.nextInt(99))),
                target(),
                maybe(() -> any(KeyAlgorithm.values())),
                maybe(this::change),
                at(),
                list(3, () -> new Reason(text())));
    }

    private Change change() {
        TxtRRset set = rrset();
        return random.nextBoolean() ? Change.publish(set) : Change.withdraw(set);
    }

    private Waiver waiver() {
        return new Waiver(any(Waiver.Kind.values()), text(), at(), at(), text(), text());
    }

    private Hold hold() {
        return new Hold(any(Hold.Kind.values()), at(), text(), text());
    }

    private Compromise compromise() {
        return new Compromise(random.nextInt(99), at(), maybe(this::at));
    }

    private Wait waiting() {
        return new Wait(
                target(),
                any(Verb.values()),
                maybe(() -> new KeyId(name(), 1)),
                at(),
                random.nextInt(50),
                new Reason(text()),
                at());
    }

    private Map<KeyType, Halt> halts() {
        Map<KeyType, Halt> halts = new EnumMap<>(KeyType.class);
        for (KeyType type : KeyType.values()) {
            maybe(() -> new Halt(any(HaltReason.values()), text(), at())).ifPresent(halt -> halts.put(type, halt));
        }
        return halts;
    }

    private Map<KeyState, Instant> reachedAt() {
        Map<KeyState, Instant> reached = new EnumMap<>(KeyState.class);
        reached.put(any(KeyState.values()), at());
        for (KeyState state : KeyState.values()) {
            maybe(this::at).ifPresent(at -> reached.put(state, at));
        }
        return reached;
    }

    private Propagated propagated() {
        Map<String, ServerProof> servers = new HashMap<>();
        list(4, this::text).forEach(server -> servers.put(server, proof()));
        return new Propagated(servers, maybe(this::highWater), maybe(this::at), maybe(this::text));
    }

    private ServerProof proof() {
        return new ServerProof(
                any(ServerProof.Verdict.values()), at(), at(), random.nextInt(9), maybe(this::at), text());
    }

    private Map<SignerId, Use> uses() {
        Map<SignerId, Use> uses = new HashMap<>();
        list(3, this::signer)
                .forEach(signer -> uses.put(
                        signer,
                        new Use(any(Use.Kind.values()), at(), at(), Duration.ofMillis(random.nextInt(7_200_000)))));
        return uses;
    }

    private HighWater highWater() {
        return new HighWater(random.nextInt(700_000), at(), maybe(() -> (long) random.nextInt(700_000)));
    }

    private TxtRRset rrset() {
        return new TxtRRset(owner(), random.nextInt(90_000), atLeastOne(() -> new TxtRecord(atLeastOne(this::octets))));
    }

    private String octets() {
        StringBuilder octets = new StringBuilder();
        random.ints(random.nextInt(256), 0, 256).forEach(octet -> octets.append((char) octet));
        return octets.toString();
    }

    private OwnerName owner() {
        return OwnerName.of(selector().ownerName(name()));
    }

    private Selector selector() {
        return new Selector("s" + Long.toUnsignedString(random.nextLong(), 36));
    }

    private KeyFingerprint fingerprint() {
        byte[] digest = new byte[32];
        random.nextBytes(digest);
        return new KeyFingerprint(HexFormat.of().formatHex(digest));
    }

    private SignerId signer() {
        return new SignerId(any("opendkim", "rspamd", "mx1.example.net", text()));
    }

    private Target target() {
        return switch (random.nextInt(4)) {
            case 0 -> Target.KEYSTORE;
            case 1 -> Target.dns("main");
            case 2 -> Target.zone("main", owner());
            default -> Target.signer(signer());
        };
    }

    private String text() {
        return any(TEXTS.toArray(String[]::new));
    }

    @SafeVarargs
    private <T> T any(T... values) {
        return values[random.nextInt(values.length)];
    }

    private <T> Optional<T> maybe(Supplier<T> made) {
        return random.nextBoolean() ? Optional.of(made.get()) : Optional.empty();
    }

    private <T> List<T> list(int atMost, Supplier<T> made) {
        List<T> list = new ArrayList<>();
        int count = random.nextInt(atMost + 1);
        for (int i = 0; i < count; i++) {
            list.add(made.get());
        }
        return list;
    }

    private <T> List<T> atLeastOne(Supplier<T> made) {
        List<T> list = new ArrayList<>(list(2, made));
        list.add(made.get());
        return list;
    }

    static Set<SigningDomain> named(String... names) {
        Set<SigningDomain> domains = new HashSet<>();
        for (String name : names) {
            domains.add(new SigningDomain(name));
        }
        return domains;
    }
}
