package org.selectord.bed;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;

/**
 * Knot DNS as the primary of one zone that takes updates by a key file's key. Unlike named it bears libfaketime. On loopback, stopped by its process id.
 */
public final class KnotPrimary implements AutoCloseable {
    private static final Pattern SECRET = Pattern.compile("secret \"([^\"]+)\"");

    private final Path directory;
    private final int port;
    private final Process process;

    private KnotPrimary(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    /** In this environment; the zone's negative TTL is 1 s. */
    public static KnotPrimary start(String zone, Path keyFile, Map<String, String> environment) {
        Peers.require("knotd");
        Path directory = Unprivileged.newDirectory();
        int port = freePort();
        try {
            write(directory.resolve("knot.conf"), configuration(zone, keyFile, directory, port));
            write(
                    directory.resolve("zone"),
                    "$ORIGIN " + zone + ".\n$TTL 60\n@ 1 IN SOA ns1 hostmaster 1 3600 60 7200 1\n@ IN NS ns1\n"
                            + "ns1 IN A 127.0.0.1\n");
            List<String> command = new ArrayList<>(List.of("env"));
            environment.forEach((name, value) -> command.add(name + "=" + value));
            command.addAll(List.of(
                    Peers.find("knotd").orElseThrow().toString(),
                    "-c",
                    directory.resolve("knot.conf").toString()));
            Process process = new ProcessBuilder(Unprivileged.command(command))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            KnotPrimary knot = new KnotPrimary(directory, port, process);
            await("knotd on port " + port)
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(50))
                    .failFast(() -> {
                        if (!process.isAlive()) {
                            throw new IllegalStateException(
                                    "knotd ended: " + Files.readString(directory.resolve("log")));
                        }
                    })
                    .until(() -> !knot.dig(zone, "SOA").isEmpty());
            return knot;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String configuration(String zone, Path keyFile, Path directory, int port) throws IOException {
        Matcher secret = SECRET.matcher(Files.readString(keyFile));
        if (!secret.find()) {
            throw new IllegalStateException("no secret in " + keyFile);
        }
        return """
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
                acl:
                  - id: ours
                    action: update
                    key: selectord
                zone:
                  - domain: %s
                    storage: %s
                    file: zone
                    acl: ours
                """.formatted(port, directory, directory, secret.group(1), zone, directory);
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Unprivileged.own(file);
    }

    public String hostPort() {
        return "127.0.0.1:" + port;
    }

    /** What it serves, as {@code dig +short} prints it. */
    public List<String> dig(String owner, String type) {
        try {
            Process dig = new ProcessBuilder(
                            "dig",
                            "@127.0.0.1",
                            "-p",
                            Integer.toString(port),
                            "+tcp",
                            "+norecurse",
                            "+short",
                            "+time=2",
                            "+tries=1",
                            owner,
                            type)
                    .redirectErrorStream(true)
                    .start();
            try (InputStream output = dig.getInputStream()) {
                List<String> lines = new String(output.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
                return dig.waitFor() == 0 ? lines : List.of();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        Unprivileged.remove(directory);
    }

    private static int freePort() {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
