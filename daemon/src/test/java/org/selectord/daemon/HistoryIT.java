package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.Authority;

/** The history of a real rotation, all of whose updates went over TLS, told by the packaged daemon, and then altered behind its back. */
class HistoryIT {
    private final Authority authority = Authority.make();
    private final SelectordBed bed = SelectordBed.create(1);

    @AfterEach
    void close() {
        bed.close();
        authority.close();
    }

    private void onlyOverTls() {
        int port = bed.bind()
                .primary()
                .alsoOverTls(authority.certificateOf("ns1.example.net"), "TLSv1.3")
                .getPort();
        bed.dns("primaries", "[\"127.0.0.1:" + port + "\"]")
                .dns("tls", "{ca: " + authority.certificate() + ", name: ns1.example.net}");
    }

    @Test
    void theHistorySaysWhoAndWhyAndNamesTheRowThatWasAltered() throws SQLException {
        onlyOverTls();
        bed.start().startOpenDkim();
        bed.awaitStandby();
        assertThat(bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=30s").exit())
                .as(bed.log())
                .isZero();

        String told = bed.ctl("history", SelectordBed.DOMAIN).out();
        assertThat(told)
                .contains("opendkim signs with [", "VERIFIED: ", ", asked by ")
                .containsPattern("127\\.0\\.0\\.\\d+:\\d+: .*, TTL \\d+ s, serial \\d+, negative TTL \\d+ s")
                .containsPattern("exact \\d+ times, proven since ");
        Output sound = bed.ctl("history", "--verify");
        assertThat(sound.out()) // the first hourly row comes within a minute
                .matches("(?s)The chain holds: \\d+ rows of 1 domains, [01] hourly rows, head .*");
        assertThat(sound.exit()).isZero();

        long row = number("SELECT number FROM history WHERE event = 'READY' LIMIT 1");
        execute("UPDATE history SET evidence = replace(evidence, 'TTL', 'ttl') WHERE event = 'READY' AND number = "
                + row);

        Output altered = bed.ctl("history", "--verify");
        assertThat(altered.out()).startsWith("The chain is broken: row " + row + " of example.org (history row ");
        assertThat(altered.exit()).isEqualTo(1);
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        }
    }

    private Connection connection() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + bed.home().resolve("registry/registry.db"));
    }
}
