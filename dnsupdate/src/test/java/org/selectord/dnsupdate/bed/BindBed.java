package org.selectord.dnsupdate.bed;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.Zone;

/**
 * A primary and its secondaries, all on 127.0.0.1 at ports of their own, with zones, the {@code update-policy} of the manual and one TSIG key
 * for selectord.
 */
public final class BindBed implements AutoCloseable {
    private static final String KEY = "selectord";
    private static final String ADMIN = "admin";

    private final Path directory;
    private final byte[] secret = new byte[32];
    private final List<BedZone> zones;
    private final List<Bind> servers = new ArrayList<>();

    private BindBed(List<BedZone> zones) {
        this.zones = List.copyOf(zones);
        this.directory = Unprivileged.newDirectory();
        new SecureRandom().nextBytes(secret);
    }

    /** Starts all and waits until every secondary has every zone. Skips the test where BIND is missing. */
    public static BindBed start(int secondaries, BedZone... zones) {
        Peers.require("named", "rndc", "nsupdate", "dig");
        BindBed bed = new BindBed(List.of(zones));
        try {
            bed.configure(1 + secondaries);
            bed.servers.forEach(Bind::start);
            bed.servers.forEach(bed::awaitZones);
            return bed;
        } catch (RuntimeException | IOException e) {
            bed.close();
            throw new IllegalStateException("the bed in " + bed.directory + " could not be made", e);
        }
    }

    public Bind primary() {
        return servers.get(0);
    }

    /** From 0. */
    public Bind secondary(int index) {
        return servers.get(1 + index);
    }

    /** selectord's key. */
    public TsigKey key() {
        return new TsigKey(OwnerName.of(KEY), "hmac-sha256", new TsigSecret(secret));
    }

    /** Its secret, in base64. */
    public String secret() {
        return Base64.getEncoder().encodeToString(secret);
    }

    /** The same, as a BIND key file, 0600. */
    public Path keyFile() {
        return directory.resolve("selectord.key");
    }

    /** All servers of the bed as the list that must have a record; a fudge and margin that a test can wait for. */
    public DnsSettings settings() {
        List<InetSocketAddress> all = servers.stream().map(Bind::address).toList();
        return new DnsSettings(
                "bed",
                List.of(primary().address()),
                key(),
                Duration.ofHours(1),
                Optional.of(all),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN);
    }

    public Zone zone(String apex) {
        return new Zone(OwnerName.of(apex), settings());
    }

    private void awaitZones(Bind server) {
        List<String> apexes = zones.stream().map(BedZone::apex).toList();
        await("all zones at " + server.address())
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(20 + zones.size() / 20))
                .failFast(() -> {
                    if (server.log().contains("not loaded due to errors")) {
                        throw new IllegalStateException("a zone is wrong: " + server.log());
                    }
                })
                .until(() -> server.serves(apexes));
    }

    private void configure(int count) throws IOException {
        List<Integer> ports =
                Stream.generate(BindBed::freePort).distinct().limit(2L * count).toList();
        writeKey(keyFile(), KEY, secret);
        for (int i = 0; i < count; i++) {
            Path home = directory.resolve(i == 0 ? "primary" : "secondary" + i);
            Files.createDirectory(home);
            Unprivileged.own(home);
            writeKey(home.resolve("selectord.key"), KEY, secret);
            writeKey(home.resolve("admin.key"), ADMIN, random());
            writeKey(home.resolve("rndc.key"), "rndc-key", random());
            servers.add(new Bind(home, ports.get(i), ports.get(count + i)));
            write(
                    home.resolve("named.conf"),
                    i == 0 ? primaryConf(home, ports, count) : secondaryConf(home, ports, i, count));
        }
        for (BedZone zone : zones) {
            write(directory.resolve("primary").resolve(fileName(zone)), zone.file(count));
        }
    }

    private String primaryConf(Path home, List<Integer> ports, int count) {
        StringBuilder conf = new StringBuilder(options(home, ports.get(0), ports.get(count)));
        StringBuilder notify = new StringBuilder();
        ports.subList(1, count).forEach(port -> notify.append(" 127.0.0.1 port " + port + ";"));
        for (BedZone zone : zones) {
            conf.append("zone \"" + zone.apex() + "\" {\n  type primary;\n  file \"" + fileName(zone) + "\";\n"
                    // the secondaries have the address of the primary, so NS leads nowhere: tell each by its port
                    + (zone.notified()
                            ? "  notify explicit;\n  also-notify {" + notify + " };\n  "
                            : "  notify no;\n  ")
                    + zone.updatePolicy(KEY, ADMIN) + "\n  " + String.join("\n  ", zone.options()) + "\n};\n");
        }
        return conf.toString();
    }

    private String secondaryConf(Path home, List<Integer> ports, int index, int count) {
        StringBuilder conf = new StringBuilder(options(home, ports.get(index), ports.get(count + index)));
        for (BedZone zone : zones) {
            conf.append("zone \"" + zone.apex() + "\" {\n  type secondary;\n  file \"" + fileName(zone)
                    + "\";\n  notify no;\n  primaries { 127.0.0.1 port " + ports.get(0) + "; };\n};\n");
        }
        return conf.toString();
    }

    private static String options(Path home, int port, int controlPort) {
        return """
                options {
                  directory "%s";
                  listen-on port %d { 127.0.0.1; };
                  listen-on-v6 { none; };
                  pid-file none;
                  lock-file none;
                  session-keyfile none;
                  recursion no;
                  dnssec-validation no;
                  empty-zones-enable no;
                  check-names primary ignore;
                  notify-delay 0;
                  notify-rate 1000;
                  startup-notify-rate 1000;
                  serial-query-rate 1000;
                  min-refresh-time 1;
                  min-retry-time 1;
                };
                dnssec-policy "nsec3" {
                  keys { csk lifetime unlimited algorithm ecdsap256sha256; };
                  nsec3param iterations 0 optout no salt-length 0;
                };
                include "%s/selectord.key";
                include "%s/admin.key";
                include "%s/rndc.key";
                controls { inet 127.0.0.1 port %d allow { 127.0.0.1; } keys { rndc-key; }; };
                """.formatted(home, port, home, home, home, controlPort);
    }

    private static void writeKey(Path file, String name, byte[] octets) throws IOException {
        write(
                file,
                "key \"" + name + "\" {\n\talgorithm hmac-sha256;\n\tsecret \""
                        + Base64.getEncoder().encodeToString(octets) + "\";\n};\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Unprivileged.own(file);
    }

    private static byte[] random() {
        byte[] octets = new byte[32];
        new SecureRandom().nextBytes(octets);
        return octets;
    }

    private static String fileName(BedZone zone) {
        return zone.apex() + "zone";
    }

    /** Free for TCP and UDP at this moment. */
    static int freePort() {
        while (true) {
            try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
                return udp.getLocalPort();
            } catch (java.net.BindException e) {
                // its UDP side is taken: another one
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        servers.forEach(Bind::close);
        Unprivileged.remove(directory);
    }
}
