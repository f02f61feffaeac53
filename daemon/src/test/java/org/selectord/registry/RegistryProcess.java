package org.selectord.registry;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Recorded;

/** A process of its own that saves numbered records, prints each number after save has returned, and ends only by a kill. */
final class RegistryProcess implements AutoCloseable {
    static final SigningDomain DOMAIN = new SigningDomain("example.org");

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private final Process process;
    private final Path log;
    private final BufferedReader output;

    private RegistryProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        this.output = process.inputReader(StandardCharsets.US_ASCII);
    }

    static RegistryProcess start(Path file) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = Optional.ofNullable(System.getProperty("surefire.test.class.path"))
                .orElse(System.getProperty("java.class.path"));
        Path log = file.resolveSibling("stderr");
        Process process = new ProcessBuilder(
                        java, "-Xmx128m", "-cp", classPath, RegistryProcess.class.getName(), file.toString())
                .redirectError(log.toFile())
                .start();
        return new RegistryProcess(process, log);
    }

    /** The next line it prints. */
    String line() throws IOException {
        Optional<String> line = next();
        if (line.isEmpty()) {
            throw new IllegalStateException("it has ended: " + Files.readString(log));
        }
        return line.get();
    }

    /** kill -9; what it had printed until then. */
    List<String> kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("process " + process.pid() + " outlives kill -9");
        }
        List<String> rest = new ArrayList<>();
        try {
            for (Optional<String> line = next(); line.isPresent(); line = next()) {
                rest.add(line.get());
            }
        } catch (IOException e) {
            return rest; // the pipe ended with the process
        }
        return rest;
    }

    private Optional<String> next() throws IOException {
        return Optional.ofNullable(output.readLine());
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The child. */
    public static void main(String[] args) {
        PrintStream acknowledged = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
        System.setOut(System.err); // logs
        SqlKeyRegistry registry = SqlKeyRegistry.open(new RegistrySettings(Path.of(args[0])));
        registry.enrol(Set.of(DOMAIN), NOW);
        ManagedDomain domain = registry.find(DOMAIN).orElseThrow();
        RandomDomains random = new RandomDomains(domain.version()); // never the same keys twice
        acknowledged.println("at " + domain.version());
        while (true) {
            long number = domain.version() + 1;
            ManagedDomain next = grown(random, domain, number);
            HistoryEntry entry = new HistoryEntry(
                    Optional.of(DOMAIN),
                    NOW,
                    "SAVED",
                    Optional.empty(),
                    "",
                    Long.toString(number),
                    "",
                    List.of("seen"));
            if (!registry.save(List.of(new Recorded(next, NOW, List.of(entry)))).isEmpty()) {
                throw new IllegalStateException("stale, with no other writer");
            }
            acknowledged.println(number);
            registry.hashHeads(NOW.plus(Duration.ofHours(number)));
            domain = next.saved(number);
        }
    }

    /** Rich content, so that a save is many pages; every tenth save binds one more key. */
    private static ManagedDomain grown(RandomDomains random, ManagedDomain before, long number) {
        ManagedDomain rich = random.next(DOMAIN);
        List<ManagedKey> keys = new ArrayList<>(before.keys());
        if (number % 10 == 0) {
            keys.add(random.key(DOMAIN, keys.size() + 1));
        }
        return new ManagedDomain(
                DOMAIN,
                keys,
                List.of(),
                rich.intents(),
                rich.waits(),
                rich.halts(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                rich.zone(),
                before.version());
    }
}
