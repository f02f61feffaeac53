package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.KeyRegistry;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Recorded;
import org.selectord.rotation.RegistryUnavailableException;
import org.selectord.rotation.RegistryView;
import org.selectord.rotation.TrustedClock;

class SqlKeyRegistryTest extends KeyRegistryContract {
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path directory;

    private SqlKeyRegistry registry;

    @BeforeEach
    void open() {
        registry = SqlKeyRegistry.open(settings(), SHORT);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Override
    KeyRegistry registry() {
        return registry;
    }

    @Override
    RegistryView view() {
        return registry;
    }

    @Override
    TrustedClock.Mark mark() {
        return registry.clockMark();
    }

    @Override
    void restart() {
        close();
        open();
    }

    private RegistrySettings settings() {
        return new RegistrySettings(file());
    }

    private Path file() {
        return directory.resolve("registry.db");
    }

    // ---- the file

    @Test
    void everyFileOfItIsOpenToItsOwnerAlone() throws IOException {
        registry.probe();

        try (var files = Files.list(directory)) {
            assertThat(files)
                    .extracting(file -> file.getFileName() + " " + permissions(file))
                    .containsExactlyInAnyOrder(
                            "registry.db rw-------",
                            "registry.db-wal rw-------",
                            "registry.db-shm rw-------",
                            "registry.db.lock rw-------");
        }
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"registry.db", "registry.db.lock"})
    void aFileThatOthersMayReadIsRefusedWithTheCommandThatHelps(String name) throws IOException {
        close();
        Path wide = directory.resolve(name);
        Files.setPosixFilePermissions(wide, PosixFilePermissions.fromString("rw-r-----"));

        assertThatThrownBy(this::open)
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("(rw-r-----): chmod 600 " + wide);

        Files.setPosixFilePermissions(wide, PosixFilePermissions.fromString("rw-------"));
        open();
    }

    @Test
    void aDomainThatTheConfigurationDoesNotNameIsUnlistedFromItsNextSaveOnAsLongAsItHasKeys() {
        close();
        Set<SigningDomain> listed = new HashSet<>(Set.of(ORG, NET));
        registry = SqlKeyRegistry.open(settings(), () -> FleetSettings.DEFAULT, listed::contains);
        registry.enrol(listed, NOW);
        ManagedKey signs = active(key(ORG, 1, "s1"), NOW);
        save(withKeys(known(ORG), List.of(signs), 0), NOW);
        save(known(NET), NOW);
        assertThat(registry.fleetCounts(NOW).unlisted()).isZero();

        listed.clear();
        save(known(ORG), NOW);
        save(known(NET), NOW);
        assertThat(registry.fleetCounts(NOW).unlisted()).isEqualTo(1);
        assertThat(registry.fleetCounts(NOW).signing()).isZero();
        assertThat(registry.fleetCounts(NOW).waiting()).as("it never had a key").isEqualTo(1);

        listed.add(ORG);
        save(known(ORG), NOW);
        assertThat(registry.fleetCounts(NOW).signing()).isEqualTo(1);
    }

