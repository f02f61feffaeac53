package org.selectord.rotation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.SpareKeys;

/**
 * The production heart behind model ports, on one thread, with a clock that jumps to the next due time: begin, perform and finish are three events, and
 * the process may stop between any two. Every message that the modelled signer signed is verified later, through a resolver that caches.
 */
final class Simulation {

    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final SigningDomain DOMAIN = SigningDomain.of("example.org");
    static final SignerId SIGNER = new SignerId("model");

    /** The process was stopped here. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private record Mail(OwnerName owner, TxtRRset record, Instant signedAt, Instant verifiedAt) {}

    final TestClock clock = new TestClock(START);
    final ModelRegistry registry = new ModelRegistry();
    final ModelKeystore keystore = new ModelKeystore();
    final ModelDns dns;
    final ModelSigner signer;
    final DomainSettings settings;
    private final Random random;
    private final BooleanSupplier stops;
    private final List<Mail> inFlight = new ArrayList<>();
    private final RotationPlanner planner = new RotationPlanner();
    private RotationRunner runner;
    private Instant nextMailAt = START;
    int messages;
    int restarts;

    /** @param stops asked between any two parts of a turn that acts; true stops the process there, and it is started again */
    Simulation(long seed, double faults, RotationPolicy policy, BooleanSupplier stops) {
        this.random = new Random(seed);
        this.dns = new ModelDns(clock, new Random(seed + 1), faults);
        this.signer = new ModelSigner(dns, new Random(seed + 2), faults, Duration.ofHours(1));
        this.stops = stops;
        TsigKey key = new TsigKey(OwnerName.of("model"), "hmac-sha256", new TsigSecret(new byte[32]));
        DnsSettings dnsSettings = new DnsSettings(
                "main",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                key,
                Duration.ofHours(1),
                Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN);
        this.settings = new DomainSettings(DOMAIN, policy, dnsSettings, List.of(SIGNER), Duration.ofHours(1));
        registry.enrol(Set.of(DOMAIN), START);
        this.runner = start();
    }

    private RotationRunner start() {
        Workers.Ports ports = new Workers.Ports(
                registry,
                dns,
                (zone, needed) -> List.of(),
                apex -> OptionalLong.of(900),
                dns,
                dns,
                (below, servers, aliases) -> {
                    throw new IllegalStateException("no domain of the model is delegated");
                },
                new SpareKeys(keystore, algorithm -> {
                    throw new IllegalStateException("the model makes its own keys");
                }),
                keystore,
                List.of(signer),
                clock,
                random);
        RotationRunner started = new RotationRunner(
                registry,
                domain -> Optional.of(settings),
                planner,
                Workers.of(ports, keystore),
                FlipGate::open,
                clock::reading,
                new RotationListener() {});
        started.recover();
        return started;
    }

    RotationOrders orders() {
        return new RotationOrders(registry, domain -> Optional.of(settings), clock::reading, () -> {});
    }

    ManagedDomain domain() {
        return registry.find(DOMAIN).orElseThrow();
    }

    Optional<ManagedKey> active() {
        return domain().active(KeyType.RSA);
    }

    boolean signsOnlyWith(Selector selector) {
        return signer.signsWith(DOMAIN).stream()
                .map(SigningKey::selector)
                .toList()
                .equals(List.of(selector));
    }

    /** Lives until {@code end}, restarting whenever it is stopped. */
    void runUntil(Instant end) {
        while (clock.instant().isBefore(end)) {
            live();
            advance(end);
        }
    }

    /** Lives until something is true, at most {@code atMost}. */
    void runUntil(BooleanSupplier done, Duration atMost) {
        Instant end = clock.instant().plus(atMost);
        live();
        while (!done.getAsBoolean()) {
            advance(end);
            if (!clock.instant().isBefore(end)) {
                throw new AssertionError("not within " + atMost + ": " + domain());
            }
            live();
        }
    }

