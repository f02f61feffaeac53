package org.selectord.rotation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyType;
import org.selectord.key.SigningDomain;

/**
 * A year of a few domains in one zone, made from one seed: the production heart in a world of servers, caches, signers, mail and people, with troubles.
 * At the end everything is healed, and the heart must come to rest. Whatever breaks a promise throws an {@link AssertionError}.
 */
final class World {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final boolean STORY = Boolean.getBoolean("simulation.story");
    private static final long YEAR = Duration.ofDays(365).toMillis();
    private static final long UNLEAPED = Duration.ofDays(2).toMillis();
    private static final int TROUBLES_A_DOMAIN = 3;
    private static final int MESSAGES_A_DOMAIN = 110;
    private static final int MESSAGES_A_TRANSITION = 10;
    private static final int ROTATIONS_A_DOMAIN = 4;
    private static final TsigKey TSIG = new TsigKey(OwnerName.of("model"), "hmac-sha256", new TsigSecret(new byte[32]));
    private static final List<SigningDomain> DOMAINS = List.of(
            SigningDomain.of("example.org"),
            SigningDomain.of("news.example.org"),
            SigningDomain.of("shop.example.org"));

    final long seed;
    final Profile profile = new Profile();
    final WorldTime time = new WorldTime(START, profile);
    final ModelRegistry registry = new ModelRegistry();
    final ModelKeystore keystore = new ModelKeystore();
    final RotationPlanner planner = new RotationPlanner();
    final WorldDns dns;
    final List<WorldSigner> signers = new ArrayList<>();
    final Set<TrustedClock.Witness> witnesses;
    final TrustedClock.Mark clockMark = new Mark();
    final Fleet fleet;
    final Map<Trouble, Integer> troubles = new EnumMap<>(Trouble.class);
    final List<SigningDomain> domains;
    Wire wire = Wire.PLAIN;
    int turns;
    int messages;
    int deferred;
    long digest;

    private final List<Trouble> kinds;
    private final SplittableRandom random;
    private final DnsSettings dnsSettings;
    private RotationPolicy policy;
    private final Duration auditInterval;
    private final Map<SigningDomain, DomainSettings> settings = new HashMap<>();
    private final List<WorldResolver> resolvers = new ArrayList<>();
    private final List<WorldDaemon> daemons = new ArrayList<>();
    private final Promise promise;
    private final long unleapedFrom;
    private final Map<Object, Runnable> ends = new HashMap<>();
    private final Map<Verb, List<Trouble>> armed = new EnumMap<>(Verb.class);
    private final FleetSettings fleetSettings;
    private final FleetBrakes fleetBrakes = new Ledger();
    private FlipLedger ledger = FlipLedger.EMPTY;
    private boolean healing;

    /** A year with every kind of trouble. */
    World(long seed) {
        this(seed, Set.of(Trouble.values()));
    }

    /** With kinds of trouble by name, none: no trouble. For a world that was loaded by another class loader. */
    World(long seed, String kinds) {
        this(
                seed,
                Stream.of(kinds.split(" "))
                        .filter(name -> !name.isEmpty())
                        .map(Trouble::valueOf)
                        .collect(Collectors.toSet()));
    }

