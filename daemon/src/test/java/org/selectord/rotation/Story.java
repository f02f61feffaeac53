package org.selectord.rotation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** What happened to a domain, told finding by finding, so that a test reads as a story with times in seconds since its beginning. */
final class Story {
    static final Instant START = Instant.parse("2026-01-05T00:00:00Z"); // a Monday
    static final SigningDomain DOMAIN = SigningDomain.of("example.org");
    static final SignerId SIGNER = new SignerId("opendkim");
    static final Target ZONE = Target.zone("main", OwnerName.of("example.org."));
    static final long NEGATIVE_TTL = 3600;
    static final OwnerName APEX = OwnerName.of("example.org.");
    static final Duration SETTLE = Duration.ofHours(1);

    final DomainSettings settings;
    private final RotationPlanner planner = new RotationPlanner();
    private ManagedDomain domain = ManagedDomain.enrolled(DOMAIN);
    private Instant now = START;
    private boolean trusted = true;
    private Brakes brakes = Brakes.NONE;
    private long lastOrder;
    private final Map<Integer, KeyAlgorithm> algorithms = new HashMap<>();

    Story() {
        this(PolicyBuilder.policy().build(), List.of(SIGNER));
    }

    Story(RotationPolicy policy, List<SignerId> signers) {
        TsigKey key = new TsigKey(OwnerName.of("k"), "hmac-sha256", new TsigSecret(new byte[32]));
        DnsSettings dns = new DnsSettings(
                "main",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                key,
                Duration.ofHours(1),
                Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN);
        settings = new DomainSettings(DOMAIN, policy, dns, signers, DomainSettings.DEFAULT_AUDIT_INTERVAL);
    }

    /** The same with a fence, as the configuration has it by default. */
    static DnsSettings fenced(DnsSettings dns) {
        return new DnsSettings(
                dns.name(),
                dns.primaries(),
                dns.tsig(),
                dns.recordTtl(),
                dns.authoritative(),
                dns.also(),
                dns.fudge(),
                dns.lateMargin(),
                true,
                dns.trustAnchors());
    }

    /** The same story, after the configuration has changed. */
    Story withSigners(List<SignerId> signers) {
        Story other = new Story(settings.policy(), signers);
        other.domain = domain;
        other.now = now;
        other.lastOrder = lastOrder;
        other.algorithms.putAll(algorithms);
        return other;
    }

    Story at(Duration sinceStart) {
        now = START.plus(sinceStart);
        return this;
    }

    Story later(Duration passed) {
        now = now.plus(passed);
        return this;
    }

    Story trusted() {
        trusted = true;
        return this;
    }

    /** The same story, after the policy has changed. */
    Story under(RotationPolicy policy) {
        Story other = new Story(policy, settings.signers());
        other.domain = domain;
        other.now = now;
        other.lastOrder = lastOrder;
        other.algorithms.putAll(algorithms);
        return other;
    }

    /** A key that was there before us. */
    ManagedKey foreign(int number, Custody custody) {
        PublicHalf half = new PublicHalf(KeyAlgorithm.RSA_2048, new byte[] {(byte) number});
        return ManagedKey.adopted(
                id(number),
                selector(number),
                half,
                custody,
                record(number),
                Map.of(KeyState.ACTIVE, now),
                Map.of(SIGNER, new Use(Use.Kind.MAYBE, now, now, Duration.ZERO)));
    }

    /** Keys with these numbers will be of this algorithm; others are RSA-2048. */
    Story with(KeyAlgorithm algorithm, int... numbers) {
        for (int number : numbers) {
            algorithms.put(number, algorithm);
        }
        return this;
    }

    Story untrusted() {
        trusted = false;
        return this;
    }

    Instant now() {
        return now;
    }

    ManagedDomain domain() {
        return domain;
    }

    ManagedKey key(int number) {
        return domain.key(id(number));
    }

    static KeyId id(int number) {
        return new KeyId(DOMAIN, number);
    }

