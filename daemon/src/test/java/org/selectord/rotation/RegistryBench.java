package org.selectord.rotation;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.dnsjava.DnsjavaZoneUpdater;
import org.selectord.dnsupdate.dnsjava.Timeouts;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.registry.RegistrySettings;
import org.selectord.registry.SqlKeyRegistry;

/**
 * The registry's part of {@code deploy/bench dns}: no test, so no build runs it. As many domains, each with a key to be published, in one zone of a
 * real BIND: the intent of each is durable before, what came of it after, in the registry's file.
 */
class RegistryBench {
    private static final int DOMAINS = 4_000;
    private static final int AT_MOST = 500; // as a sweep claims them
    private static final int ROUNDS = 3;
    private static final OwnerName APEX = OwnerName.of("z0.example.");

    private int made;

    @Test
    void publishedPerSecondThroughTheRegistry(@TempDir Path directory) throws Exception {
        System.out.printf(
                "%nrecords published into one zone of one BIND through the registry, with durable intents and findings, RSA-2048%n");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        try (BindBed bed = BindBed.start(0, BedZone.of(APEX.name()).rights("allow-update { key selectord; };"));
                SqlKeyRegistry registry = SqlKeyRegistry.open(
                        RegistrySettings.of("jdbc:sqlite:" + directory.resolve("registry.db")),
                        () -> FleetSettings.DEFAULT)) {
            for (int round = 0; round <= ROUNDS; round++) {
                double rate = rate(bed, registry);
                System.out.printf(
                        Locale.ROOT,
                        "  %-28s %6d records %8.0f a second%n",
                        round == 0 ? "(warming up)" : "through the registry",
                        DOMAINS,
                        rate);
            }
            System.out.println("target: at least 1000 a second");
        }
    }

    private double rate(BindBed bed, SqlKeyRegistry registry) {
        Map<SigningDomain, DomainSettings> settings = IntStream.range(0, DOMAINS)
                .mapToObj(i -> new SigningDomain("d" + made++ + ".z0.example"))
                .collect(Collectors.toMap(name -> name, name -> settings(name, bed.settings())));
        DnsjavaZoneUpdater updater =
                new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, (server, theirs, sentAt, receivedAt) -> {});
        Map<Verb, Worker> workers = new EnumMap<>(Map.of(Verb.PUBLISH, new ChangeZone(updater)));
        RotationRunner runner = new RotationRunner(
                registry,
                name -> Optional.ofNullable(settings.get(name)),
                new RotationPlanner(),
                workers,
                FlipGate::open,
                () -> new TimeReading(Instant.now(), true),
                new RotationListener() {});
        enrol(registry, settings);
        long begunAt = System.nanoTime();
        for (int published = 0; published < DOMAINS; ) {
            List<Task> tasks = runner.begin(registry.claimDue(Instant.now(), AT_MOST));
            RotationRunner.Performed performed = runner.perform(tasks);
            runner.finish(tasks, performed);
            for (Outcome outcome : performed.outcomes()) {
                if (!(outcome instanceof Outcome.Done)) {
                    throw new IllegalStateException(outcome.toString());
                }
            }
            published += tasks.size();
        }
        double seconds = (System.nanoTime() - begunAt) / 1e9;
        // what is due next in these domains is no part of it: they stay claimed
        registry.claimDue(Instant.now().plus(Duration.ofDays(1)), made);
        return DOMAINS / seconds;
    }

    private static void enrol(SqlKeyRegistry registry, Map<SigningDomain, DomainSettings> settings) {
        Instant now = Instant.now();
        registry.enrol(settings.keySet(), now);
        List<Recorded> batch = new ArrayList<>();
        settings.forEach((name, own) -> {
            ManagedDomain domain = registry.find(name).orElseThrow();
            Look look = new Look(now, now, true);
            domain = domain.with(new Finding.Located(APEX, 60, Optional.empty()), look, own)
                    .with(new Finding.Generated(key(name, now)), look, own);
            batch.add(new Recorded(domain, now, List.of()));
        });
        for (int from = 0; from < batch.size(); from += AT_MOST) {
            registry.save(batch.subList(from, Math.min(batch.size(), from + AT_MOST)));
        }
    }

    private static ManagedKey key(SigningDomain domain, Instant now) {
        Selector selector = new Selector("s20261122k4x7qm2p");
        TxtRecord record = new TxtRecord(List.of("v=DKIM1; k=rsa; p=" + "A".repeat(237), "B".repeat(155)));
        return ManagedKey.generated(
                new KeyId(domain, 1),
                selector,
                KeyAlgorithm.RSA_2048,
                new KeyFingerprint(
                        String.format("%064x", new BigInteger(domain.name().getBytes(StandardCharsets.US_ASCII)))),
                new TxtRRset(OwnerName.of(selector.ownerName(domain)), 3_600, List.of(record)),
                now);
    }

    private static DomainSettings settings(SigningDomain domain, DnsSettings dns) {
        return new DomainSettings(
                domain,
                PolicyBuilder.policy().build(),
                Story.fenced(dns),
                List.of(new SignerId("opendkim")),
                DomainSettings.DEFAULT_AUDIT_INTERVAL);
    }
}
