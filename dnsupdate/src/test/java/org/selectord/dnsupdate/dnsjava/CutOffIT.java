package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.bed.NameServer;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;

/**
 * A secondary on a host of its own (a network namespace), which everybody reaches while it cannot reach its primary: it goes on answering, with what
 * was true before.
 */
@Timeout(60)
class CutOffIT {
    private static final String HOST = "sd" + ProcessHandle.current().pid();
    private static final String NET = "10.71." + ProcessHandle.current().pid() % 250 + ".";
    /** Where the client is, the secondary, and the primary as the secondary knows it. */
    private static final String OURS = NET + "1";

    private static final String SECONDARY = NET + "2";
    private static final String PRIMARY = NET + "3";

    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);
    private final int port = NameServer.freePort();
    private final List<Process> running = new ArrayList<>();
    private Optional<Path> directory = Optional.empty();

    @BeforeEach
    void makeHost() throws Exception {
        Peers.require("named", "ip");
        Peers.require(
                Unprivileged.weAreRoot() && ip("netns", "add", HOST),
                "a network namespace that may be made (needs root): a secondary cut off from its primary is not tested");
        assertThat(ip("link", "add", HOST, "type", "veth", "peer", "name", "eth0", "netns", HOST)
                        && ip("addr", "add", OURS + "/24", "dev", HOST)
                        && ip("addr", "add", PRIMARY + "/24", "dev", HOST)
                        && ip("link", "set", HOST, "up")
                        && ip("-n", HOST, "addr", "add", SECONDARY + "/24", "dev", "eth0")
                        && ip("-n", HOST, "link", "set", "eth0", "up"))
                .isTrue();
    }

    @AfterEach
    void removeHost() throws Exception {
        for (Process process : running) {
            process.destroyForcibly().waitFor();
        }
        directory.ifPresent(Unprivileged::remove);
        if (Unprivileged.weAreRoot()) {
            ip("netns", "del", HOST);
        }
    }

    @Test
    void aSecondaryThatIsCutOffFromItsPrimaryHoldsUpEveryProofUntilItIsBack() throws Exception {
        try (BindBed bed = BindBed.start(0, BedZone.of("example.org."))) {
            bed.primary()
                    .restart(conf -> conf.replace(
                                    "{ 127.0.0.1; };\n  listen-on-v6",
                                    "{ 127.0.0.1; " + PRIMARY + "; };\n  listen-on-v6")
                            .replace("also-notify { };", "also-notify { " + SECONDARY + " port " + port + "; };"));
            startSecondary(bed.primary().address().getPort());
            TxtRRset old = Given.rsa2048("old._domainkey.example.org");
            TxtRRset late = Given.rsa2048("late._domainkey.example.org");
            apply(bed, Change.publish(old));
            await().atMost(Duration.ofSeconds(20)).until(() -> shown(bed, old).equals(List.of(true, true)));

            assertThat(ip("-n", HOST, "route", "add", "blackhole", PRIMARY + "/32"))
                    .isTrue();
            apply(bed, Change.publish(late));
            apply(bed, Change.withdraw(old));
            await().during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> shown(bed, late).equals(List.of(true, false))
                            && shown(bed, old).equals(List.of(false, true)));

            assertThat(ip("-n", HOST, "route", "del", "blackhole", PRIMARY + "/32"))
                    .isTrue();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> shown(bed, late).equals(List.of(true, true))
                            && shown(bed, old).equals(List.of(false, false)));
        }
    }

    private void apply(BindBed bed, Change change) {
        assertThat(updater.apply(zone(bed), Optional.empty(), List.of(change))
                        .get(0)
                        .verdict())
                .isEqualTo(Verdict.AS_ASKED);
    }

    /** Whether the primary shows it exactly, and whether the secondary does, which both answer. */
    private List<Boolean> shown(BindBed bed, TxtRRset set) {
        PropagationCheck check = Given.propagationCheck();
        Propagation seen = Objects.requireNonNull(
                check.look(zone(bed), Set.of(set.owner())).get(set.owner()));
        return seen.servers().stream().map(answer -> answer.holdsExactly(set)).toList();
    }

    private Zone zone(BindBed bed) {
        DnsSettings dns = bed.settings();
        return new Zone(
                Given.APEX,
                new DnsSettings(
                        dns.name(),
                        dns.primaries(),
                        dns.tsig(),
                        dns.recordTtl(),
                        dns.authoritative(),
                        List.of(new InetSocketAddress(literal(SECONDARY), port)),
                        dns.fudge(),
                        dns.lateMargin()));
    }

    private static InetAddress literal(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void startSecondary(int primaryPort) throws IOException {
        Path home = Unprivileged.newDirectory();
        directory = Optional.of(home);
        Path conf = Files.writeString(
                home.resolve("named.conf"), """
                options {
                  directory "%s";
                  listen-on port %d { %s; };
                  listen-on-v6 { none; };
                  pid-file none; lock-file none; session-keyfile none;
                  recursion no; dnssec-validation no; empty-zones-enable no;
                  min-refresh-time 1; min-retry-time 1; max-retry-time 1;
                };
                controls { };
                zone "example.org." {
                  type secondary; file "zone"; notify no; allow-notify { any; };
                  primaries { %s port %d; };
                };
                """.formatted(home, port, SECONDARY, PRIMARY, primaryPort));
        Unprivileged.own(conf);
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", HOST));
        command.addAll(Unprivileged.command(
                List.of(Peers.find("named").orElseThrow().toString(), "-g", "-4", "-n", "1", "-c", conf.toString())));
        running.add(new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("named.log").toFile())
                .start());
    }

    private static boolean ip(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(words));
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }
}
