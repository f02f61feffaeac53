package org.selectord.rotation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** A delegated domain whose every step is done as it falls due; our zone and the signer do as they are told, and the customer does what a test says. */
final class RingStory {
    static final SigningDomain DOMAIN = SigningDomain.of("example.org");
    static final OwnerName ZONE = OwnerName.of("dkim.provider.net.");
    static final long OUR_NEGATIVE_TTL = 3600;
    static final long THEIR_NEGATIVE_TTL = 10_800;
    static final long ALIAS_TTL = 7200;
    static final Duration AUDIT = Duration.ofHours(2);
    private static final Duration CALL = Duration.ofMillis(20);

    final DomainSettings settings;
    /** Which aliases each server of the customer's zone has. */
    final Map<String, Set<String>> customer = new TreeMap<>();

    final Set<String> silent = new HashSet<>();
    /** How long denials of the customer's zone may be remembered. */
    long theirNegativeTtl = THEIR_NEGATIVE_TTL;
    /** Hears each step just before it is done. */
    Consumer<Step> watcher = step -> {};

    private final RotationPlanner planner = new RotationPlanner();
    private ManagedDomain domain = ManagedDomain.enrolled(DOMAIN);
    private Instant now = Story.START;
    private boolean trusted = true;
    private boolean signerForgets = true;
    private int made;
    private long orders;

    RingStory(RotationPolicy policy, String... selectors) {
        DnsSettings dns = new DnsSettings(
                "main",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                new TsigKey(OwnerName.of("k"), "hmac-sha256", new TsigSecret(new byte[32])),
                Duration.ofHours(1),
                Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN,
                true,
                List.of());
        Ring ring = new Ring(ZONE, Stream.of(selectors).map(Selector::new).toList(), Optional.empty());
        settings = new DomainSettings(DOMAIN, policy, dns, List.of(Story.SIGNER), AUDIT, Optional.of(ring));
    }

    static RingStory ofThree(PolicyBuilder policy) {
        RingStory story = new RingStory(policy.build(), "sd1", "sd2", "sd3");
        story.customerSets("sd1", "sd2", "sd3");
        return story;
    }

    // ---- what the customer and people do

    RingStory customerSets(String... selectors) {
        for (String server : List.of("ns1", "ns2")) {
            customer.computeIfAbsent(server, name -> new HashSet<>()).addAll(List.of(selectors));
        }
        return this;
    }

    RingStory customerDrops(String selector) {
        customer.values().forEach(has -> has.remove(selector));
        return this;
    }

    RingStory orders(Order.Kind kind, Map<String, String> detail) {
        Order order = new Order(++orders, DOMAIN, kind, Optional.empty(), detail, "ops", now, Optional.empty());
        domain = new Placement(domain, settings.policy()).place(order);
        return this;
    }

    RingStory trusted(boolean believed) {
        trusted = believed;
        return this;
    }

    RingStory signerForgets(boolean does) {
        signerForgets = does;
        return this;
    }

    // ---- time goes on

    RingStory goOn(Duration passed) {
        return goOnUntil(now.plus(passed), ignored -> false);
    }

    /** Within a year. */
    RingStory goOnUntil(Predicate<ManagedDomain> reached) {
        goOnUntil(now.plus(Duration.ofDays(365)), reached);
        if (!reached.test(domain)) {
            throw new AssertionError("not within a year: " + states() + "\n" + reasons());
        }
        return this;
    }

    private RingStory goOnUntil(Instant end, Predicate<ManagedDomain> reached) {
        while (!reached.test(domain)) {
            Optional<Step> next = planner.next(domain, settings, Brakes.NONE, new TimeReading(now, trusted));
            if (next.isEmpty() || next.get().dueAt().isAfter(end)) {
                now = end;
                return this;
            }
            if (next.get().dueAt().isAfter(now)) {
                now = next.get().dueAt(); // and planned anew
            } else {
                perform(next.get());
            }
        }
        return this;
    }

    private void perform(Step step) {
        watcher.accept(step);
        if (!step.verb().looks()) {
            domain = domain.intending(step, now);
        }
        Instant beganAt = now;
        now = now.plus(CALL);
        domain = domain.with(step, outcome(step), new Look(beganAt, now, trusted), settings)
                .saved(domain.version());
    }

    private Outcome outcome(Step step) {
        if (step.verb() == Verb.GENERATE) {
            return generate(step);
        } else if (step.verb() == Verb.FORGET && !signerForgets) {
            return new Outcome.NotYet(Pace.QUICK, new Reason("the signer does not answer"));
        }
        return new Outcome.Done(seen(step));
    }

