package org.selectord.dnsupdate.bench;

import static org.awaitility.Awaitility.await;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.dnsjava.DnsjavaPropagationCheck;
import org.selectord.dnsupdate.dnsjava.DnsjavaZoneUpdater;
import org.selectord.dnsupdate.dnsjava.Timeouts;

/**
 * {@code deploy/bench dns}: no test, so no build runs it. Every way does the same work: a fence and "name not in use" as prerequisites, one
 * TSIG key, TCP, and every record read back from the primary. The ways take turns, round after round, and the median round counts.
 */
class DnsBench {
    private static final int ROUNDS = 3;
    /** The daemon is a process that stays: what it does is compiled long since. */
    private static final int WARM_UP = 3;

    private static final int ZONES = 32;
    /** As many as nsupdate gets into 64 KiB. */
    private static final int PER_MESSAGE = 125;

    private final AtomicLong epoch = new AtomicLong();
    private final Map<OwnerName, Fence> standing = new ConcurrentHashMap<>();
    private final AtomicLong selectors = new AtomicLong();
    private final ZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, (server, theirs, sentAt, receivedAt) -> {});

    /** One way of doing it: how many records one round takes, and what it does with a zone's share of them. */
    private record Way(String called, int records, java.util.function.BiConsumer<Zone, List<TxtRRset>> publish) {}

    @Test
    void publishedPerSecond() {
        System.out.printf("%nrecords published into one BIND and read back, RSA-2048, median of %d rounds%n", ROUNDS);
        try (BindBed bed = BindBed.start(0, zones(1))) {
            oneZone(bed);
        }
        standing.clear();
        try (BindBed bed = BindBed.start(0, zones(ZONES))) {
            manyZones(bed);
        }
    }

    private void oneZone(BindBed bed) {
        List<Zone> zone = List.of(bed.zone("z0.example."));
        Tools tools = new Tools(bed.keyFile());
        int port = bed.primary().address().getPort();
        table(
                "one zone",
                zone,
                List.of(
                        new Way(
                                "nsupdate batched, dig",
                                5_000,
                                (to, sets) -> tools(tools, port, to, sets, PER_MESSAGE)),
                        new Way("nsupdate one by one, dig", 300, (to, sets) -> tools(tools, port, to, sets, 1)),
                        new Way("dnsupdate, 1000 a call", 10_000, (to, sets) -> calls(to, sets, 1_000)),
                        new Way("dnsupdate, one by one", 300, (to, sets) -> calls(to, sets, 1))),
                10_000);
    }

    private void manyZones(BindBed bed) {
        List<Zone> zones = IntStream.range(0, ZONES)
                .mapToObj(i -> bed.zone("z" + i + ".example."))
                .toList();
        Tools tools = new Tools(bed.keyFile());
        int port = bed.primary().address().getPort();
        table(
                ZONES + " zones at the same time",
                zones,
                List.of(
                        new Way(
                                "nsupdate batched, dig",
                                100 * ZONES,
                                (to, sets) -> tools(tools, port, to, sets, PER_MESSAGE)),
                        new Way("nsupdate one by one, dig", 30 * ZONES, (to, sets) -> tools(tools, port, to, sets, 1)),
                        new Way("dnsupdate, 100 a call", 100 * ZONES, (to, sets) -> calls(to, sets, 100)),
                        new Way("dnsupdate, one by one", 30 * ZONES, (to, sets) -> calls(to, sets, 1))),
                1_500);
    }

    @Test
    void publishedToSeenEverywhere() {
        int times = 31;
        try (BindBed bed = BindBed.start(2, zones(1))) {
            Zone zone = bed.zone("z0.example.");
            Tools tools = new Tools(bed.keyFile());
            PropagationCheck check = check();
            List<Double> theirs = new ArrayList<>();
            List<Double> ours = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                theirs.add(millis(() -> toolsUntilSeen(bed, tools, zone, fresh(zone))));
                ours.add(millis(() -> untilSeen(check, zone, fresh(zone))));
            }
            System.out.printf(
                    "%npublished to seen on primary and two secondaries (notify-delay 0), median and worst of %d%n",
                    times);
            row("nsupdate, dig", theirs, median(theirs));
            row("dnsupdate", ours, median(theirs));
            System.out.println("target: at most 1.5 of nsupdate, dig");
        }
    }

    /** Each secondary is told of each zone by a message of its own, and BIND sends so many a second. */
    @Test
    void aThousandZonesSeenEverywhere() {
        int zones = Integer.getInteger("selectord.zones", 1_000);
        int perSecond = 200;
        try (BindBed bed = BindBed.start(2, zones(zones))) {
            bed.primary()
                    .reconfigure(
                            conf -> conf.replaceFirst("\n  notify-rate \\d+;", "\n  notify-rate " + perSecond + ";"));
            System.out.printf(
                    "%n%d zones, a record in each, seen on primary and two secondaries (notify-rate %d: 2 notifies a zone"
                            + " take %.1f s)%n",
                    zones, perSecond, 2.0 * zones / perSecond);
            for (String round : List.of("first", "again")) {
                zonesSeenEverywhere(bed, zones, round, 2.0 * zones / perSecond);
            }
            System.out.println(
                    "target: at most 2 of the floor (the first time each zone gets its journal, on three servers)");
        }
    }

    private void zonesSeenEverywhere(BindBed bed, int zones, String round, double floor) {
        PropagationCheck check = check();
        AtomicLong slowest = new AtomicLong();
        double all = millis(() -> inParallel(ZONES, lane -> {
            double sent = millis(() -> eachOf(bed, zones, lane, zone -> calls(zone, List.of(mark(zone, round)), 1)));
            slowest.accumulateAndGet((long) sent, Math::max);
            eachOf(
                    bed,
                    zones,
                    lane,
                    zone -> await().pollInterval(Duration.ofMillis(100))
                            .atMost(Duration.ofMinutes(5))
                            .until(() -> isSeen(check, zone, mark(zone, round))));
        }));
        System.out.printf(
                Locale.ROOT,
                "  %-28s published and read back %6.1f s, all seen everywhere %6.1f s, %5.2f of the floor%n",
                round,
                slowest.get() / 1_000.0,
                all / 1_000,
                all / 1_000 / floor);
    }

    private static PropagationCheck check() {
        return new DnsjavaPropagationCheck(
                Clock.systemUTC(),
                Timeouts.DEFAULT,
                (server, theirs, sentAt, receivedAt) -> {},
                HostAddresses.system(),
                apex -> Optional.empty(),
                new SecureRandom());
    }

    private static void eachOf(BindBed bed, int zones, int lane, Consumer<Zone> work) {
        for (int i = lane; i < zones; i += ZONES) {
            work.accept(bed.zone("z" + i + ".example."));
        }
    }

    private static TxtRRset mark(Zone zone, String round) {
        return record(zone.apex().child("_domainkey").child(round + "k4x7qm2p"));
    }

    private static void row(String called, List<Double> millis, double reference) {
        System.out.printf(
                Locale.ROOT,
                "  %-28s %8.1f ms %8.1f ms %8.2f of nsupdate, dig%n",
                called,
                median(millis),
                millis.stream().max(Double::compare).orElseThrow(),
                median(millis) / reference);
    }

    private void untilSeen(PropagationCheck check, Zone zone, TxtRRset set) {
        calls(zone, List.of(set), 1);
        while (!isSeen(check, zone, set)) {
            Thread.onSpinWait();
        }
    }

    private static boolean isSeen(PropagationCheck check, Zone zone, TxtRRset set) {
        return Objects.requireNonNull(check.look(zone, Set.of(set.owner())).get(set.owner()))
                .exactEverywhere(set);
    }

    private void toolsUntilSeen(BindBed bed, Tools tools, Zone zone, TxtRRset set) {
        Fence ours = fence();
        tools.nsupdate(zone, Optional.ofNullable(standing.put(zone.apex(), ours)), ours, List.of(set), 1);
        for (int port : List.of(
                bed.primary().address().getPort(),
                bed.secondary(0).address().getPort(),
                bed.secondary(1).address().getPort())) {
            while (!tools.has(port, set)) {
                Thread.onSpinWait();
            }
        }
    }

    private void tools(Tools tools, int port, Zone zone, List<TxtRRset> sets, int perMessage) {
        Fence ours = fence();
        tools.nsupdate(zone, Optional.ofNullable(standing.put(zone.apex(), ours)), ours, sets, perMessage);
        tools.dig(zone, port, sets);
    }

    private void calls(Zone zone, List<TxtRRset> sets, int perCall) {
        for (int from = 0; from < sets.size(); from += perCall) {
            List<Change> changes = sets.subList(from, Math.min(sets.size(), from + perCall)).stream()
                    .map(Change::publish)
                    .toList();
            Fence ours = fence();
            standing.put(zone.apex(), ours);
            for (UpdateResult result : updater.apply(zone, Optional.of(ours), changes)) {
                if (result.verdict() != UpdateResult.Verdict.AS_ASKED) {
                    throw new IllegalStateException(result.cameBack());
                }
            }
        }
    }

    private void table(String title, List<Zone> zones, List<Way> ways, int target) {
        System.out.printf("%n%s%n", title);
        List<List<Double>> rates =
                ways.stream().<List<Double>>map(way -> new ArrayList<>()).toList();
        for (int round = 0; round < WARM_UP + ROUNDS; round++) {
            for (int i = 0; i < ways.size(); i++) {
                double rate = rate(zones, ways.get(i));
                if (round >= WARM_UP) {
                    rates.get(i).add(rate);
                }
            }
        }
        double batched = median(rates.get(0));
        for (int i = 0; i < ways.size(); i++) {
            double rate = median(rates.get(i));
            System.out.printf(
                    Locale.ROOT,
                    "  %-28s %6d records %8.0f a second %8.2f of batched nsupdate%n",
                    ways.get(i).called(),
                    ways.get(i).records(),
                    rate,
                    rate / batched);
        }
        System.out.printf("target: dnsupdate at least %d a second, and at least batched nsupdate%n", target);
    }

    private double rate(List<Zone> zones, Way way) {
        int each = way.records() / zones.size();
        List<List<TxtRRset>> shares = zones.stream()
                .map(zone -> IntStream.range(0, each).mapToObj(i -> fresh(zone)).toList())
                .toList();
        double millis = millis(() -> inParallel(zones.size(), i -> way.publish().accept(zones.get(i), shares.get(i))));
        return each * zones.size() / millis * 1_000;
    }

    private static void inParallel(int count, Consumer<Integer> work) {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                futures.add(threads.submit(() -> work.accept(number)));
            }
            for (Future<?> future : futures) {
                future.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** A record that has not been there. */
    private TxtRRset fresh(Zone zone) {
        OwnerName owner = zone.apex()
                .child("_domainkey")
                .child("s" + Long.toString(selectors.incrementAndGet(), 36) + "k4x7qm2p");
        return record(owner);
    }

    private static TxtRRset record(OwnerName owner) {
        TxtRecord record = new TxtRecord(List.of("v=DKIM1; k=rsa; p=" + "A".repeat(237), "B".repeat(155)));
        return new TxtRRset(owner, 3_600, List.of(record));
    }

    private Fence fence() {
        return new Fence(epoch.incrementAndGet(), "bench");
    }

    private static double millis(Runnable work) {
        long begunAt = System.nanoTime();
        work.run();
        return Duration.ofNanos(System.nanoTime() - begunAt).toNanos() / 1e6;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static BedZone[] zones(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> BedZone.of("z" + i + ".example."))
                .toArray(BedZone[]::new);
    }
}