    World(long seed, Set<Trouble> kinds) {
        this.seed = seed;
        this.kinds = Stream.of(Trouble.values()).filter(kinds::contains).toList();
        this.random = new SplittableRandom(seed);
        this.domains = DOMAINS.subList(0, 1 + random.nextInt(8) / 5 + random.nextInt(8) / 7);
        this.unleapedFrom = time.now() + random.nextLong(YEAR);
        this.witnesses = WorldDaemon.someWitnesses(random);
        this.policy = somePolicy();
        this.auditInterval = Duration.ofHours(List.of(1, 6, 24).get(random.nextInt(3)));
        this.dnsSettings = new DnsSettings(
                "main",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                TSIG,
                Duration.ofSeconds(300L << random.nextInt(9)),
                Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN,
                seed % 2 == 0, // not by chance, which would change every year there was
                List.of());
        this.promise = new Promise(this);
        this.dns = new WorldDns(
                time, random.split(), 1 + random.nextInt(3), 60L << random.nextInt(11), this::changed, profile);
        int signerCount = 1 + random.nextInt(3) / 2;
        for (int i = 0; i < signerCount; i++) {
            Duration settle = Duration.ofMinutes(List.of(0, 5, 180).get(random.nextInt(3)));
            signers.add(new WorldSigner(
                    new SignerId("mx" + i), time, random.split(), keystore, settle, this::signs, profile));
        }
        for (int i = 0; i < 4; i++) {
            resolvers.add(new WorldResolver(time, dns, random.split()));
        }
        registry.keepsNoHistory();
        this.fleetSettings = new FleetSettings(
                1 + random.nextInt(60),
                1 + random.nextInt(5),
                random.nextBoolean() ? Set.of(domains.get(0)) : Set.of());
        this.fleet = new Fleet(fleetBrakes, registry::find, this::settingsOf, () -> fleetSettings);
        registry.auditedBy(recorded -> {
            profile.run(Profile.Part.INVARIANTS, () -> promise.isKeptBy(recorded));
            ledger = ledger.with(recorded.after(), fleetSettings);
        });
        registry.enrol(new LinkedHashSet<>(domains), START);
        daemons.add(new WorldDaemon("a", this, random.split()));
        daemons.add(new WorldDaemon("b", this, random.split()));
    }

    /** One domain of these settings, a primary and a secondary, and nothing by chance but how long things take; it has no daemon yet. */
    World(DomainSettings settings, long negativeTtlSeconds, Duration settle, Wire wire) {
        this.seed = 1;
        this.wire = wire;
        this.kinds = List.of();
        this.random = new SplittableRandom(seed);
        this.domains = List.of(settings.domain());
        this.unleapedFrom = time.now();
        this.witnesses = Set.of(TrustedClock.Witness.NTP);
        this.policy = settings.policy();
        this.auditInterval = settings.auditInterval();
        this.dnsSettings = settings.dns();
        this.promise = new Promise(this);
        this.dns = new WorldDns(time, random.split(), 1, negativeTtlSeconds, this::changed, profile);
        dns.quick = true;
        registry.keepsNoHistory();
        settings.signers()
                .forEach(id ->
                        signers.add(new WorldSigner(id, time, random.split(), keystore, settle, this::signs, profile)));
        for (int i = 0; i < 4; i++) {
            resolvers.add(new WorldResolver(time, dns, random.split()));
        }
        this.fleetSettings = FleetSettings.DEFAULT;
        this.fleet = new Fleet(fleetBrakes, registry::find, this::settingsOf, () -> fleetSettings);
        registry.auditedBy(recorded -> {
            promise.isKeptBy(recorded);
            ledger = ledger.with(recorded.after(), fleetSettings);
        });
        registry.enrol(Set.of(settings.domain()), START);
    }

    /** The mark that the trusted clock keeps in the registry. */
    private static final class Mark implements TrustedClock.Mark {
        private Optional<Instant> highest = Optional.empty();

        @Override
        public Optional<Instant> highest() {
            return highest;
        }

        @Override
        public void raiseTo(Instant at) {
            highest = Optional.of(at);
        }
    }

    /** The flips of all domains, as the registry keeps them. */
    private final class Ledger implements FleetBrakes {
        @Override
        public FlipLedger ledger() {
            return ledger;
        }

        @Override
        public boolean resetBreaker(String askedBy, String why, Instant at) {
            boolean open = ledger.breaker().isPresent();
            ledger = ledger.reset(at);
            registry.replanAll(at);
            return open;
        }
    }

    // ---- what the configuration says

