package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.HistoryCheck;
import org.selectord.rotation.HistoryCheck.Broken;
import org.selectord.rotation.HistoryCheck.Kind;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.Recorded;

/**
 * Whoever alters the history behind our back is found out, by name. Before each test: rows 1, 3, 5, 7 are of example.org, 2, 4, 6, 8 of example.net, 9
 * is an hourly row, 10 and 11 are the fifth of each, 12 is the second hourly row, 13 and 14 the sixth of each.
 */
class HistoryChainTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final SigningDomain ORG = new SigningDomain("example.org");
    private static final SigningDomain NET = new SigningDomain("example.net");

    @TempDir
    Path directory;

    private SqlKeyRegistry registry;

    @BeforeEach
    void fill() {
        registry = SqlKeyRegistry.open(new RegistrySettings(directory.resolve("registry.db")));
        registry.enrol(Set.of(ORG, NET), NOW);
        IntStream.rangeClosed(1, 4).forEach(this::happens);
        registry.hashHeads(NOW);
        happens(5);
        registry.hashHeads(NOW.plus(Duration.ofHours(1)));
        happens(6);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private void happens(int number) {
        registry.save(List.of(happened(ORG, number), happened(NET, number)));
    }

    private Recorded happened(SigningDomain domain, int number) {
        return new Recorded(
                registry.find(domain).orElseThrow(),
                NOW,
                List.of(new HistoryEntry(
                        Optional.of(domain),
                        NOW.plusSeconds(number),
                        "PUBLISH",
                        Optional.of(new KeyId(domain, 1)),
                        "s1",
                        "done " + number,
                        "anna",
                        List.of("ns1 answers it", "TTL 3600 s"))));
    }

    // ---- what holds

    @Test
    void anUntouchedHistoryHoldsAndIsCounted() {
        HistoryCheck check = registry.checkHistory();

        assertThat(check.broken()).isEmpty();
        assertThat(check.rows()).isEqualTo(12);
        assertThat(check.domains()).isEqualTo(2);
        assertThat(check.hourlyRows()).isEqualTo(2);
        assertThat(check.rowsSince()).isEqualTo(2);
        assertThat(check.head()).hasValueSatisfying(hash -> assertThat(hash).matches("[0-9a-f]{64}"));
    }

    @Test
    void anEmptyHistoryHolds() {
        try (SqlKeyRegistry empty = SqlKeyRegistry.open(new RegistrySettings(directory.resolve("empty.db")))) {
            empty.hashHeads(NOW);

            assertThat(empty.checkHistory())
                    .isEqualTo(new HistoryCheck(0, 0, 0, 0, Optional.empty(), Optional.empty()));
        }
    }

    @Test
    void aHistoryGoesOnAfterARestart() {
        close();
        registry = SqlKeyRegistry.open(new RegistrySettings(directory.resolve("registry.db")));
        happens(7);

        assertThat(registry.checkHistory().broken()).isEmpty();
        assertThat(registry.checkHistory().rows()).isEqualTo(14);
    }

    @Test
    void theHeadsAreHashedOnceAnHourAndOnlyWhenSomethingHappened() {
        registry.hashHeads(NOW.plus(Duration.ofHours(2)).minusSeconds(1));
        assertThat(registry.checkHistory().hourlyRows()).isEqualTo(2);

        registry.hashHeads(NOW.plus(Duration.ofHours(2)));
        assertThat(registry.checkHistory().hourlyRows()).isEqualTo(3);
        assertThat(registry.checkHistory().rowsSince()).isZero();

        registry.hashHeads(NOW.plus(Duration.ofHours(4)));
        assertThat(registry.checkHistory().hourlyRows()).isEqualTo(3);
    }

    @Test
    void aClockThatWentBackDoesNotEndTheHourlyRows() {
        registry.hashHeads(NOW.minus(Duration.ofDays(1)));

        assertThat(registry.checkHistory().hourlyRows()).isEqualTo(3);
    }

    @Test
    void hourlyRowsAreNoHistoryOfAnyDomain() {
        assertThat(registry.history(Optional.empty(), 100))
                .hasSize(12)
                .noneMatch(entry -> entry.domain().isEmpty());
    }

    @Test
    void theHashIsTheOneThatTheDocumentationGives() throws SQLException {
        HistoryRow row = new HistoryRow(
                1, "a.example", 1, "2026-11-21T12:00:00Z", "READY", Optional.empty(), "s", "ü", "", "[]");

        // made by a few lines of Python, from the words of HistoryHash alone
        assertThat(HistoryHash.of(HistoryHash.BEGINNING, row))
                .isEqualTo("ee355395bd62eca7ae901b7fdc9490a5cf25913f1b6629b7c3a879d884647c13");
    }

    // ---- what was altered

    @ParameterizedTest
    @CsvSource({
        "happened_at = '2026-11-21T12:00:04Z'",
        "event = 'WITHDRAW'",
        "key_number = 2",
        "key_number = NULL",
        "selector = 's2'",
        "selector = ''",
        "what = 'done'",
        "asked_by = 'bert'",
        "asked_by = ''",
        "evidence = '[]'",
        "hash = '0000000000000000000000000000000000000000000000000000000000000000'"
    })
    void aColumnThatWasAlteredIsFoundInItsRow(String altered) throws SQLException {
        execute("UPDATE history SET " + altered + " WHERE id = 5");

        assertAltered(ORG, 3, "row 3 of example.org (history row 5)");
    }

    @Test
    void textThatMovedFromOneColumnToTheNextIsFound() throws SQLException {
        execute("UPDATE history SET selector = 's', what = '1done 3' WHERE id = 5");

        assertThat(broken().kind()).isEqualTo(Kind.ALTERED);
    }

    @Test
    void aRowThatGotAnotherIdIsFound() throws SQLException {
        execute("UPDATE history SET id = 99 WHERE id = 13");

        assertAltered(ORG, 6, "row 6 of example.org (history row 99)");
    }

    @Test
    void aRowThatWasGivenToAnotherDomainIsFound() throws SQLException {
        execute("UPDATE history SET domain = 'example.com', number = 1 WHERE id = 5");

        assertAltered(new SigningDomain("example.com"), 1, "row 1 of example.com (history row 5)");
    }

    @Test
    void aRowThatGotAnotherNumberIsFound() throws SQLException {
        execute("UPDATE history SET number = 9 WHERE id = 5");

        assertThat(broken().text()).startsWith("row 3 of example.org is missing: after it comes row 9 of example.org");
    }

    /** Whoever alters a row and makes its hash anew breaks the next one. */
    @Test
    void aRowThatWasAlteredTogetherWithItsHashIsFoundInTheNextOne() throws SQLException {
        String hash = HistoryHash.of(hash(3), row(5, ORG, 3, "never happened"));
        execute("UPDATE history SET what = 'never happened', hash = '" + hash + "' WHERE id = 5");

        assertAltered(ORG, 4, "row 4 of example.org (history row 7)");
        assertThat(broken().text()).endsWith("and of row 3, so one of the two is not what was recorded");
    }

    /** And whoever makes all the later ones of the domain anew, and its head, breaks the hourly row. */
    @Test
    void aDomainMadeAnewIsFoundInTheHourlyRow() throws SQLException {
        String fifth = HistoryHash.of(hash(7), row(10, ORG, 5, "never happened"));
        String sixth = HistoryHash.of(fifth, row(13, ORG, 6, "done 6"));
        execute("UPDATE history SET what = 'never happened', hash = '" + fifth + "' WHERE id = 10");
        execute("UPDATE history SET hash = '" + sixth + "' WHERE id = 13");
        execute("UPDATE history_head SET hash = '" + sixth + "' WHERE domain = 'example.org'");

        assertThat(broken())
                .isEqualTo(new Broken(
                        Kind.HEAD_MISMATCH,
                        Optional.empty(),
                        2,
                        "row 2 of the hourly rows (history row 12), of 2026-11-21T13:00:00Z, hashes other heads than the"
                                + " rows before it give: rows were cut off, added or made anew"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"evidence = '[]'", "happened_at = '2026-11-21T13:00:01Z'", "what = ''"})
    void anHourlyRowThatWasAlteredIsFound(String altered) throws SQLException {
        execute("UPDATE history SET " + altered + " WHERE id = 12");

        assertThat(broken().text()).startsWith("row 2 of the hourly rows (history row 12) was altered");
    }

    // ---- what is missing

    @Test
    void aRowThatWasDeletedIsNamed() throws SQLException {
        execute("DELETE FROM history WHERE id = 5");

        assertThat(broken())
                .isEqualTo(new Broken(
                        Kind.MISSING,
                        Optional.of(ORG),
                        3,
                        "row 3 of example.org is missing: after it comes row 4 of example.org (history row 7)"));
    }

    @Test
    void theFirstRowThatWasDeletedIsNamed() throws SQLException {
        execute("DELETE FROM history WHERE id = 1");

        assertThat(broken().text()).startsWith("row 1 of example.org is missing");
    }

    @ParameterizedTest
    @CsvSource({"13,         6, 1", "'10,13',    5, 2", "'1,3,5,7,10,13', 1, 6"})
    void rowsThatWereCutOffAreNamed(String ids, long first, long missing) throws SQLException {
        execute("DELETE FROM history WHERE id IN (" + ids + ")");

        assertThat(broken())
                .isEqualTo(new Broken(
                        Kind.MISSING,
                        Optional.of(ORG),
                        first,
                        "row " + first + " of example.org is missing: of 6 rows the last " + missing
                                + " were cut off"));
    }

    @Test
    void rowsThatWereCutOffWithTheirHeadAreMissedInTheIds() throws SQLException {
        execute("DELETE FROM history WHERE id IN (10, 13)");
        execute("UPDATE history_head SET number = 4, last_id = 7, hash = '" + hash(7)
                + "' WHERE domain = 'example.org'");

        assertThat(broken().text()).startsWith("history row 10 is missing, and no domain lacks one");
    }

    /** With its head gone and the ids closed, nobody but the hourly row knows of it. */
    @Test
    void aWholeDomainThatWasDroppedIsFoundInTheHourlyRow() throws SQLException {
        execute("DELETE FROM history WHERE id > 9 OR domain = 'example.org'");
        execute("DELETE FROM history_head WHERE domain <> '@hourly'");
        for (long number = 1, id = 2; number <= 4; number++, id += 2) {
            String before = number == 1 ? HistoryHash.BEGINNING : hash(number - 1);
            String hash = HistoryHash.of(before, row(number, NET, number, "done " + number));
            execute("UPDATE history SET id = " + number + ", hash = '" + hash + "' WHERE id = " + id);
        }
        HistoryRow hourly = hourly(5, 1, NOW, evidence(9));
        String hash = HistoryHash.of(HistoryHash.BEGINNING, hourly);
        execute("UPDATE history SET id = 5, hash = '" + hash + "' WHERE id = 9");
        execute("UPDATE history_head SET number = 1, last_id = 5, hash = '" + hash + "'");
        execute("INSERT INTO history_head VALUES ('example.net', 4, 4, '" + hash(4) + "')");

        assertThat(broken().kind()).isEqualTo(Kind.HEAD_MISMATCH);
        assertThat(broken().text()).startsWith("row 1 of the hourly rows (history row 5), of 2026-11-21T12:00:00Z");
    }

    @Test
    void anHourlyRowThatWasCutOffIsNamed() throws SQLException {
        execute("DELETE FROM history WHERE id = 12");

        assertThat(broken().text())
                .startsWith("row 2 of the hourly rows is missing: of 2 rows the last 1 were cut off");
    }

    // ---- what was moved or added

    @Test
    void twoRowsThatChangedPlacesAreNamed() throws SQLException {
        execute("UPDATE history SET id = 99 WHERE id = 3");
        execute("UPDATE history SET id = 3 WHERE id = 7");
        execute("UPDATE history SET id = 7 WHERE id = 99");

        assertThat(broken())
                .isEqualTo(new Broken(
                        Kind.OUT_OF_ORDER,
                        Optional.of(ORG),
                        4,
                        "row 4 of example.org (history row 3) is out of order: it comes before row 2"));
    }

    @Test
    void rowsOfTwoDomainsThatChangedPlacesAreNamed() throws SQLException {
        execute("UPDATE history SET id = 99 WHERE id = 13");
        execute("UPDATE history SET id = 13 WHERE id = 14");
        execute("UPDATE history SET id = 14 WHERE id = 99");

        assertAltered(NET, 6, "row 6 of example.net (history row 13)");
    }

    @Test
    void aForgedRowThatFollowsWellIsNamed() throws SQLException {
        HistoryRow forged = row(15, ORG, 7, "done 7");
        insert(forged, HistoryHash.of(hash(13), forged));

        assertThat(broken())
                .isEqualTo(new Broken(
                        Kind.HEAD_MISMATCH,
                        Optional.of(ORG),
                        7,
                        "row 7 of example.org was never recorded: its head is row 6"));
    }

    @Test
    void aForgedRowWithAnyHashIsNamed() throws SQLException {
        insert(row(15, ORG, 7, "done 7"), "0".repeat(64));

        assertAltered(ORG, 7, "row 7 of example.org (history row 15)");
    }

    @Test
    void aForgedDomainIsNamed() throws SQLException {
        HistoryRow forged = row(15, new SigningDomain("example.com"), 1, "done 1");
        insert(forged, HistoryHash.of(HistoryHash.BEGINNING, forged));

        assertThat(broken().text()).isEqualTo("row 1 of example.com was never recorded: it has no head");
    }

    @Test
    void aHeadThatWasAlteredIsNamed() throws SQLException {
        execute("UPDATE history_head SET hash = '" + hash(11) + "' WHERE domain = 'example.org'");

        assertThat(broken().text()).isEqualTo("row 6 of example.org is not the one that was recorded as its head");
    }

    // ---- words

    private Broken broken() {
        return registry.checkHistory().broken().orElseThrow();
    }

    private void assertAltered(SigningDomain domain, long row, String text) {
        assertThat(broken().kind()).isEqualTo(Kind.ALTERED);
        assertThat(broken().domain()).contains(domain);
        assertThat(broken().row()).isEqualTo(row);
        assertThat(broken().text()).startsWith(text + " was altered: its hash is not that of its columns");
    }

    private static HistoryRow row(long id, SigningDomain domain, long number, String what) {
        return new HistoryRow(
                id,
                domain.name(),
                number,
                NOW.plusSeconds(number).toString(),
                "PUBLISH",
                Optional.of("1"),
                "s1",
                what,
                "anna",
                "[\"ns1 answers it\",\"TTL 3600 s\"]");
    }

    private static HistoryRow hourly(long id, long number, Instant at, String evidence) {
        return new HistoryRow(
                id,
                HistoryRow.HOURLY,
                number,
                at.toString(),
                "HEADS",
                Optional.empty(),
                "",
                "2 domains have new rows",
                "",
                evidence);
    }

    private String evidence(long id) throws SQLException {
        return text("SELECT evidence FROM history WHERE id = " + id);
    }

    private void insert(HistoryRow row, String hash) throws SQLException {
        execute("INSERT INTO history (id, domain, number, happened_at, event, key_number, selector, what, asked_by,"
                + " evidence, hash) VALUES (" + row.id() + ", '" + row.domain() + "', " + row.number() + ", '"
                + row.at()
                + "', '" + row.event() + "', " + row.key().orElseThrow() + ", '" + row.selector() + "', '" + row.what()
                + "', '" + row.askedBy() + "', '" + row.evidence() + "', '" + hash + "')");
    }

    private String hash(long id) throws SQLException {
        return text("SELECT hash FROM history WHERE id = " + id);
    }

    private String text(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.getString(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
        }
    }

    private Connection connection() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("registry.db"));
    }
}
