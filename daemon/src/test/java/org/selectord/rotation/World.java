package org.selectord.rotation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
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
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
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
    private static final int ROTATIONS_A_DOMAIN = 4;
    private static final int MESSAGES_A_DOMAIN = 200;
    private static final byte[] SECRET = "what only we and the primary know".getBytes(StandardCharsets.US_ASCII);
    private static final TsigKey TSIG = new TsigKey(OwnerName.of("model"), "hmac-sha256", new TsigSecret(SECRET));
    /** In every way that it might be written. */
    static final Set<String> SECRETS = Set.of(
            new String(SECRET, StandardCharsets.US_ASCII),
            Base64.getEncoder().encodeToString(SECRET),
            HexFormat.of().formatHex(SECRET),
            Arrays.toString(SECRET));

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
    final List<SigningDomain> domains;
    final List<WorldDaemon> daemons = new ArrayList<>();
    final WorldTroubles troubles;
    final WorldPeople people;
    final WorldMail mail;
    Wire wire = Wire.PLAIN;
    int turns;
    long digest;

    private final SplittableRandom random;
    private final DnsSettings dnsSettings;
    private RotationPolicy policy;
    private final Duration auditInterval;
    private final Map<SigningDomain, DomainSettings> settings = new HashMap<>();
    private final Promise promise;
    private final long unleapedFrom;
    private final FleetSettings fleetSettings;
    private final FleetBrakes fleetBrakes = new Ledger();
    private FlipLedger ledger = FlipLedger.EMPTY;
    /** A year with every kind of trouble. */
    World(long seed) {
        this(seed, Set.of(Trouble.values()), TROUBLES_A_DOMAIN);
    }

    /** With much trouble of some kinds by name, none: no trouble. For a world that was loaded by another class loader. */
    World(long seed, String kinds) {
        this(
                seed,
                Stream.of(kinds.split(" "))
                        .filter(name -> !name.isEmpty())
                        .map(Trouble::valueOf)
                        .collect(Collectors.toSet()),
                4 * TROUBLES_A_DOMAIN);
    }

    private World(long seed, Set<Trouble> kinds, int troublesADomain) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.domains = DOMAINS.subList(0, 1 + random.nextInt(DOMAINS.size()));
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
        this.fleetSettings = new FleetSettings(
                List.of(1, 2, 60).get(random.nextInt(3)),
                List.of(1, 2, 500).get(random.nextInt(3)),
                random.nextBoolean() ? Set.of(domains.get(0)) : Set.of());
        this.promise = new Promise(this, fleetSettings);
        this.dns = new WorldDns(
                time,
                random.split(),
                1 + random.nextInt(3),
                60L << random.nextInt(11),
                new Watching(),
                this::isWaived,
                profile);
        int signerCount = 1 + random.nextInt(3) / 2;
        for (int i = 0; i < signerCount; i++) {
            Duration settle = Duration.ofMinutes(List.of(0, 5, 180).get(random.nextInt(3)));
            signers.add(new WorldSigner(
                    new SignerId("mx" + i), time, random.split(), keystore, settle, new Signs(), profile));
        }
        this.mail = new WorldMail(this, random.split(), promise);
        this.people = new WorldPeople(this, random.split());
        this.troubles = new WorldTroubles(this, kinds, troublesADomain, random.split());
        registry.keepsNoHistory();
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
        this.random = new SplittableRandom(seed);
        this.domains = List.of(settings.domain());
        this.unleapedFrom = time.now();
        this.witnesses = Set.of(TrustedClock.Witness.NTP);
        this.policy = settings.policy();
        this.auditInterval = settings.auditInterval();
        this.dnsSettings = settings.dns();
        this.fleetSettings = FleetSettings.DEFAULT;
        this.promise = new Promise(this, fleetSettings);
        this.dns = new WorldDns(time, random.split(), 1, negativeTtlSeconds, new Watching(), this::isWaived, profile);
        dns.quick = true;
        registry.keepsNoHistory();
        settings.signers()
                .forEach(id ->
                        signers.add(new WorldSigner(id, time, random.split(), keystore, settle, new Signs(), profile)));
        this.mail = new WorldMail(this, random.split(), promise);
        this.people = new WorldPeople(this, random.split());
        this.troubles = new WorldTroubles(this, Set.of(), 0, random.split());
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
        return Optional.of(domain)
                .filter(people::lists)
                .map(listed -> settings.computeIfAbsent(
                        listed,
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
        people.count(Deed.CHANGES_ALGORITHMS);
        tell("keys shall be " + wanted);
        under(new RotationPolicy(
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
                p.onCompromise()));
    }

    /** Whether it is recorded that denials may be remembered as long as they now may. */
    boolean hasSomeSeenNegativeTtl() {
        return domains.stream()
                .flatMap(domain -> record(domain).zone().stream())
                .anyMatch(zone -> zone.negativeTtl().seconds() >= dns.negativeTtlSeconds());
    }

    RotationPolicy policy() {
        return policy;
    }

    Duration recordTtl() {
        return dnsSettings.recordTtl();
    }

    boolean isFenced() {
        return dnsSettings.fence();
    }

    /** The configuration is changed. */
    void under(RotationPolicy changed) {
        policy = changed;
        settings.clear();
        reload();
    }

    /** The configuration is read again. */
    void reload() {
        registry.replanAll(time.instant());
        daemons.forEach(WorldDaemon::wake);
    }

    // ---- the year

    /** Lives through the year, heals, and waits until all is at rest. */
    void live() {
        long end = time.now() + YEAR;
        daemons.get(0).start();
        domains.forEach(domain -> {
            mail.planYear(domain, YEAR);
            people.planYear(domain, YEAR);
        });
        people.lookAfterAll();
        troubles.planYear(YEAR);
        if (random.nextInt(4) == 0) {
            time.in(random.nextLong(YEAR - Duration.ofDays(90).toMillis()), this::changeAlgorithms);
        }
        time.passUntil(end);
        heal();
        comeToRest();
    }

    /** Somebody asks for it; false: nobody is there to take it, so that it is to be asked for again. */
    boolean place(SigningDomain domain, Order.Kind kind, Map<String, String> detail) {
        Optional<WorldDaemon> asked =
                daemons.stream().filter(WorldDaemon::isRunning).findFirst();
        try {
            asked.ifPresent(daemon -> new RotationOrders(registry, this::settingsOf, daemon::reading, daemon::wake)
                    .place(domain, kind, detail, "ops"));
        } catch (RegistryUnavailableException e) {
            return false;
        } catch (OrderRefusedException e) {
            return true; // and says why
        }
        return asked.isPresent();
    }

    /** Somebody has looked into what opened the breaker, if it is open. */
    boolean resetsBreaker() {
        boolean open = ledger.breaker().isPresent();
        if (open) {
            fleetBrakes.resetBreaker("ops", "looked into", time.instant());
            promise.breakerWasReset();
            daemons.forEach(WorldDaemon::wake);
        }
        return open;
    }

    /** The registry as it is now; somebody puts it back, and sees to what it then cannot know. */
    Runnable backup() {
        ModelRegistry.Backup backup = registry.backup();
        FlipLedger flips = ledger;
        return () -> {
            daemons.forEach(WorldDaemon::stop);
            registry.restore(backup);
            ledger = flips;
            promise.registryWasRestored();
            daemons.get(0).start();
            time.in(random.nextLong(Duration.ofHours(12).toMillis()), () -> {
                dns.removeFence();
                promise.fenceWasRemoved();
            });
        };
    }

    /** For people. */
    List<String> explain(ManagedDomain domain) {
        return settingsOf(domain.name())
                .map(known -> planner.steps(domain, known, Brakes.NONE, new TimeReading(time.instant(), true)))
                .orElse(List.of())
                .stream()
                .flatMap(step -> step.because().stream())
                .map(Reason::text)
                .toList();
    }

    ManagedDomain record(SigningDomain domain) {
        return registry.find(domain).orElseThrow();
    }

    // ---- what the models tell

    private final class Watching implements WorldDns.Watcher {
        @Override
        public void changes(Change change, WorldDns.Message by) {
            profile.run(Profile.Part.INVARIANTS, () -> promise.allows(change, by));
            domains.stream()
                    .filter(domain -> change.owner()
                            .parent()
                            .filter(OwnerName.of("_domainkey." + domain)::equals)
                            .isPresent())
                    .forEach(mail::around);
        }

        @Override
        public void takesFence(WorldDns.Message by) {
            profile.run(Profile.Part.INVARIANTS, () -> promise.takesFence(by));
        }
    }

    /** Whether operators go on without this server, or did until a moment ago. */
    private boolean isWaived(String server) {
        return isWaived(waiver -> waiver.coversServer(server));
    }

    private boolean isWaived(Predicate<Waiver> covers) {
        Instant now = time.instant();
        Instant before = now.minus(Duration.ofMinutes(15));
        return domains.stream()
                .flatMap(domain -> record(domain).waivers().stream())
                .anyMatch(waiver -> covers.test(waiver) && waiver.holdsAt(before));
    }

    /** A key that was there before us: its record stands, and each signer signs with it by an entry of its own. */
    void hasBefore(SigningDomain domain, TxtRRset record, Supplier<SigningKey> key) {
        dns.stoodBefore(record);
        for (WorldSigner signer : signers) {
            signer.hasOwnEntry(domain, key);
            promise.knows(signer, domain, key.get());
        }
    }

    private final class Signs implements WorldSigner.Watcher {
        @Override
        public void signs(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys) {
            profile.run(Profile.Part.INVARIANTS, () -> promise.allows(signer, domain, keys));
            mail.around(domain);
        }

        @Override
        public void losesOwnKey(WorldSigner signer, SigningDomain domain, Set<SigningKey> keys) {
            promise.losesOwnKey(signer, domain, keys);
        }
    }

    void begins(Step step) {
        promise.isPatient(step);
        if (step.verb() == Verb.PUBLISH) {
            domains.forEach(domain -> {
                mail.guess(domain);
                time.in(random.nextInt(20_000), () -> mail.guess(domain));
            });
        }
        troubles.comeWith(step.verb());
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
        Duration quiet = troubles.areOver() ? Duration.ofHours(22) : Duration.ofHours(2);
        long leap = time.now() + quiet.toMillis() + random.nextLong(7_200_000);
        for (SigningDomain name : domains) {
            if (settingsOf(name).isEmpty()) {
                continue;
            }
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
            case REMOVED -> key.custody() != Custody.HELD;
        };
    }

    // ---- the end

    private void heal() {
        troubles.heal();
        dns.heal();
        mail.heal();
        signers.forEach(WorldSigner::heal);
        daemons.get(1).stop();
        daemons.get(0).start();
        daemons.forEach(WorldDaemon::endPause);
        registry.full(false);
        people.heal();
    }

    private void comeToRest() {
        long deadline = time.now()
                + DueTimes.retention(policy).toMillis()
                + policy.rollbackPeriod().toMillis()
                + Duration.ofDays(12).toMillis();
        for (int i = 0; i < 40 && time.now() < deadline; i++) {
            time.passUntil(time.now() + Duration.ofHours(12).toMillis());
            domains.stream()
                    .filter(domain -> rotations(domain) < ROTATIONS_A_DOMAIN)
                    .forEach(domain -> people.order(domain, Order.Kind.ROTATE_NOW));
            domains.forEach(this::sendWhatIsMissing);
        }
        domains.forEach(promise::isKeptAtTheEnd);
    }

    /** A year in which little was signed, for the domain was leaving or its keys were compromised, gets its mail now. */
    private void sendWhatIsMissing(SigningDomain domain) {
        for (int i = mail.checkedOf(domain); i < MESSAGES_A_DOMAIN; i += 4) {
            mail.send(domain, false);
        }
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

    /** Who may sign with a key now; whom an operator goes on without is the operator's risk. */
    List<WorldSigner> signersThatMayUse(SigningDomain domain, Selector selector) {
        return signers.stream()
                .filter(signer -> signer.maySign(domain).stream()
                        .anyMatch(used -> used.selector().equals(selector)))
                .filter(this::counts)
                .toList();
    }

    List<WorldSigner> signersThatCount() {
        return signers.stream().filter(this::counts).toList();
    }

    private boolean counts(WorldSigner signer) {
        return !isWaived(waiver -> waiver.coversSigner(signer.id()));
    }
}
