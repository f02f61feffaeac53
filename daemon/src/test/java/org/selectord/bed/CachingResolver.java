package org.selectord.bed;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.dnsupdate.bed.Bind;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;

/** A resolver with a cache, as receivers of mail use one: it asks one authoritative server for one zone. On loopback, stopped by its process id. */
public final class CachingResolver implements AutoCloseable {
    private static final Pattern STATUS = Pattern.compile("status: ([A-Z]+)");
    private static final Pattern FLAGS = Pattern.compile("flags:([a-z ]*)");

    private final String name;
    private final Path directory;
    private final int port;
    private final Process process;
    private final Optional<Port53> door;

    private CachingResolver(String name, Path directory, int port, Process process, Optional<Port53> door) {
        this.name = name;
        this.directory = directory;
        this.port = port;
        this.process = process;
        this.door = door;
    }

    /**
     * PowerDNS Recursor. It treats a zone that is forwarded to a server of its own apart from others, so it takes the server for a root server and asks at
     * port 53, behind which the server is put. Skips the test where that port is not to be had.
     */
    public static CachingResolver pdnsRecursor(Bind server, String... lines) {
        Peers.require("pdns_recursor");
        Path directory = Unprivileged.newDirectory();
        int port = freePort();
        write(directory.resolve("hints"), ". 3600 NS root.\nroot. 3600 A 127.0.0.1\n");
        Port53 door = Port53.to(server.address());
        write(directory.resolve("recursor.conf"), """
                local-address=127.0.0.1
                local-port=%d
                dont-query=
                hint-file=%s
                qname-minimization=no
                socket-dir=%s
                daemon=no
                threads=1
                packetcache-ttl=0
                security-poll-suffix=
                %s
                """.formatted(
                        port, directory.resolve("hints"), directory, String.join("\n", lines)));
        return start("pdns_recursor", directory, port, Optional.of(door), "--config-dir=" + directory);
    }

    /** Unbound. */
    public static CachingResolver unbound(Bind server, String zone, String... lines) {
        Peers.require("unbound");
        Path directory = Unprivileged.newDirectory();
        int port = freePort();
        write(directory.resolve("unbound.conf"), """
                server:
                  directory: "%s"
                  chroot: ""
                  username: ""
                  pidfile: ""
                  use-syslog: no
                  logfile: ""
                  interface: 127.0.0.1@%d
                  do-not-query-localhost: no
                  qname-minimisation: no
                  num-threads: 1
                  %s
                remote-control:
                  control-enable: no
                stub-zone:
                  name: "%s"
                  stub-addr: 127.0.0.1@%d
                """.formatted(
                        directory,
                        port,
                        String.join("\n  ", lines),
                        zone,
                        server.address().getPort()));
        return start(
                "unbound",
                directory,
                port,
                Optional.empty(),
                "-d",
                "-c",
                directory.resolve("unbound.conf").toString());
    }

    private static CachingResolver start(
            String program, Path directory, int port, Optional<Port53> door, String... arguments) {
        try {
            List<String> command =
                    new ArrayList<>(List.of(Peers.find(program).orElseThrow().toString()));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(Unprivileged.command(command))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            CachingResolver resolver = new CachingResolver(program, directory, port, process, door);
            await(program + " on port " + port)
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(50))
                    .failFast(() -> {
                        if (!process.isAlive()) {
                            throw new IllegalStateException(program + " ended: " + resolver.log());
                        }
                    })
                    // of a zone that nobody serves: says that it listens and plants nothing
                    .until(() -> resolver.dig("version.bind", "TXT", "CH").contains("status:"));
            return resolver;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
            Unprivileged.own(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file for its configuration to name. */
    public static Path file(String text) {
        try {
            Path file = Files.createTempFile("resolver", ".conf");
            file.toFile().deleteOnExit();
            write(file, text);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Such as NOERROR, NXDOMAIN. */
    public String status(String owner) {
        Matcher matcher = STATUS.matcher(dig(owner, "TXT", "IN"));
        return matcher.find() ? matcher.group(1) : "no answer";
    }

    /** Whether it says that it validated the answer. */
    public boolean authenticated(String owner, String type) {
        Matcher matcher = FLAGS.matcher(dig(owner, type, "IN"));
        return matcher.find() && matcher.group(1).contains(" ad");
    }

    private String dig(String owner, String type, String dnsClass) {
        try {
            Process dig = new ProcessBuilder(
                            "dig",
                            "@127.0.0.1",
                            "-p",
                            Integer.toString(port),
                            "+time=2",
                            "+tries=1",
                            "+dnssec",
                            "-c",
                            dnsClass,
                            "-t",
                            type,
                            owner)
                    .redirectErrorStream(true)
                    .start();
            try (InputStream output = dig.getInputStream()) {
                return new String(output.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String log() {
        try {
            return Files.readString(directory.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        door.ifPresent(Port53::close);
        Unprivileged.remove(directory);
    }

    /** Free for TCP and UDP at this moment. */
    private static int freePort() {
        while (true) {
            try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
                return udp.getLocalPort();
            } catch (BindException e) {
                // its UDP side is taken: another one
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Passes on what comes to 127.0.0.1, UDP port 53, one message after the other. */
    private static final class Port53 implements AutoCloseable {
        private final DatagramSocket socket;
        private final InetSocketAddress server;

        private Port53(DatagramSocket socket, InetSocketAddress server) {
            this.socket = socket;
            this.server = server;
        }

        static Port53 to(InetSocketAddress server) {
            try {
                Port53 door = new Port53(new DatagramSocket(53, InetAddress.getLoopbackAddress()), server);
                Thread passing = new Thread(door::pass, "port 53");
                passing.setDaemon(true);
                passing.start();
                return door;
            } catch (SocketException e) {
                Peers.require(false, "UDP port 53 of 127.0.0.1, free and ours to take: " + e.getMessage());
                throw new IllegalStateException(e);
            }
        }

        private void pass() {
            while (!socket.isClosed()) {
                try (DatagramSocket to = new DatagramSocket()) {
                    DatagramPacket query = new DatagramPacket(new byte[4096], 4096);
                    socket.receive(query);
                    to.setSoTimeout(1000);
                    to.send(new DatagramPacket(query.getData(), query.getLength(), server));
                    DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
                    to.receive(answer);
                    socket.send(new DatagramPacket(answer.getData(), answer.getLength(), query.getSocketAddress()));
                } catch (IOException e) {
                    // a lost message: it is asked again, or it is over
                }
            }
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