    static Selector selector(int number) {
        return new Selector("s" + number);
    }

    static TxtRRset record(int number) {
        OwnerName owner = OwnerName.of(selector(number).ownerName(DOMAIN));
        return new TxtRRset(owner, 3600, List.of(new TxtRecord(List.of("v=DKIM1; k=rsa; p=", "KEY" + number))));
    }

    static TxtRRset revocation(int number) {
        return new TxtRRset(record(number).owner(), 3600, List.of(new TxtRecord(List.of("v=DKIM1; p="))));
    }

    Story brakes(Brakes held) {
        brakes = held;
        return this;
    }

    /** The primary was read, and served this: exact, revoked, other or nothing. */
    Story primaryServes(int number, String what) {
        return sees(new Finding.OnPrimary(id(number), answer("", number, what).found(), false));
    }

    /** The next step of this verb is due: its intent is recorded, and the primary does as it is asked. */
    Story changes(Verb verb) {
        Step step = dueStep(verb);
        return intends(step)
                .sees(new Finding.OnPrimary(
                        step.key().orElseThrow(), step.change().orElseThrow().after(), false));
    }

    Step dueStep(Verb verb) {
        return steps().stream()
                .filter(step -> step.verb() == verb && !step.dueAt().isAfter(now))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + verb + " is due in " + steps()));
    }

    List<KeyState> states() {
        return domain.keys().stream().map(ManagedKey::state).toList();
    }

    Order order(Order.Kind kind) {
        return domain.orders().stream()
                .filter(order -> order.kind() == kind)
                .findFirst()
                .orElseThrow();
    }

    // ---- what is seen

    Story sees(Finding finding) {
        return sees(finding, now);
    }

    Story sees(Finding finding, Instant beganAt) {
        domain = domain.with(finding, new Look(beganAt, now, trusted), settings);
        return this;
    }

    Story comesTo(Step step, Outcome outcome) {
        domain = domain.with(step, outcome, new Look(now, now, trusted), settings);
        return this;
    }

    Story intends(Step step) {
        domain = domain.intending(step, now);
        return this;
    }

    Story orders(Order.Kind kind) {
        return orders(kind, Map.of());
    }

    Story orders(Order.Kind kind, Map<String, String> detail) {
        Order order = new Order(++lastOrder, DOMAIN, kind, Optional.empty(), detail, "ops", now, Optional.empty());
        domain = new Placement(domain, settings.policy()).place(order);
        return this;
    }

    Optional<Instant> withdrawDueAt(int number) {
        return DueTimes.withdrawDueAt(key(number), domain, settings, now);
    }

    Story restarts() {
        domain = domain.restarted(now, DueTimes.mayLandUntil(now, settings));
        return this;
    }

    Story generated(int number) {
        KeyFingerprint fingerprint = new KeyFingerprint(String.format("%064x", number));
        return sees(new Finding.Located(APEX, NEGATIVE_TTL, Optional.empty()))
                .sees(new Finding.Generated(ManagedKey.generated(
                        id(number),
                        selector(number),
                        algorithms.getOrDefault(number, KeyAlgorithm.RSA_2048),
                        fingerprint,
                        record(number),
                        now)));
    }

    /** Generated and published, seen at the primary. */
    Story published(int number) {
        generated(number);
        return intends(next(Verb.PUBLISH, number))
                .sees(new Finding.OnPrimary(id(number), Optional.of(record(number)), false));
    }

    Story serversAnswer(int number, String... answers) {
        return sees(new Finding.OnServers(id(number), servers(number, answers)));
    }

    /** One answer a server, ns1 first: exact, other, nothing or silent. */
    static Propagation servers(int number, String... answers) {
        List<ServerAnswer> servers = new ArrayList<>();
        for (int i = 0; i < answers.length; i++) {
            servers.add(answer("ns" + (i + 1), number, answers[i]));
        }
        return new Propagation(servers, Optional.empty());
    }

    private static ServerAnswer answer(String server, int number, String answer) {
        Optional<TxtRRset> found = switch (answer) {
            case "exact" -> Optional.of(record(number));
            case "other" -> Optional.of(record(number + 100));
            case "revoked" -> Optional.of(revocation(number));
            case "nothing", "silent" -> Optional.empty();
            default -> throw new IllegalArgumentException(answer);
        };
        boolean silent = answer.equals("silent");
        Optional<TxtRRset> served = found.map(set -> new TxtRRset(record(number).owner(), 3600, set.records()));
        return new ServerAnswer(
                server,
                silent ? ServerAnswer.Kind.SILENT : ServerAnswer.Kind.ANSWERED,
                served,
                silent ? OptionalLong.empty() : OptionalLong.of(NEGATIVE_TTL),
                OptionalLong.empty(),
                answer);
    }

    /** Published, proven on two servers over the proof's time, waited for N and margin, looked at once more. */
    Story ready(int number) {
        published(number);
        for (int i = 0; i < 3; i++) {
            serversAnswer(number, "exact", "exact").later(Duration.ofSeconds(5));
        }
        now = DueTimes.readyDueAt(key(number).propagated(), domain, settings.policy())
                .orElseThrow();
        return serversAnswer(number, "exact", "exact").looked();
    }

    /** Each signer is seen to use what it shall. */
    Story looked() {
        int[] wanted = domain.wanted(settings.policy()).stream()
                .mapToInt(key -> key.id().number())
                .toArray();
        if (wanted.length > 0) {
            settings.signers().forEach(signer -> uses(signer, wanted));
        }
        return this;
    }

    /** Flipped to at every signer. */
    Story active(int number) {
        ready(number);
        return flipped(number);
    }

    Story flipped(int number) {
        settings.signers()
                .forEach(signer -> intends(activate(number, signer))
                        .later(Duration.ofMillis(10))
                        .uses(signer, withOtherChains(number)));
        return this;
    }

    /** What a signer uses that does as it is told. */
    int[] withOtherChains(int number) {
        IntStream others = domain.wanted(settings.policy()).stream()
                .filter(key -> key.algorithm().type() != key(number).type())
                .mapToInt(key -> key.id().number());
        return IntStream.concat(IntStream.of(number), others).toArray();
    }

    Step activate(int number, SignerId signer) {
        return new Step(
                Verb.ACTIVATE,
                Optional.of(id(number)),
                Target.signer(signer),
                Optional.empty(),
                Optional.empty(),
                now,
                List.of());
    }

    Story uses(SignerId signer, int... numbers) {
        return sees(inUse(signer, Proof.Kind.VERIFIED, numbers));
    }

    static Finding.InUse inUse(SignerId signer, Proof.Kind proof, int... numbers) {
        Set<Selector> seen = new HashSet<>();
        for (int number : numbers) {
            seen.add(selector(number));
        }
        return new Finding.InUse(signer, seen, new Proof(proof, "probe: " + proof), SETTLE);
    }

    // ---- what is planned

    List<Step> steps() {
        return planner.steps(domain, settings, brakes, new TimeReading(now, trusted));
    }

    /** The steps that are due now. */
    List<Verb> due() {
        return steps().stream()
                .filter(step -> !step.dueAt().isAfter(now))
                .map(Step::verb)
                .toList();
    }

    Step next(Verb verb) {
        return steps().stream()
                .filter(step -> step.verb() == verb)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + verb + " in " + steps()));
    }

    Step next(Verb verb, int number) {
        return steps().stream()
                .filter(step -> step.verb() == verb && step.key().equals(Optional.of(id(number))))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + verb + " of " + number + " in " + steps()));
    }

    boolean plans(Verb verb) {
        return steps().stream()
                .anyMatch(step -> step.verb() == verb && step.dueAt().isBefore(RotationRunner.NEVER));
    }

    String reasons() {
        return String.join(
                "\n",
                steps().stream()
                        .flatMap(step -> step.because().stream())
                        .map(Reason::text)
                        .toList());
    }
}