    private RotationPolicy somePolicy() {
        RotationPolicy d = RotationPolicy.DEFAULT;
        int times = 1 + random.nextInt(3);
        return new RotationPolicy(
                List.of(KeyAlgorithm.RSA_2048), // until somebody asks for others
                Duration.ofDays(40 + random.nextInt(40)),
                random.nextInt(4) != 0,
                Duration.ofDays(3 + random.nextInt(10)),
                d.selector(),
                times,
                Duration.ofSeconds(times == 1 ? 0 : random.nextInt(11)),
                d.publishMargin(),
                d.gracePeriod(),
                d.graceMargin(),
                Duration.ofHours(random.nextInt(96)),
                d.queueLifetime(),
                random.nextBoolean() ? FlipWindow.ALWAYS : World::officeHours,
                someFreeze(),
                Duration.ofHours(random.nextInt(25)),
                d.revokeWithin(),
                random.nextBoolean() ? OnCompromise.WAIT : OnCompromise.UNSIGNED);
    }

    private FlipWindow someFreeze() {
        Instant from = START.plus(Duration.ofDays(random.nextInt(365)));
        Instant until = from.plus(Duration.ofDays(random.nextInt(21)));
        return at -> at.isBefore(from) || !at.isBefore(until) ? at : until;
    }

    private static Instant officeHours(Instant from) {
        ZonedDateTime at = LocalDateTime.ofInstant(from, ZoneOffset.UTC).atZone(ZoneOffset.UTC);
        while (at.getDayOfWeek().compareTo(DayOfWeek.THURSDAY) > 0 || at.getHour() < 8 || at.getHour() > 16) {
            at = at.getHour() < 8
                    ? at.withHour(8).withMinute(0).withSecond(0).withNano(0)
                    : at.plusDays(1).withHour(0).withMinute(0).withSecond(0).withNano(0);
        }
        return at.toInstant();
    }

    Optional<DomainSettings> settingsOf(SigningDomain domain) {
        return Optional.of(settings.computeIfAbsent(
                domain,
                name -> new DomainSettings(
                        name,
                        policy,
                        dnsSettings,
                        signers.stream().map(WorldSigner::id).toList(),
                        auditInterval)));
    }

    /** Somebody asks for longer keys, or for Ed25519 beside RSA: a restart with another policy. */
    private void changeAlgorithms() {
        RotationPolicy p = policy;
        List<KeyAlgorithm> wanted = random.nextBoolean()
                ? List.of(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519)
                : List.of(KeyAlgorithm.RSA_3072);
        tell("keys shall be " + wanted);
        policy = new RotationPolicy(
                wanted,
                p.signingPeriod(),
                p.standby(),
                p.prepublishPeriod(),
                p.selector(),
                p.proofTimes(),
                p.proofOver(),
                p.publishMargin(),
                p.gracePeriod(),
                p.graceMargin(),
                p.rollbackPeriod(),
                p.queueLifetime(),
                p.window(),
                p.freeze(),
                p.jitter(),
                p.revokeWithin(),
                p.onCompromise());
        settings.clear();
        registry.replanAll(time.instant());
        daemons.forEach(WorldDaemon::wake);
    }

    RotationPolicy policy() {
        return policy;
    }

    /** The configuration is changed. */
    void under(RotationPolicy changed) {
        policy = changed;
        settings.clear();
        registry.replanAll(time.instant());
    }

    // ---- the year

    /** Lives through the year, heals, and waits until all is at rest. */
    void live() {
        long end = time.now() + YEAR;
        daemons.get(0).start();
        planMail();
        planTroubles();
        planPeople();
        liveUntil(end);
        heal();
        comeToRest();
    }

    private void liveUntil(long end) {
        time.passUntil(end);
    }

    private void planMail() {
        for (SigningDomain domain : domains) {
            for (int i = 0; i < MESSAGES_A_DOMAIN; i++) {
                time.in(random.nextLong(YEAR), () -> profile.run(Profile.Part.MAIL, () -> send(domain)));
            }
            for (int i = 0; i < 20; i++) {
                time.in(random.nextLong(YEAR), () -> profile.run(Profile.Part.MAIL, () -> guess(domain)));
            }
        }
    }

