package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Recorded;
import org.selectord.rotation.RegistryUnavailableException;

/** On a real file system of 4 MB that is really full; mounting it needs root. */
class RegistryFullDiskIT {
    private static final SigningDomain ORG = new SigningDomain("example.org");
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    Path directory;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(directory.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "selectord-test", disk.toString());
        if (!mounted) {
            String reason = "no tmpfs can be mounted here: the registry on a full disk is not tested (needs root)";
            if ("true".equals(System.getenv("SELECTORD_REQUIRE_PEERS"))) {
                fail(reason);
            }
            System.err.println("SKIPPED: " + reason);
            abort(reason);
        }
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
    }

    @Test
    void onAFullDiskNothingIsRecordedAndItGoesOnByItselfWhenThereIsSpace() throws Exception {
        try (SqlKeyRegistry registry = SqlKeyRegistry.open(settings())) {
            registry.enrol(Set.of(ORG), NOW);
            save(registry);
            fillUp();

            RegistryUnavailableException failure = saveUntilItFails(registry);

            assertThat(failure)
                    .hasMessageContaining(
                            "could not save example.org in " + settings().file())
                    .hasMessageContaining("SQLITE_FULL")
                    .hasMessageContaining("nothing of it was recorded; free some space");
            long saved = saved(registry);
            for (int i = 0; i < 20; i++) {
                assertUnavailable(() -> save(registry));
                assertUnavailable(registry::probe);
            }
            assertThat(saved(registry)).isEqualTo(saved);
            assertThat(registry.claimDue(NOW, 1)).hasSize(1);

            Files.delete(filler());

            registry.probe();
            save(registry);
            assertThat(saved(registry)).isEqualTo(saved + 1);
        }
        try (SqlKeyRegistry again = SqlKeyRegistry.open(settings())) {
            saved(again);
        }
    }

    @Test
    void whatWasCommittedIsThereAfterARestartOnTheFullDisk() throws Exception {
        long saved;
        try (SqlKeyRegistry registry = SqlKeyRegistry.open(settings())) {
            registry.enrol(Set.of(ORG), NOW);
            fillUp();
            saveUntilItFails(registry);
            saved = saved(registry);
        }
        Files.delete(filler());

        try (SqlKeyRegistry again = SqlKeyRegistry.open(settings())) {
            assertThat(saved(again)).isEqualTo(saved);
            save(again);
        }
    }

    @Test
    void aRegistryCannotBeMadeOnAFullDiskNorOpenedOnOneThatIsReadOnly() throws Exception {
        fillUp();
        assertUnavailable(() -> SqlKeyRegistry.open(settings()));
        Files.delete(filler());
        SqlKeyRegistry.open(settings()).close();

        assertThat(run("mount", "-o", "remount,ro", disk.toString())).isTrue();

        assertThatThrownBy(() -> SqlKeyRegistry.open(settings()))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("Read-only file system")
                .hasMessageContaining("writable for this user");
    }

    private RegistrySettings settings() {
        return new RegistrySettings(disk.resolve("registry.db"));
    }

    private Path filler() {
        return disk.resolve("filler");
    }

    private void fillUp() throws IOException {
        try (OutputStream filler = Files.newOutputStream(filler())) {
            while (true) {
                filler.write(new byte[4096]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    /** Saves go on in what the write-ahead log has allocated already; then they fail. */
    private static RegistryUnavailableException saveUntilItFails(SqlKeyRegistry registry) {
        for (int i = 0; i < 10_000; i++) {
            try {
                save(registry);
            } catch (RegistryUnavailableException e) {
                return e;
            }
        }
        return fail("the disk is full, and yet everything is saved");
    }

    private static void save(SqlKeyRegistry registry) {
        ManagedDomain known = registry.find(ORG).orElseThrow();
        String text = "x".repeat(3000) + (known.version() + 1);
        HistoryEntry entry =
                new HistoryEntry(Optional.of(ORG), NOW, "SAVED", Optional.empty(), "", text, "", List.of());
        assertThat(registry.save(List.of(new Recorded(known, NOW, List.of(entry)))))
                .isEmpty();
    }

    /** How many saves are recorded; record and history agree. */
    private static long saved(SqlKeyRegistry registry) {
        long version = registry.find(ORG).orElseThrow().version();
        assertThat(registry.history(Optional.of(ORG), Integer.MAX_VALUE)).hasSize((int) version);
        assertThat(registry.checkHistory().broken()).isEmpty();
        return version;
    }

    private static void assertUnavailable(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(RegistryUnavailableException.class);
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS)
                    && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // no such program
        }
    }
}
