package org.selectord.bed;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;
import org.selectord.proof.MilterAddress;
import org.selectord.rotation.SignerId;
import org.selectord.signer.opendkim.OpenDkimSettings;
import org.selectord.signer.opendkim.Trigger;

/**
 * A real OpenDKIM on loopback, as an unprivileged user, with a configuration of its own that reads selectord's tables. Where Maven is root, what a test wrote as root
 * becomes that user's with {@link #reloadCommand()} and with {@link #start()}; in production selectord runs as that user and there is nothing to give away.
 */
public final class OpenDkimBed implements AutoCloseable {
    private final Path home;
    private final MilterAddress address;
    private Optional<Process> process = Optional.empty();

    private OpenDkimBed(Path home, MilterAddress address) {
        this.home = home;
        this.address = address;
    }

    /** Not started, without tables. Skips the test where OpenDKIM is missing. */
    public static OpenDkimBed create() {
        Peers.require("opendkim");
        return new OpenDkimBed(Unprivileged.newDirectory(), new MilterAddress.Inet("127.0.0.1", freePort()))
                .configure("");
    }

    /** The same on a Unix socket. */
    public static OpenDkimBed onUnixSocket() {
        Peers.require("opendkim");
        Path home = Unprivileged.newDirectory();
        return new OpenDkimBed(home, new MilterAddress.Local(home.resolve("milter.sock"))).configure("");
    }

    /** Writes the configuration anew, with further lines that win over the usual ones. */
    public OpenDkimBed configure(String further) {
        write(conf(), """
                Syslog no
                Socket %s
                PidFile %s
                Background no
                Mode s
                Canonicalization relaxed/simple
                KeyTable file:%s/KeyTable
                SigningTable refile:%s/SigningTable
                %s
                """.formatted(address, pidFile(), directory(), directory(), further));
        return this;
    }

    public Path home() {
        return home;
    }

    public Path conf() {
        return home.resolve("opendkim.conf");
    }

    public Path pidFile() {
        return home.resolve("opendkim.pid");
    }

    /** Where selectord's tables and key files are. */
    public Path directory() {
        return home.resolve("selectord");
    }

    public MilterAddress address() {
        return address;
    }

    public OpenDkimSettings settings(Trigger reload) {
        return new OpenDkimSettings(
                new SignerId("opendkim"),
                conf(),
                directory(),
                reload,
                Optional.empty(),
                OpenDkimSettings.DEFAULT_SETTLE,
                address);
    }

    /** Gives what was written to OpenDKIM's user, and tells OpenDKIM to read its configuration again. */
    public Trigger reloadCommand() {
        String own = Unprivileged.weAreRoot() ? "chown -R --reference=" + home + " " + directory() + " && " : "";
        return new Trigger.Command(List.of("sh", "-c", own + "kill -USR1 $(cat " + pidFile() + ")"));
    }

    public Trigger reloadSignal() {
        return new Trigger.Signal("USR1", pidFile());
    }

    /** A file of OpenDKIM's user. */
    public void write(Path file, String text) {
        try {
            Files.writeString(file, text);
            Unprivileged.own(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything below the bed becomes OpenDKIM's user's. */
    public void own() {
        try (Stream<Path> paths = Files.walk(home)) {
            paths.forEach(Unprivileged::own);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it and waits until it answers. */
    public OpenDkimBed start() {
        own();
        try {
            Process started = new ProcessBuilder(Unprivileged.command(
                            List.of(Peers.find("opendkim").orElseThrow().toString(), "-f", "-x", conf().toString())))
                    .redirectErrorStream(true)
                    .redirectOutput(home.resolve("opendkim.out").toFile())
                    .start();
            process = Optional.of(started);
            await("OpenDKIM at " + address)
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> answers() && Files.exists(pidFile()));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        try (SocketChannel channel = address.open()) {
            return channel.connect(address.resolve());
        } catch (IOException e) {
            if (!process.orElseThrow().isAlive()) {
                throw new IllegalStateException("OpenDKIM ended: " + output(), e);
            }
            return false;
        }
    }

    private String output() {
        try {
            return Files.readString(home.resolve("opendkim.out"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until somebody has ended it. */
    public void awaitEnd() {
        process.ifPresent(running -> {
            try {
                running.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** At once: asked politely, it takes five seconds. */
    public void stop() {
        process.ifPresent(Process::destroyForcibly);
        awaitEnd();
        process = Optional.empty();
        try {
            Files.deleteIfExists(pidFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        stop();
        Unprivileged.remove(home);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