    private void planPeople() {
        for (SigningDomain domain : domains) {
            for (int i = random.nextInt(4); i > 0; i--) {
                time.in(random.nextLong(YEAR), () -> order(domain, Order.Kind.ROTATE_NOW));
            }
            for (int i = random.nextInt(3); i > 0; i--) {
                time.in(random.nextLong(YEAR - Duration.ofDays(40).toMillis()), () -> interfere(domain));
            }
        }
        time.in(Duration.ofHours(12), this::retryWhatIsHalted);
        if (random.nextInt(4) == 0) {
            time.in(random.nextLong(YEAR - Duration.ofDays(90).toMillis()), this::changeAlgorithms);
        }
    }

    /** Somebody takes another road. */
    private void interfere(SigningDomain domain) {
        switch (random.nextInt(5)) {
            case 0 -> {
                order(domain, Order.Kind.PAUSE);
                time.in(random.nextLong(Duration.ofDays(20).toMillis()), () -> order(domain, Order.Kind.RESUME));
            }
            case 1 -> {
                order(domain, Order.Kind.ROTATE_NOW);
                time.in(random.nextLong(Duration.ofHours(12).toMillis()), () -> {
                    order(domain, Order.Kind.ROLL_BACK);
                    time.in(random.nextLong(Duration.ofDays(9).toMillis()), () -> order(domain, Order.Kind.RESUME));
                });
            }
            case 2 -> order(domain, Order.Kind.COMPROMISED, Map.of("scope", "key"));
            case 3 -> order(domain, Order.Kind.COMPROMISED, Map.of("scope", "store"));
            default -> order(domain, Order.Kind.RETRY);
        }
    }

    private void retryWhatIsHalted() {
        if (ledger.breaker().isPresent()) {
            fleetBrakes.resetBreaker("ops", "looked into", time.instant());
            daemons.forEach(WorldDaemon::wake);
        }
        for (SigningDomain domain : domains) {
            if (!record(domain).halts().isEmpty() && (healing || random.nextBoolean())) {
                order(domain, Order.Kind.RETRY);
            }
        }
        time.in(Duration.ofHours(healing ? 1 : 24), this::retryWhatIsHalted);
    }

    private void order(SigningDomain domain, Order.Kind kind) {
        order(domain, kind, Map.of());
    }

    private void order(SigningDomain domain, Order.Kind kind, Map<String, String> detail) {
        Optional<WorldDaemon> asked =
                daemons.stream().filter(WorldDaemon::isRunning).findFirst();
        try {
            asked.ifPresent(daemon -> new RotationOrders(registry, this::settingsOf, daemon::reading, daemon::wake)
                    .place(domain, kind, detail, "ops"));
        } catch (RegistryUnavailableException e) {
            time.in(Duration.ofHours(1), () -> order(domain, kind, detail));
        } catch (OrderRefusedException e) {
            return; // and says why
        }
        if (asked.isEmpty()) {
            time.in(Duration.ofHours(1), () -> order(domain, kind, detail));
        }
    }

    ManagedDomain record(SigningDomain domain) {
        return registry.find(domain).orElseThrow();
    }

    // ---- mail

    /** Somebody asks for a selector that was never there. */
    private void guess(SigningDomain domain) {
        String name = "guess" + random.nextInt(1_000_000) + "._domainkey." + domain;
        resolvers.get(random.nextInt(resolvers.size())).resolve(OwnerName.of(name));
    }

    void send(SigningDomain domain) {
        WorldSigner signer = signers.get(random.nextInt(signers.size()));
        List<SigningKey> keys = new ArrayList<>(signer.sign(domain));
        keys.sort(Comparator.comparing(SigningKey::id)); // sets have another order in another process
        for (SigningKey key : keys) {
            Optional<ManagedKey> known = record(domain).find(key.id()); // none: there before us, and not adopted
            if (known.isPresent() && !signer.isWrong(key)) {
                long queued = policy.gracePeriod().toMillis();
                long transit = switch (random.nextInt(4)) {
                    case 0 -> random.nextLong(120_000);
                    case 1 -> random.nextLong(3_600_000);
                    case 2 -> random.nextLong(queued);
                    default -> queued - random.nextLong(queued / 20);
                };
                TxtRRset record = known.get().record();
                long signedAt = time.now();
                time.in(
                        transit,
                        () -> profile.run(Profile.Part.MAIL, () -> verify(record, signedAt, signedAt + queued)));
            }
        }
    }