    private Outcome generate(Step step) {
        made++;
        KeyAlgorithm algorithm = step.algorithm().orElseThrow();
        byte[] number = {(byte) made, (byte) (made >> 8)};
        PublicHalf half = new PublicHalf(
                algorithm,
                algorithm == KeyAlgorithm.ED25519
                        ? HexFormat.of()
                                .parseHex("302a300506032b6570032100" + "00".repeat(30)
                                        + HexFormat.of().formatHex(number))
                        : number);
        GenerateKey worker = new GenerateKey(
                new GenerateKey.KeySource() {
                    @Override
                    public PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken) {
                        return half;
                    }
                },
                domain::everHad,
                new TestClock(now),
                new Random(1));
        return worker.perform(List.of(new Task(domain, settings, step))).get(0);
    }

    private Finding seen(Step step) {
        return switch (step.verb()) {
            case LOCATE -> new Finding.Located(ZONE, OUR_NEGATIVE_TTL, Optional.empty());
            case ASK_PRIMARY -> new Finding.OnPrimary(key(step).id(), key(step).standing(), false);
            case ASK_SERVERS -> new Finding.OnServers(key(step).id(), ours(key(step)));
            case ASK_ALIASES -> new Finding.OnAliases(theirs(), Optional.empty());
            case PUBLISH, REVOKE, WITHDRAW ->
                new Finding.OnPrimary(
                        key(step).id(), step.change().orElseThrow().after(), false);
            case ASK_SIGNER, ACTIVATE, STOP_SIGNING -> signerUses();
            case FORGET -> new Finding.Forgotten(Story.SIGNER, key(step).id());
            case DESTROY -> new Finding.Destroyed(key(step).id());
            case GENERATE, ADOPT -> throw new IllegalStateException(step.verb() + " is no look");
        };
    }

    private ManagedKey key(Step step) {
        return domain.key(step.key().orElseThrow());
    }

    private Finding signerUses() {
        Set<Selector> told = new HashSet<>();
        domain.chains()
                .forEach(type -> domain.signing(type, settings.policy()).ifPresent(key -> told.add(key.selector())));
        return new Finding.InUse(Story.SIGNER, told, new Proof(Proof.Kind.VERIFIED, "probe"), Duration.ZERO);
    }

    private static Propagation ours(ManagedKey key) {
        List<ServerAnswer> answers = new ArrayList<>();
        for (String server : List.of("ours1", "ours2")) {
            answers.add(new ServerAnswer(
                    server,
                    ServerAnswer.Kind.ANSWERED,
                    key.standing(),
                    OptionalLong.of(OUR_NEGATIVE_TTL),
                    OptionalLong.empty(),
                    "ours"));
        }
        return new Propagation(answers, Optional.empty());
    }

    private AliasLook theirs() {
        Map<Alias, List<AliasLook.Answer>> answers = new HashMap<>();
        for (Alias alias : domain.aliases(settings)) {
            String selector =
                    alias.owner().name().substring(0, alias.owner().name().indexOf('.'));
            List<AliasLook.Answer> all = new ArrayList<>();
            customer.forEach((server, has) -> all.add(answer(server, has.contains(selector))));
            answers.put(alias, all);
        }
        return new AliasLook(Optional.of(OwnerName.of("example.org.")), answers, Optional.empty());
    }

    private AliasLook.Answer answer(String server, boolean has) {
        boolean answers = !silent.contains(server);
        return new AliasLook.Answer(
                server,
                answers ? ServerAnswer.Kind.ANSWERED : ServerAnswer.Kind.SILENT,
                has && answers ? OptionalLong.of(ALIAS_TTL) : OptionalLong.empty(),
                answers ? OptionalLong.of(theirNegativeTtl) : OptionalLong.empty(),
                !answers ? "timeout" : has ? "NOERROR: CNAME" : "NXDOMAIN: no CNAME");
    }

    // ---- what came of it

    Instant now() {
        return now;
    }

    ManagedDomain domain() {
        return domain;
    }

    ManagedKey key(int number) {
        return domain.keys().get(number - 1);
    }

    /** As in {@code "sd1 RETIRED"}, the oldest first. */
    List<String> states() {
        return domain.keys().stream()
                .map(key -> key.selector() + " " + key.state())
                .toList();
    }

    List<Step> steps() {
        return planner.steps(domain, settings, Brakes.NONE, new TimeReading(now, trusted));
    }

    Step next(Verb verb) {
        return steps().stream()
                .filter(step -> step.verb() == verb)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + verb + " in " + steps()));
    }

    String reasons() {
        return String.join(
                "\n",
                steps().stream()
                        .flatMap(step -> step.because().stream())
                        .map(Reason::text)
                        .toList());
    }

    static Predicate<ManagedDomain> is(int number, KeyState state) {
        return domain ->
                domain.keys().size() >= number && domain.keys().get(number - 1).state() == state;
    }
}
