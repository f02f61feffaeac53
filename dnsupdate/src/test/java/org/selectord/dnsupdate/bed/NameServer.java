package org.selectord.dnsupdate.bed;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A name server that is not BIND, with one zone, as a child process on a loopback port of its own; stopped by its process id. */
public final class NameServer implements AutoCloseable {
    private final Path directory;
    private final int port;
    private final Process process;

    private NameServer(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    /** A free port, to tell one server of another before either is started. */
    public static int freePort() {
        return BindBed.freePort();
    }

    /**
     * Knot DNS, which takes updates by the key and tells secondaries of them.
     *
     * @param secret of key {@code selectord}, hmac-sha256, in base64
     */
    public static NameServer knot(int port, BedZone zone, String secret, Map<String, String> environment, int... told) {
        Peers.require("knotd");
        Path directory = Unprivileged.newDirectory();
        String remotes = ids(told, i -> "  - id: told%d\n    address: 127.0.0.1@%d\n".formatted(i, told[i]));
        write(directory.resolve("conf"), """
                server:
                    listen: 127.0.0.1@%d
                    rundir: %s
                database:
                    storage: %s
                log:
                  - target: stdout
                    any: info
                key:
                  - id: selectord
                    algorithm: hmac-sha256
                    secret: %s
                %sacl:
                  - id: ours
                    action: update
                    key: selectord
                  - id: anybody
                    action: transfer
                    address: 127.0.0.1
                zone:
                  - domain: %s
                    storage: %s
                    file: zone
                    acl: [ours, anybody]
                %s""".formatted(
                port,
                directory,
                directory,
                secret,
                told.length == 0 ? "" : "remote:\n" + remotes,
                zone.apex(),
                directory,
                told.length == 0 ? "" : "    notify: [" + ids(told, i -> (i == 0 ? "" : ", ") + "told" + i) + "]\n"));
        write(directory.resolve("zone"), zone.file(1));
        List<String> command = new ArrayList<>(List.of("env"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(List.of(program("knotd"), "-c", directory.resolve("conf").toString()));
        return started(directory, port, zone.apex(), command);
    }

    /** PowerDNS on SQLite, likewise. */
    public static NameServer powerDns(int port, BedZone zone, String secret, int... told) {
        Peers.require("pdns_server", "pdnsutil", "sqlite3");
        Path directory = Unprivileged.newDirectory();
        Path database = directory.resolve("zones.db");
        write(directory.resolve("pdns.conf"), """
                launch=gsqlite3
                gsqlite3-database=%s
                local-address=127.0.0.1
                local-port=%d
                socket-dir=%s
                primary=yes
                dnsupdate=yes
                allow-dnsupdate-from=127.0.0.0/8
                allow-axfr-ips=127.0.0.0/8
                only-notify=
                guardian=no
                daemon=no
                disable-syslog=yes
                write-pid=no
                """.formatted(database, port, directory));
        write(directory.resolve("zone"), zone.file(1));
        String schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";
        runAs("sqlite3", database.toString(), ".read " + schema);
        pdnsutil(directory, "load-zone", zone.apex(), directory.resolve("zone").toString());
        pdnsutil(directory, "set-kind", zone.apex(), "primary");
        pdnsutil(directory, "import-tsig-key", "selectord", "hmac-sha256", secret);
        pdnsutil(directory, "set-meta", zone.apex(), "TSIG-ALLOW-DNSUPDATE", "selectord");
        pdnsutil(directory, "set-meta", zone.apex(), "SOA-EDIT-DNSUPDATE", "INCREASE");
        pdnsutil(directory, "set-meta", zone.apex(), "NOTIFY-DNSUPDATE", "1");
        if (told.length > 0) {
            List<String> meta = new ArrayList<>(List.of("set-meta", zone.apex(), "ALSO-NOTIFY"));
            Arrays.stream(told).forEach(other -> meta.add("127.0.0.1:" + other));
            pdnsutil(directory, meta.toArray(String[]::new));
        }
        return started(
                directory,
                port,
                zone.apex(),
                List.of(program("pdns_server"), "--config-dir=" + directory, "--no-config=no"));
    }

    /** NSD as a secondary. */
    public static NameServer nsdSecondary(int port, BedZone zone, int primaryPort) {
        Peers.require("nsd");
        Path directory = Unprivileged.newDirectory();
        write(directory.resolve("conf"), """
                server:
                    ip-address: 127.0.0.1@%d
                    username: ""
                    zonesdir: "%s"
                    database: ""
                    pidfile: ""
                    xfrdfile: "%s/xfrd.state"
                    xfrdir: "%s"
                    zonelistfile: "%s/zone.list"
                    logfile: "%s/log"
                    server-count: 1
                remote-control:
                    control-enable: no
                zone:
                    name: "%s"
                    zonefile: "zone"
                    allow-notify: 127.0.0.1 NOKEY
                    request-xfr: 127.0.0.1@%d NOKEY
                    min-refresh-time: 1
                    min-retry-time: 1
                """.formatted(
                        port, directory, directory, directory, directory, directory, zone.apex(), primaryPort));
        return started(
                directory,
                port,
                zone.apex(),
                List.of(program("nsd"), "-d", "-c", directory.resolve("conf").toString()));
    }

    /** Knot DNS as a secondary. */
    public static NameServer knotSecondary(int port, BedZone zone, int primaryPort) {
        Peers.require("knotd");
        Path directory = Unprivileged.newDirectory();
        write(directory.resolve("conf"), """
                server:
                    listen: 127.0.0.1@%d
                    rundir: %s
                database:
                    storage: %s
                log:
                  - target: stdout
                    any: info
                remote:
                  - id: primary
                    address: 127.0.0.1@%d
                acl:
                  - id: primary
                    action: notify
                    address: 127.0.0.1
                zone:
                  - domain: %s
                    storage: %s
                    file: zone
                    master: primary
                    acl: primary
                    refresh-min-interval: 2
                    retry-min-interval: 2
                """.formatted(
                        port, directory, directory, primaryPort, zone.apex(), directory));
        return started(
                directory,
                port,
                zone.apex(),
                List.of(program("knotd"), "-c", directory.resolve("conf").toString()));
    }

    private static NameServer started(Path directory, int port, String apex, List<String> command) {
        try {
            Path output = directory.resolve("output");
            Process process = new ProcessBuilder(Unprivileged.command(command))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            NameServer server = new NameServer(directory, port, process);
            await(command.get(0) + " on port " + port)
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(50))
                    .failFast(() -> {
                        if (!process.isAlive()) {
                            throw new IllegalStateException(command + " ended: " + Files.readString(output));
                        }
                    })
                    .until(() -> !server.dig(apex, "SOA").isEmpty());
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** What it serves, as {@code dig +short} prints it; nothing if it does not answer. */
    public List<String> dig(String owner, String type) {
        try {
            return Bind.dig(port, owner, type);
        } catch (IllegalStateException e) {
            return List.of();
        }
    }

    private static String program(String name) {
        return Peers.find(name).orElseThrow().toString();
    }

    private static void pdnsutil(Path directory, String... words) {
        List<String> command = new ArrayList<>(List.of(program("pdnsutil"), "--config-dir=" + directory));
        command.addAll(List.of(words));
        runAs(command.toArray(String[]::new));
    }

    private static void runAs(String... command) {
        Bind.run("", Unprivileged.command(List.of(command)).toArray(String[]::new));
    }

    private static String ids(int[] told, java.util.function.IntFunction<String> each) {
        return java.util.stream.IntStream.range(0, told.length).mapToObj(each).collect(Collectors.joining());
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
            Unprivileged.own(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        Unprivileged.remove(directory);
    }
}