    private void verify(TxtRRset record, long signedAt, long latest) {
        if (time.now() > latest) {
            return; // it bounced
        }
        WorldResolver resolver = resolvers.get(random.nextInt(resolvers.size()));
        Optional<Optional<TxtRRset>> answer = resolver.resolve(record.owner());
        if (answer.isEmpty()) {
            deferred++;
            time.in(
                    random.nextInt(3_600_000),
                    () -> profile.run(Profile.Part.MAIL, () -> verify(record, signedAt, latest)));
            return;
        }
        messages++;
        promise.verifies(record, signedAt, answer.get());
    }

    private void mailAround(SigningDomain domain) {
        long span = Math.min(
                Duration.ofDays(1).toMillis(),
                (dns.negativeTtlSeconds() + dnsSettings.recordTtl().toSeconds()) * 1000);
        for (int i = 0; i < MESSAGES_A_TRANSITION; i++) {
            time.in(random.nextLong(Math.max(1, span)), () -> profile.run(Profile.Part.MAIL, () -> send(domain)));
        }
    }

    // ---- what the models tell

    private void changed(Change change, boolean late) {
        profile.run(Profile.Part.INVARIANTS, () -> promise.allows(change, late));
        domains.stream()
                .filter(domain -> change.owner()
                        .parent()
                        .filter(OwnerName.of("_domainkey." + domain)::equals)
                        .isPresent())
                .forEach(this::mailAround);
    }

    /** A key that was there before us: its record stands, and each signer signs with it by an entry of its own. */
    void hasBefore(SigningDomain domain, TxtRRset record, Supplier<SigningKey> key) {
        dns.put(record);
        for (WorldSigner signer : signers) {
            signer.hasOwnEntry(domain, key);
            promise.knows(signer, domain, key.get());
        }
    }

    private void signs(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys) {
        profile.run(Profile.Part.INVARIANTS, () -> promise.allows(signer, domain, keys));
        mailAround(domain);
    }

    void begins(Step step) {
        promise.isPatient(step);
        beginsVerb(step.verb());
    }

    private void beginsVerb(Verb verb) {
        if (verb == Verb.PUBLISH) {
            domains.forEach(domain -> {
                guess(domain);
                time.in(random.nextInt(20_000), () -> guess(domain));
            });
        }
        List<Trouble> waiting = armed.get(verb);
        if (waiting != null && !waiting.isEmpty()) {
            begin(waiting.remove(0));
        }
    }

    void count(Trouble trouble) {
        troubles.merge(trouble, 1, Integer::sum);
    }

    boolean isAlone(WorldDaemon daemon) {
        return daemons.stream().noneMatch(other -> other != daemon && other.isRunning());
    }

    // ---- quiet times

    /**
     * Nothing happens to a domain at rest but looks that find what they found before: they may come late, in a trouble by an hour or two, in quiet
     * times once a day. The steady looks of a year would be 200,000; two days of each year have them all.
     */
    long leap(WorldDaemon daemon, long when) {
        boolean every = time.now() >= unleapedFrom && time.now() < unleapedFrom + UNLEAPED;
        if (every || !isAlone(daemon) || !domains.stream().allMatch(this::isAtRest)) {
            return when;
        }
        TimeReading now = daemon.reading();
        Duration quiet = ends.isEmpty() ? Duration.ofHours(22) : Duration.ofHours(2);
        long leap = time.now() + quiet.toMillis() + random.nextLong(7_200_000);
        for (SigningDomain name : domains) {
            ManagedDomain domain = record(name);
            for (Step step : planner.steps(
                    domain,
                    settingsOf(name).orElseThrow(),
                    fleet.gate(now.at()).of(record(name), settingsOf(name).orElseThrow()),
                    now)) {
                if (!step.verb().looks()) {
                    leap = Math.min(leap, time.whenWallSays(step.dueAt()));
                }
            }
            for (KeyType type : policy.chains()) {
                leap = Math.min(leap, readyDueAt(domain, type));
            }
        }
        return now.trusted() ? Math.max(when, leap) : when;
    }

