package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.RegistryUnavailableException;

class RegistryKilledIT {
    private static final int ROUNDS = 5;

    @TempDir
    Path directory;

    @Test
    void nothingThatWasAcknowledgedIsLostByKillNine() throws Exception {
        Path file = directory.resolve("registry.db");
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            long acknowledged = saveUntilKilled(file, 1 + random.nextInt(400));

            try (SqlKeyRegistry registry = SqlKeyRegistry.open(new RegistrySettings(file))) {
                ManagedDomain found = registry.find(RegistryProcess.DOMAIN).orElseThrow();
                assertThat(found.version())
                        .as("round %d, seed %d: acknowledged, and at most the one that was under way", round, seed)
                        .isBetween(acknowledged, acknowledged + 1);
                assertThat(found.keys()).hasSize((int) (found.version() / 10));
                assertThat(found.keys())
                        .allSatisfy(key ->
                                assertThat(registry.isTaken(key.fingerprint())).isTrue());
                assertThat(registry.history(Optional.empty(), Integer.MAX_VALUE))
                        .extracting(HistoryEntry::text)
                        .containsExactlyElementsOf(countingDownFrom(found.version()));
                assertThat(registry.checkHistory().broken()).isEmpty();
                assertThat(registry.checkHistory().rows()).isEqualTo(found.version());
            }
            assertThat(integrity(file)).isEqualTo("ok");
        }
    }

    /** The highest number that was acknowledged before it was killed, after so many saves. */
    private static long saveUntilKilled(Path file, int saves) throws IOException, InterruptedException {
        try (RegistryProcess process = RegistryProcess.start(file)) {
            String first = process.line();
            assertThat(first).startsWith("at ");
            long acknowledged = Long.parseLong(first.substring(3));
            for (int i = 0; i < saves; i++) {
                acknowledged = Long.parseLong(process.line());
            }
            List<String> rest = process.kill();
            return rest.isEmpty() ? acknowledged : Long.parseLong(rest.get(rest.size() - 1));
        }
    }

    private static List<String> countingDownFrom(long version) {
        return LongStream.rangeClosed(1, version)
                .mapToObj(number -> Long.toString(version + 1 - number))
                .toList();
    }

    private static String integrity(Path file) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA integrity_check")) {
            return result.getString(1);
        }
    }

    @Test
    void aSecondDaemonIsRefusedWithTheFirstOnesProcessAndMayStartWhenThatWasKilled() throws Exception {
        RegistrySettings settings = new RegistrySettings(directory.resolve("registry.db"));
        try (RegistryProcess first = RegistryProcess.start(settings.file())) {
            first.line();

            assertThatThrownBy(() -> SqlKeyRegistry.open(settings))
                    .isInstanceOf(RegistryUnavailableException.class)
                    .hasMessage("another selectord (process " + first.pid() + ") works with the registry "
                            + settings.file() + " and holds the lock on " + settings.file()
                            + ".lock; one daemon a file: stop the other one, or give this one a registry of its own");
            first.kill();
        }

        SqlKeyRegistry.open(settings).close();
    }
}