    @Test
    void aDirectoryThatOthersMayWriteInIsRefused() throws IOException {
        close();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));

        assertThatThrownBy(this::open)
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("chmod go-w " + directory);

        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        open();
    }

    @Test
    void aMissingDirectoryIsMadeForUsAlone() throws IOException {
        Path file = directory.resolve("a/b/registry.db");

        SqlKeyRegistry.open(new RegistrySettings(file), SHORT).close();

        assertThat(permissions(directory.resolve("a/b"))).isEqualTo("rwx------");
    }

    @Test
    void aSecondDaemonIsRefusedAndTheFirstKeepsItsLock() {
        assertThatThrownBy(() -> SqlKeyRegistry.open(settings(), SHORT))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("another selectord (this process) works with the registry " + file());
        assertThatThrownBy(() -> SqlKeyRegistry.open(settings(), SHORT))
                .isInstanceOf(RegistryUnavailableException.class);

        registry.probe();
    }

    @Test
    void aSymbolicLinkDoesNotLeadAroundTheLock() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("other.db"), file());

        assertThatThrownBy(() -> SqlKeyRegistry.open(new RegistrySettings(link), SHORT))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("another selectord");
    }

    @Test
    void aFileThatIsNoRegistryIsRefusedAndLeftAlone() throws IOException {
        Path text = Files.createFile(
                directory.resolve("notes.txt"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(text, "not a database, but quite long all the same\n".repeat(100));
        String before = Files.readString(text);

        assertThatThrownBy(() -> SqlKeyRegistry.open(new RegistrySettings(text), SHORT))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining(text.toString())
                .hasMessageContaining("this is no registry");
        assertThat(Files.readString(text)).isEqualTo(before);
    }

    @Test
    void aFileThatANewerVersionHasMigratedIsRefused() throws SQLException {
        close();
        execute("INSERT INTO flyway_schema_history SELECT installed_rank + 1, '2', 'fence', type, 'V2__fence.sql', 7,"
                + " installed_by, installed_on, execution_time, success FROM flyway_schema_history");

        assertThatThrownBy(this::open)
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining(file() + " does not fit this version of selectord")
                .hasMessageContaining("start the version that wrote it last");

        execute("DELETE FROM flyway_schema_history WHERE version = '2'");
        open();
    }

    @Test
    void aRecordOfANewerFormatIsRefusedByName() throws SQLException {
        registry.enrol(Set.of(ORG), NOW);
        execute("UPDATE domain SET record = replace(record, '\"format\":1', '\"format\":2')");

        assertThatThrownBy(() -> registry.find(ORG))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("could not read the record of example.org in " + file())
                .hasMessageContaining("format 2, written by a newer selectord");
        assertThatThrownBy(() -> registry.claimDue(NOW, 1)).isInstanceOf(RegistryUnavailableException.class);
    }

    @Test
    void aRecordInTheWrongRowIsRefused() throws SQLException {
        registry.enrol(Set.of(ORG), NOW);
        execute("UPDATE domain SET record = replace(record, 'example.org', 'example.com')");

        assertThatThrownBy(() -> registry.find(ORG))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("it is the record of example.com");
    }

    // ---- trouble

    @Test
    void whileAnotherProgramHoldsTheFileNothingIsRecordedAndThenItGoesOn() throws SQLException {
        registry.enrol(Set.of(ORG), NOW);
        Recorded record = new Recorded(known(ORG), NOW, List.of(entry(ORG, "once")));

        try (Connection other = connection();
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertThatThrownBy(() -> registry.save(List.of(record)))
                    .isInstanceOf(RegistryUnavailableException.class)
                    .hasMessageContaining("could not save example.org in " + file())
                    .hasMessageContaining("SQLITE_BUSY")
                    .hasMessageContaining("nothing of it was recorded")
                    .hasMessageContaining("another program");
            assertThatThrownBy(registry::probe).isInstanceOf(RegistryUnavailableException.class);
            assertThat(known(ORG).version()).isZero(); // reading goes on
            statement.execute("ROLLBACK");
        }

        assertThat(registry.save(List.of(record))).isEmpty();
        assertThat(registry.history(Optional.of(ORG), 10)).hasSize(1);
    }

    @Test
    void afterAFailureInTheMiddleNothingOfTheBatchIsThere() throws SQLException {
        registry.enrol(Set.of(ORG, NET), NOW);
        execute("CREATE TRIGGER broken BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'broken'); END");
        List<Recorded> batch = List.of(
                new Recorded(known(ORG), NOW, List.of()), new Recorded(known(NET), NOW, List.of(entry(NET, "never"))));

        assertThatThrownBy(() -> registry.save(batch)).hasMessageContaining("broken");

        assertThat(known(ORG).version()).isZero();
        execute("DROP TRIGGER broken");
        assertThat(registry.save(batch)).isEmpty();
        assertThat(known(ORG).version()).isEqualTo(1);
    }

    @Test
    void aClosedRegistrySaysSo() {
        close();

        assertThatThrownBy(() -> registry.find(ORG))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageContaining("could not read example.org in " + file());
        open();
    }

    @Test
    void theTableItselfLetsNoFingerprintAndNoSelectorBeBoundTwice() throws SQLException {
        registry.enrol(Set.of(ORG, NET), NOW);
        String key = "INSERT INTO signing_key VALUES ('%s', %d, '%s', false, '%s', 'RSA_2048', 'REMOVED', 0)";
        execute(key.formatted(ORG, 1, "s1", "aa"));

        assertThatThrownBy(() -> execute(key.formatted(NET, 1, "s2", "aa"))).hasMessageContaining("UNIQUE");
        assertThatThrownBy(() -> execute(key.formatted(ORG, 2, "s1", "bb"))).hasMessageContaining("UNIQUE");
        assertThatCode(() -> execute(key.formatted(NET, 1, "s1", "bb"))).doesNotThrowAnyException();
    }

    @Test
    void theTableItselfLetsASelectorOfARingHaveOneKeyAtATime() throws SQLException {
        registry.enrol(Set.of(ORG), NOW);
        String key = "INSERT INTO signing_key VALUES ('%s', %d, 'sd1', true, '%s', 'RSA_2048', '%s', 0)";
        execute(key.formatted(ORG, 1, "aa", "REMOVED"));
        execute(key.formatted(ORG, 2, "bb", "RETIRED"));

        assertThatThrownBy(() -> execute(key.formatted(ORG, 3, "cc", "GENERATED")))
                .hasMessageContaining("UNIQUE");
    }

    // ---- how it is asked

    @Test
    void commitsAreSyncedToTheDiskAndForeignKeysHold() {
        RegistryDatabase database = RegistryDatabase.open(directory.resolve("second.db"), SHORT);
        try {
            Map<String, String> expected =
                    Map.of("journal_mode", "wal", "synchronous", "2", "foreign_keys", "1", "temp_store", "2");
            expected.forEach((pragma, value) -> assertThat(database.<String>read(
                            "ask",
                            handle -> handle.select("PRAGMA " + pragma)
                                    .mapTo(String.class)
                                    .one()))
                    .as(pragma)
                    .isEqualTo(value));
        } finally {
            database.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT name FROM domain WHERE due_at <= 5 ORDER BY due_at, name LIMIT 9",
                "SELECT name, due_at FROM domain ORDER BY due_at, name LIMIT 9",
                "SELECT count(*) FROM domain WHERE due_at < 5",
                "SELECT standing, count(*) FROM domain GROUP BY standing",
                "SELECT state, algorithm, count(*) FROM signing_key GROUP BY state, algorithm",
                "SELECT min(since_at) FROM signing_key WHERE state = 'ACTIVE'"
            })
    void whatIsAskedOftenIsAnsweredByAnIndexAlone(String query) throws SQLException {
        try (Connection other = connection();
                Statement statement = other.createStatement();
                ResultSet plan = statement.executeQuery("EXPLAIN QUERY PLAN " + query)) {
            StringBuilder steps = new StringBuilder();
            while (plan.next()) {
                steps.append(plan.getString("detail")).append('\n');
            }
            assertThat(steps.toString()).contains("USING COVERING INDEX").doesNotContain("TEMP B-TREE");
        }
    }

    private Connection connection() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file());
    }

    private void execute(String sql) throws SQLException {
        try (Connection other = connection();
                Statement statement = other.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