    private long readyDueAt(ManagedDomain domain, KeyType type) {
        return domain.successor(type)
                .filter(key -> key.state() == KeyState.PUBLISHED)
                .flatMap(key -> DueTimes.readyDueAt(domain.propagated(key, time.instant()), domain, policy))
                .map(time::whenWallSays)
                .orElse(Long.MAX_VALUE);
    }

    private boolean isAtRest(SigningDomain name) {
        ManagedDomain domain = record(name);
        return domain.intents().isEmpty()
                && domain.waits().isEmpty()
                && domain.orders().isEmpty()
                && policy.chains().stream().allMatch(type -> domain.active(type).isPresent())
                && domain.keys().stream().allMatch(World::isAtRest);
    }

    private static boolean isAtRest(ManagedKey key) {
        return switch (key.state()) {
            case GENERATED -> false;
            case PUBLISHED ->
                key.propagated().everywhereAt().isPresent() && key.propagated().exactEverywhere();
            case READY -> !key.wasTold();
            case ACTIVE -> key.uses().values().stream().allMatch(use -> use.kind() == Use.Kind.USING);
            case RETIRED, REVOKED -> key.standing().isPresent() && !key.mayBeSigning();
            case REMOVED -> key.custody() == Custody.DESTROYED;
        };
    }

    // ---- troubles

    private void planTroubles() {
        Verb[] verbs = Verb.values();
        int count = kinds.isEmpty() ? 0 : TROUBLES_A_DOMAIN * domains.size();
        for (int i = 0; i < count; i++) {
            int kind = i == 0 ? Math.floorMod(seed, kinds.size()) : random.nextInt(kinds.size());
            Trouble trouble = kinds.get(kind);
            Verb verb = verbs[random.nextInt(verbs.length)];
            boolean atVerb = random.nextBoolean();
            time.in(random.nextLong(YEAR - Duration.ofDays(20).toMillis()), () -> {
                if (atVerb) {
                    armed.computeIfAbsent(verb, v -> new ArrayList<>()).add(trouble);
                } else {
                    begin(trouble);
                }
            });
        }
    }

    private void begin(Trouble trouble) {
        if (healing) {
            return;
        }
        if (trouble != Trouble.PROCESS_STOPPED) {
            count(trouble);
        }
        tell(trouble + " begins");
        Runnable end = make(trouble);
        Object handle = new Object();
        ends.put(handle, end);
        daemons.forEach(daemon -> daemon.wakeAt(time.now() + random.nextInt(900_000)));
        time.in(someTime(trouble), () -> endOf(trouble, handle));
    }

    private void endOf(Trouble trouble, Object handle) {
        if (trouble == Trouble.NEGATIVE_TTL_RAISED && !healing && !dns.isLookedAt()) {
            time.in(
                    Duration.ofMinutes(16),
                    () -> endOf(trouble, handle)); // a daemon that never saw it cannot wait for it
            return;
        }
        Runnable end = ends.remove(handle);
        if (end != null) {
            tell(trouble + " ends");
            end.run();
        }
    }

