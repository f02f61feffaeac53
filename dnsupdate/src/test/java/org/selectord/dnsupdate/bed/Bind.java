package org.selectord.dnsupdate.bed;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** One named as a child process, from a directory that holds its named.conf. Stopped by its process id, at the latest with the JVM. */
public final class Bind implements AutoCloseable {
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "stop-named"));
    }

    private final Path directory;
    private final int port;
    private final int controlPort;
    private Optional<Process> process = Optional.empty();

    Bind(Path directory, int port, int controlPort) {
        this.directory = directory;
        this.port = port;
        this.controlPort = controlPort;
    }

    /** Where it answers, UDP and TCP. */
    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Where its named.conf, zone files and named.log are. */
    public Path directory() {
        return directory;
    }

    public void start() {
        try {
            Path log = directory.resolve("named.log");
            Files.deleteIfExists(log);
            List<String> command = List.of(
                    binary().toString(),
                    "-g",
                    "-4",
                    "-n",
                    "1",
                    "-c",
                    directory.resolve("named.conf").toString());
            Process started = new ProcessBuilder(Unprivileged.command(command))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            RUNNING.add(started);
            process = Optional.of(started);
            await("named in " + directory)
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(Duration.ofSeconds(20))
                    .failFast(() -> {
                        if (!started.isAlive()) {
                            throw new IllegalStateException("named ended: " + log());
                        }
                    })
                    .until(() -> log().contains("all zones loaded") && log().contains("running"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Has it answer over TLS as well, at a port of its own, and starts it anew.
     *
     * @param certificate of {@link Authority#certificateOf}
     * @param protocol such as {@code TLSv1.3}
     */
    public InetSocketAddress alsoOverTls(Path certificate, String protocol) {
        int tlsPort = BindBed.freePort();
        String name = "tls" + tlsPort;
        String tls = "tls %s { cert-file \"%s\"; key-file \"%s\"; protocols { %s; }; };%n"
                .formatted(name, certificate, Authority.keyOf(certificate), protocol);
        String listen = "listen-on port " + tlsPort + " tls " + name + " { 127.0.0.1; };";
        restart(conf -> tls + withOption(conf, listen));
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), tlsPort);
    }

    /** A named.conf with one more line among its options. */
    public static String withOption(String conf, String line) {
        return conf.replaceFirst("(?m)^options \\{$", "options {\n  " + line);
    }

    /** Stops it, if it runs, and starts it with another named.conf. */
    public void restart(UnaryOperator<String> edit) {
        stop();
        edit(edit);
        start();
    }

    /** Has it read another named.conf. */
    public void reconfigure(UnaryOperator<String> edit) {
        edit(edit);
        rndc("reconfig");
    }

    private void edit(UnaryOperator<String> edit) {
        try {
            Path conf = directory.resolve("named.conf");
            Files.writeString(conf, edit.apply(Files.readString(conf)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** AppArmor confines named by its path and would keep it out of our directory; a copy is not confined. */
    private Path binary() throws IOException {
        Path named = Peers.find("named").orElseThrow();
        Path profiles = Path.of("/sys/kernel/security/apparmor/profiles");
        if (!Files.isReadable(profiles) || !Files.readString(profiles).contains("named")) {
            return named;
        }
        Path copy = directory.resolve("named");
        if (!Files.exists(copy)) {
            Files.copy(named, copy);
            Unprivileged.own(copy);
        }
        return copy;
    }

    /** What it logged since it was started. */
    public String log() {
        try {
            return Files.readString(directory.resolve("named.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGTERM, and waits until it is gone. */
    public void stop() {
        process.ifPresent(running -> {
            signal("CONT");
            running.destroy();
            gone(running);
        });
    }

    /** kill -9. */
    public void kill() {
        process.ifPresent(running -> {
            running.destroyForcibly();
            gone(running);
        });
    }

    private void gone(Process running) {
        try {
            if (!running.waitFor(10, TimeUnit.SECONDS)) {
                running.destroyForcibly().waitFor();
            }
            RUNNING.remove(running);
            process = Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** SIGSTOP: it takes connections, as the kernel does, and answers nothing. */
    public void freezeProcess() {
        signal("STOP");
    }

    /** SIGCONT: it goes on with what arrived meanwhile. */
    public void thawProcess() {
        signal("CONT");
    }

    private void signal(String name) {
        process.filter(Process::isAlive)
                .ifPresent(running -> run("", "kill", "-" + name, Long.toString(running.pid())));
    }

    /** Such as {@code rndc("freeze", "example.org")}. */
    public String rndc(String... command) {
        List<String> all = new ArrayList<>(List.of(
                Peers.find("rndc").orElseThrow().toString(),
                "-s",
                "127.0.0.1",
                "-p",
                Integer.toString(controlPort),
                "-k",
                directory.resolve("rndc.key").toString()));
        all.addAll(List.of(command));
        return run("", all.toArray(String[]::new));
    }

    /** Changes a zone as somebody else, who may do anything: lines such as {@code update add x.example.org. 60 TXT "y"}. */
    public void nsupdate(String... lines) {
        String script = "server 127.0.0.1 " + port + "\n" + String.join("\n", lines) + "\nsend\n";
        run(script, "nsupdate", "-v", "-k", directory.resolve("admin.key").toString());
    }

    /** What it serves, as {@code dig +short} prints it: a witness that is not ours. */
    public List<String> dig(String owner, String type) {
        return dig(port, owner, type);
    }

    /** Whether it has all these zones. */
    boolean serves(List<String> apexes) {
        List<String> command = new ArrayList<>(List.of(
                "dig", "@127.0.0.1", "-p", Integer.toString(port), "+norecurse", "+short", "+time=2", "+tries=2"));
        apexes.forEach(apex -> command.addAll(List.of(apex, "SOA")));
        return run("", command.toArray(String[]::new)).lines().count() == apexes.size();
    }

    static List<String> dig(int port, String owner, String type) {
        return run(
                        "",
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
                .lines()
                .toList();
    }

    /** The DS of a zone that it signs with one key, without owner and type. */
    public String ds(String apex) {
        String key = dig(apex, "DNSKEY").get(0);
        String record = run(apex + ". 60 IN DNSKEY " + key + "\n", "dnssec-dsfromkey", "-2", "-f", "-", apex);
        return record.substring(record.indexOf(" DS ") + 4).strip();
    }

    /** All records of a zone, one a line, tab-separated, as a zone transfer shows them. */
    public List<String> axfr(String apex) {
        return run("", "dig", "@127.0.0.1", "-p", Integer.toString(port), "+noall", "+answer", apex, "AXFR")
                .lines()
                .map(line -> line.replaceAll("[ \t]+", "\t"))
                .toList();
    }

    /** Runs a program to its end; anything but success is a failure of the test. */
    static String run(String input, String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String output;
            try (InputStream stream = process.getInputStream()) {
                output = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            }
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed: " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        stop();
    }
}
