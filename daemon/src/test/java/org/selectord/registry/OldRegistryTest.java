package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Recorded;

/** A registry that an older version wrote opens, says what it said, and goes on. */
class OldRegistryTest {
    @TempDir
    Path directory;

    @Test
    void aRegistryOfFormat1IsReadWholeAndGoesOn() throws Exception {
        try (SqlKeyRegistry registry = SqlKeyRegistry.open(loaded("format-1.sql"))) {
            ManagedDomain org = registry.find(FormatFixture.ORG).orElseThrow();
            assertThat(org).isEqualTo(FormatFixture.org().saved(1));
            assertThat(registry.find(FormatFixture.NET)).contains(ManagedDomain.enrolled(FormatFixture.NET));
            assertThat(registry.order(1)).contains(FormatFixture.CLOSED);
            assertThat(registry.order(2)).contains(FormatFixture.OPEN);
            assertThat(registry.newOrderNumber()).isEqualTo(3);
            assertThat(registry.history(Optional.empty(), 10))
                    .containsExactly(FormatFixture.ENTRIES.get(1), FormatFixture.ENTRIES.get(0));
            assertThat(registry.checkHistory().broken()).isEmpty();
            assertThat(registry.checkHistory().hourlyRows()).isEqualTo(1);
            assertThat(registry.clockMark().highest()).contains(FormatFixture.NOW);
            assertThat(registry.withOpenIntents()).containsExactly(org);
            assertThat(registry.claimDue(FormatFixture.NOW.plusSeconds(59), 10)).hasSize(1);
            assertThat(registry.claimDue(FormatFixture.NOW.plusSeconds(60), 10)).containsExactly(org);
            assertThat(org.keys())
                    .allSatisfy(key ->
                            assertThat(registry.isTaken(key.fingerprint())).isTrue());

            assertThat(registry.save(List.of(new Recorded(org, FormatFixture.NOW, List.of()))))
                    .isEmpty();
        }
    }

    @Test
    void whatFormat1WritesIsStillWhatThisVersionWrites() throws Exception {
        try (SqlKeyRegistry old = SqlKeyRegistry.open(loaded("format-1.sql"));
                SqlKeyRegistry made = SqlKeyRegistry.open(new RegistrySettings(directory.resolve("made.db")))) {
            FormatFixture.fill(made);

            assertThat(made.page(Optional.empty(), 10)).isEqualTo(old.page(Optional.empty(), 10));
            assertThat(made.keyCounts()).isEqualTo(old.keyCounts());
            assertThat(made.fleetCounts(FormatFixture.NOW)).isEqualTo(old.fleetCounts(FormatFixture.NOW));
            assertThat(made.history(Optional.empty(), 10)).isEqualTo(old.history(Optional.empty(), 10));
        }
    }

    private RegistrySettings loaded(String dump) throws IOException, SQLException {
        Path file = directory.resolve("registry.db");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(text(dump));
        }
        return new RegistrySettings(file);
    }

    private static String text(String resource) throws IOException {
        try (InputStream stream = OldRegistryTest.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IOException("no resource " + resource);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