    private long someTime(Trouble trouble) {
        Duration most = switch (trouble) {
            case ANSWER_LOST,
                    UPDATE_LANDS_LATE,
                    UPDATE_DOUBLED,
                    TTL_CHANGED,
                    RECORD_SPLIT_ANEW,
                    RECORD_LOST,
                    SECONDARY_OLD_THEN_NEW,
                    SIGNER_FORGETS -> Duration.ofMinutes(30);
            case HOST_SUSPENDED, PROCESS_PAUSED, PROCESS_STOPPED -> Duration.ofMinutes(30);
            case SECONDARY_SILENT, NEGATIVE_TTL_RAISED -> Duration.ofDays(2);
            case SERVER_ADDED -> Duration.ofDays(10);
            case CLOCK_FORWARD, CLOCK_BACK, PROCESS_DOWN_LONG, SECOND_DAEMON, ZONE_FROZEN -> Duration.ofDays(1);
            case PRIMARY_SILENT,
                    PRIMARY_REFUSES_CONNECTIONS,
                    SERVER_SET_UNKNOWN,
                    NOTIFY_LOST,
                    SIGNER_SILENT,
                    SIGNER_ANSWER_LOST,
                    SIGNER_SAYS_NOT_YET,
                    SIGNER_LAGS,
                    SIGNER_SIGNS_WRONGLY,
                    KEYSTORE_UNAVAILABLE,
                    KEYSTORE_DENIED,
                    KEYSTORE_ANSWER_LOST,
                    JOURNAL_TAIL_LOST,
                    REGISTRY_FULL -> Duration.ofHours(8);
        };
        return 1000 + (long) (most.toMillis() * random.nextDouble() * random.nextDouble());
    }

    /** Makes it, and says how it ends. */
    private Runnable make(Trouble trouble) {
        WorldSigner signer = signers.get(random.nextInt(signers.size()));
        switch (trouble) {
            case PRIMARY_SILENT -> {
                dns.primarySilent = true;
                return () -> dns.primarySilent = false;
            }
            case PRIMARY_REFUSES_CONNECTIONS -> {
                dns.primaryRefusesConnections = true;
                return () -> dns.primaryRefusesConnections = false;
            }
            case ANSWER_LOST -> dns.losesNextAnswer = true;
            case UPDATE_LANDS_LATE -> dns.nextLandsLate = true;
            case UPDATE_DOUBLED -> dns.nextIsDoubled = true;
            case ZONE_FROZEN -> {
                dns.frozen = true;
                return () -> dns.frozen = false;
            }
            case SERVER_SET_UNKNOWN -> {
                dns.setUnknown = true;
                return () -> dns.setUnknown = false;
            }
            case SERVER_ADDED -> {
                dns.addServer();
                return dns::removeLastServer;
            }
            case SECONDARY_SILENT -> {
                return dns.silenceOne();
            }
            case SECONDARY_OLD_THEN_NEW -> {
                return policy.proofTimes() > 1 ? dns.splitOne() : dns.deafenOne();
            }
            case NOTIFY_LOST -> {
                return dns.deafenOne();
            }
            case NEGATIVE_TTL_RAISED -> {
                long before = dns.negativeTtlSeconds();
                dns.setNegativeTtl(Math.min(86_400, before * (2 + random.nextInt(20))));
                return () -> dns.setNegativeTtl(before);
            }
            case TTL_CHANGED -> dns.editByHand(false);
            case RECORD_SPLIT_ANEW -> dns.editByHand(true);
            case RECORD_LOST -> dns.lose(false);
            case JOURNAL_TAIL_LOST -> {
                dns.lose(true);
                return dns::raiseSerial;
            }
            case SIGNER_SILENT -> {
                signer.silent = true;
                return () -> signer.silent = false;
            }
            case SIGNER_ANSWER_LOST -> {
                signer.losesAnswers = true;
                return () -> signer.losesAnswers = false;
            }
            case SIGNER_SAYS_NOT_YET -> {
                signer.saysNotYet = true;
                return () -> signer.saysNotYet = false;
            }
            case SIGNER_LAGS -> {
                signer.lags = true;
                return () -> signer.lags = false;
            }
            case SIGNER_FORGETS -> signer.restartWithOldTables();
            case SIGNER_SIGNS_WRONGLY -> {
                signer.pairsWrongly = true;
                return signer::heal;
            }
            case KEYSTORE_UNAVAILABLE -> {
                keystore.setUnavailable(true);
                return () -> keystore.setUnavailable(false);
            }
            case KEYSTORE_DENIED -> {
                keystore.setDenied(true);
                return () -> keystore.setDenied(false);
            }
            case KEYSTORE_ANSWER_LOST -> {
                keystore.setLosesAnswers(true);
                return () -> keystore.setLosesAnswers(false);
            }
            case REGISTRY_FULL -> {
                registry.full(true);
                return () -> registry.full(false);
            }
            case CLOCK_FORWARD -> {
                return setClock(120_000L << random.nextInt(12));
            }
            case CLOCK_BACK -> {
                return setClock(-(120_000L << random.nextInt(11)));
            }
            case HOST_SUSPENDED -> {
                long asleep = 60_000L + random.nextInt(36_000_000);
                daemons.forEach(daemon -> daemon.pause(asleep));
                time.missMonotonic(asleep);
            }
            case PROCESS_STOPPED -> daemons.forEach(WorldDaemon::stopAtNextPart);
            case PROCESS_DOWN_LONG -> {
                daemons.forEach(WorldDaemon::stop);
                return () -> daemons.get(0).start();
            }
            case PROCESS_PAUSED -> daemons.get(random.nextInt(2)).pause(60_000L + random.nextInt(36_000_000));
            case SECOND_DAEMON -> {
                WorldDaemon second = daemons.get(1);
                second.start();
                if (random.nextBoolean()) {
                    time.in(
                            random.nextInt(600_000),
                            () -> daemons.get(random.nextInt(2)).pause(90_000));
                }
                return second::stop;
            }
        }
        return () -> {};
    }

