package org.selectord.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.quartz.SchedulerException;
import org.selectord.admin.AdminServer;
import org.selectord.admin.AdminTokensException;
import org.selectord.admin.ReadinessCheck;
import org.selectord.config.Configuration;
import org.selectord.config.ConfigurationReader;
import org.selectord.config.Loaded;
import org.selectord.config.Problem;
import org.selectord.dnsupdate.AliasCheck;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.dnsupdate.dnsjava.DnsjavaAliasCheck;
import org.selectord.dnsupdate.dnsjava.DnsjavaAuthoritativeLookup;
import org.selectord.dnsupdate.dnsjava.DnsjavaParentZone;
import org.selectord.dnsupdate.dnsjava.DnsjavaPropagationCheck;
import org.selectord.dnsupdate.dnsjava.DnsjavaRightsProbe;
import org.selectord.dnsupdate.dnsjava.DnsjavaZoneUpdater;
import org.selectord.dnsupdate.dnsjava.Timeouts;
import org.selectord.key.FastestKeyPairSource;
import org.selectord.key.KeyPairSource;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.SpareKeys;
import org.selectord.metrics.PrometheusMetrics;
import org.selectord.registry.SqlKeyRegistry;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.Fleet;
import org.selectord.rotation.KeyDemand;
import org.selectord.rotation.RegistryUnavailableException;
import org.selectord.rotation.RotationOrders;
import org.selectord.rotation.RotationPlanner;
import org.selectord.rotation.RotationRunner;
import org.selectord.rotation.Signer;
import org.selectord.rotation.Sweep;
import org.selectord.rotation.TrustedClock;
import org.selectord.rotation.Verb;
import org.selectord.rotation.Worker;
import org.selectord.rotation.Workers;
import org.selectord.schedule.SweepSchedule;
import org.selectord.signer.opendkim.OpenDkimSettings;
import org.selectord.signer.opendkim.OpenDkimSigner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place that constructs the adapters, joins them to the heart, starts them, and stops them in reverse. */
final class Daemon implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final ConfigurationReader reader;
    private final Path file;
    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final SqlKeyRegistry registry;
    private final Sweep sweep;
    private final RightsWatch rights;
    private final AdminServer admin;
    private volatile Configuration configuration;

    /** Starts everything, or throws with what to do and leaves nothing running. */
    @SuppressWarnings("this-escape")
    Daemon(ConfigurationReader reader, Path file, Configuration configuration) throws DaemonStartException {
        this.reader = reader;
        this.file = file;
        this.configuration = configuration;
        try {
            registry = open(SqlKeyRegistry.open(
                    configuration.registry(),
                    () -> this.configuration.fleet(),
                    name -> settingsOf(name).isPresent()));
            PrivateKeyStore keystore = open(Keystores.open(configuration.keystore(), registry.instance()));
            TrustedClock trusted = trustedClock();
            PrometheusMetrics metrics = open(new PrometheusMetrics(registry, clock));
            RotationPlanner planner = new RotationPlanner();
            SpareKeys spares = new SpareKeys(keystore, keyPairs());
            metrics.spares(spares::count);
            Fleet fleet = new Fleet(registry, registry::find, this::settingsOf, () -> this.configuration.fleet());
            RotationRunner runner = new RotationRunner(
                    registry,
                    this::settingsOf,
                    planner,
                    workers(keystore, spares, trusted),
                    fleet::gate,
                    trusted::now,
                    new Listeners(new RotationLog(), metrics));
            recover(runner);
            SweepSchedule schedule = open(new SweepSchedule(
                    this::wake, () -> registry.hashHeads(trusted.now().at())));
            sweep = open(new Sweep(registry, runner, trusted::now, schedule::wakeAt));
            rights = open(new RightsWatch(RightsCheck.overDns(clock, trusted, random), () -> this.configuration));
            admin = open(new AdminServer(
                    configuration.admin(),
                    new AdminServer.Ports(
                            registry,
                            new RotationOrders(registry, this::settingsOf, trusted::now, this::wake),
                            planner,
                            this::settingsOf,
                            new ClockOfDaemon(trusted, this::wake),
                            registry,
                            fleet,
                            this::wake,
                            keystore,
                            rights::of,
                            this::reloadConfiguration,
                            metrics::scrape,
                            List.of(new ReadinessCheck("sweep", this::sweepProblem)))));
            schedule.start();
            admin.start();
            rights.start();
            background(keystore, spares, planner, trusted);
        } catch (PrivateKeyStoreException
                | AdminTokensException
                | IOException
                | SchedulerException
                | RegistryUnavailableException
                | IllegalStateException e) {
            close();
            throw new DaemonStartException(String.valueOf(e.getMessage()), e);
        }
    }

    private <T extends AutoCloseable> T open(T part) {
        opened.push(part);
        return part;
    }

    private TrustedClock trustedClock() {
        if (configuration.witnesses().isEmpty()) {
            LOG.warn(
                    "time.witness is none: this host's clock is believed; a clock that jumps forward makes waits end early");
        }
        return new TrustedClock(
                clock,
                System::nanoTime,
                configuration.witnesses(),
                Daemon::isThisHost,
                KernelClock::isSynchronised,
                registry.clockMark());
    }

    private static boolean isThisHost(InetSocketAddress address) {
        try {
            return address.getAddress().isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address.getAddress()) != null;
        } catch (SocketException e) {
            return true; // it cannot be told apart from us, so it is no witness
        }
    }

    private Map<Verb, Worker> workers(PrivateKeyStore keystore, SpareKeys spares, TrustedClock trusted)
            throws IOException {
        ZoneUpdater updater = new DnsjavaZoneUpdater(clock, Timeouts.DEFAULT, trusted);
        AuthoritativeLookup lookup = new DnsjavaAuthoritativeLookup(clock, Timeouts.DEFAULT, trusted, random);
        DnsjavaParentZone parent = DnsjavaParentZone.askingSystemResolvers(HostAddresses.system(), Timeouts.DEFAULT);
        PropagationCheck check =
                new DnsjavaPropagationCheck(clock, Timeouts.DEFAULT, trusted, HostAddresses.system(), parent, random);
        AliasCheck aliases = new DnsjavaAliasCheck(Timeouts.DEFAULT, HostAddresses.system(), parent, random);
        List<Signer> signers = new ArrayList<>();
        for (OpenDkimSettings settings : configuration.signers().values()) {
            signers.add(openDkim(settings, keystore, check));
        }
        RightsProbe probe = new DnsjavaRightsProbe(clock, Timeouts.DEFAULT, trusted, random);
        return Failpoints.around(Workers.of(new Workers.Ports(
                registry, lookup, probe, parent, updater, check, aliases, spares, keystore, signers, clock, random)));
    }

    /** The spares begin a minute after the start, which has better things to do. */
    private void background(PrivateKeyStore keystore, SpareKeys spares, RotationPlanner planner, TrustedClock trusted) {
        KeyDemand demand = new KeyDemand(registry, this::settingsOf, planner);
        SpareFiller filler = new SpareFiller(
                spares,
                period -> demand.within(period, trusted.now().at()),
                registry::isTaken,
                () -> configuration.mostSpares());
        open(new Background("key-check"))
                .every(
                        Duration.ofMinutes(10),
                        Duration.ZERO,
                        "the check of private keys",
                        new KeystoreCheck(registry, keystore)::runIfDue);
        open(new Background("spare-keys"))
                .every(SpareFiller.EVERY, Duration.ofMinutes(1), "making spare keys", filler::fill);
    }

    private KeyPairSource keyPairs() {
        FastestKeyPairSource fastest = FastestKeyPairSource.here(random);
        LOG.info("key pairs are made as fast as this class path allows: {}", fastest);
        return fastest;
    }

    private static Signer openDkim(OpenDkimSettings settings, PrivateKeyStore keystore, PropagationCheck check)
            throws IOException {
        OpenDkimSigner signer = new OpenDkimSigner(settings, keystore, check);
        signer.createAbsentTables();
        signer.problems().forEach(problem -> LOG.error("signer {}: {}", settings.id(), problem));
        return signer;
    }

    private void recover(RotationRunner runner) {
        Instant now = clock.instant();
        runner.recover();
        registry.enrol(configuration.domains().keySet(), now);
        registry.replanAll(now);
    }

    private Optional<DomainSettings> settingsOf(SigningDomain domain) {
        return Optional.ofNullable(configuration.domains().get(domain));
    }

    private void wake() {
        sweep.wake();
    }

    private Optional<String> sweepProblem() {
        return sweep.hasSwept() ? Optional.empty() : Optional.of("the first sweep has not ended yet");
    }

    /** Reads tokens and configuration again; with any error nothing changes. For SIGHUP. */
    void reload() {
        List<String> problems = admin.reload();
        problems.forEach(problem -> LOG.error("reload: {}", problem));
        LOG.info(problems.isEmpty() ? "reloaded {}" : "{} was not reloaded: nothing has changed", file);
    }

    private synchronized List<String> reloadConfiguration() {
        Loaded loaded = reader.read(file);
        if (loaded.configuration().isEmpty()) {
            return loaded.problems().stream().map(Problem::toString).toList();
        }
        Configuration read = loaded.configuration().get();
        List<String> fixed = new ArrayList<>(NeedsRestart.between(configuration, read));
        fixed.addAll(NeedsRestart.moved(configuration, read, registry::find));
        if (!fixed.isEmpty()) {
            return fixed;
        }
        registry.enrol(read.domains().keySet(), clock.instant());
        configuration = read;
        registry.replanAll(clock.instant());
        wake();
        rights.lookAgain();
        return List.of();
    }

    /** The port that the admin server listens on. */
    InetSocketAddress adminAddress() {
        return admin.address();
    }

    @Override
    public void close() {
        while (!opened.isEmpty()) {
            AutoCloseable part = opened.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop well: {}", part.getClass().getSimpleName(), e.toString());
            }
        }
    }
}