    private void live() {
        try {
            turn();
        } catch (Stopped e) {
            restarts++;
            registry.dropClaims();
            clock.pass(Duration.ofSeconds(5));
            runner = start();
        }
        check();
    }

    private void turn() {
        Collection<List<Task>> lanes = runner.begin(registry.claimDue(clock.instant(), 100)).stream()
                .collect(Collectors.groupingBy(task -> task.step().target()))
                .values();
        boolean acting = lanes.stream()
                .flatMap(List::stream)
                .anyMatch(task -> !task.step().verb().looks());
        mayStop(acting);
        for (List<Task> lane : lanes) {
            clock.pass(Duration.ofMillis(5));
            RotationRunner.Performed performed = runner.perform(lane);
            mayStop(acting);
            clock.pass(Duration.ofMillis(20));
            runner.finish(lane, performed);
            mayStop(acting);
        }
    }

    private void mayStop(boolean acting) {
        if (acting && stops.getAsBoolean()) {
            throw new Stopped();
        }
    }

    private void advance(Instant end) {
        Instant next = registry.nextDueAt().orElse(end);
        Instant until = next.isBefore(nextMailAt) ? next : nextMailAt;
        Instant soonest = clock.instant().plusMillis(1);
        clock.setTo(until.isBefore(soonest) ? soonest : until.isAfter(end) ? end : until);
        if (!clock.instant().isBefore(nextMailAt)) {
            mail();
            nextMailAt = clock.instant().plus(Duration.ofMinutes(30 + random.nextInt(600)));
        }
    }

    /** Somebody sends a message; somebody verifies one that was sent up to a queue's lifetime ago. */
    private void mail() {
        for (SigningKey key : signer.signsWith(DOMAIN)) {
            OwnerName owner = OwnerName.of(key.selector().ownerName(DOMAIN));
            Duration transit = Duration.ofSeconds((long) (random.nextDouble()
                    * random.nextDouble()
                    * settings.policy().gracePeriod().toSeconds()));
            inFlight.add(new Mail(
                    owner,
                    domain().key(key.id()).record(),
                    clock.instant(),
                    clock.instant().plus(transit)));
        }
        List<Mail> arrived = inFlight.stream()
                .filter(mail -> !mail.verifiedAt.isAfter(clock.instant()))
                .toList();
        inFlight.removeAll(arrived);
        for (Mail mail : arrived) {
            messages++;
            Instant late = mail.signedAt.plus(settings.policy().gracePeriod());
            Optional<TxtRRset> served = dns.resolve(mail.owner);
            if (!clock.instant().isAfter(late)
                    && served.filter(mail.record::saysTheSameAs).isEmpty()) {
                throw new AssertionError("a message signed at " + mail.signedAt + " with " + mail.owner
                        + " does not verify at " + clock.instant() + ": " + domain());
            }
        }
        dns.resolve(OwnerName.of("guess" + random.nextInt(1000) + "._domainkey.example.org."));
    }

    /** What must be true at every moment. */
    private void check() {
        ManagedDomain domain = domain();
        long active = domain.keys().stream()
                .filter(key -> key.state() == KeyState.ACTIVE)
                .count();
        if (active > 1) {
            throw new AssertionError("two ACTIVE keys in one chain: " + domain);
        }
        for (SigningKey key : signer.signsWith(DOMAIN)) {
            KeyState state = domain.key(key.id()).state();
            if (state.compareTo(KeyState.READY) < 0 || state.compareTo(KeyState.REVOKED) >= 0) {
                throw new AssertionError("the signer signs with " + key + ", which is " + state);
            }
        }
    }

    /** The states of all keys, in the order they were made: what two runs are compared by. */
    List<KeyState> states() {
        return domain().keys().stream().map(ManagedKey::state).toList();
    }

    static RotationPolicy policy(Duration signingPeriod, Duration gracePeriod) {
        return PolicyBuilder.policy()
                .signingPeriod(signingPeriod)
                .grace(gracePeriod, gracePeriod.dividedBy(2))
                .build();
    }
}