    private Runnable setClock(long ahead) {
        tell("the clock is " + ahead / 1000 + " s ahead");
        time.setWallAhead(ahead);
        daemons.forEach(WorldDaemon::clockWasSet);
        return () -> {
            time.setWallAhead(0);
            daemons.forEach(WorldDaemon::clockWasSet);
        };
    }

    // ---- the end

    private void heal() {
        healing = true;
        List.copyOf(ends.values()).forEach(Runnable::run);
        ends.clear();
        dns.heal();
        signers.forEach(WorldSigner::heal);
        daemons.get(1).stop();
        daemons.get(0).start();
        daemons.forEach(WorldDaemon::endPause);
        registry.full(false);
        retryWhatIsHalted();
        domains.forEach(domain -> {
            order(domain, Order.Kind.RESUME);
            order(domain, Order.Kind.ROTATE_NOW);
        });
    }

    private void comeToRest() {
        long deadline = time.now()
                + DueTimes.retention(policy).toMillis()
                + policy.rollbackPeriod().toMillis()
                + Duration.ofDays(12).toMillis();
        for (int i = 0; i < 40 && time.now() < deadline; i++) {
            liveUntil(time.now() + Duration.ofHours(12).toMillis());
            domains.stream()
                    .filter(domain -> rotations(domain) < ROTATIONS_A_DOMAIN)
                    .forEach(domain -> order(domain, Order.Kind.ROTATE_NOW));
        }
        domains.forEach(promise::isKeptAtTheEnd);
    }

    int rotations(SigningDomain domain) {
        return (int) record(domain).keys().stream()
                .filter(key -> key.reachedAt(KeyState.ACTIVE).isPresent())
                .count();
    }

    int rotations() {
        return domains.stream().mapToInt(this::rotations).sum();
    }

    /** For whoever replays a seed. */
    void tell(String what) {
        if (STORY) {
            System.out.println(time.trueTime() + " (" + time.instant() + ") " + what);
        }
    }

    /** For a digest of the run: the same seed is the same story. */
    void note(long what) {
        digest = digest * 31 + what;
    }

    /** Who may sign with a key now. */
    List<WorldSigner> signersThatMayUse(SigningDomain domain, KeyFingerprint key) {
        return signers.stream()
                .filter(signer -> signer.maySign(domain).stream()
                        .anyMatch(used -> used.fingerprint().equals(key)))
                .toList();
    }
}
