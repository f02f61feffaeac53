package org.selectord.registry;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.HistoryEntry;

/** What happened, append only, in the order it was recorded. */
final class HistoryRows {
    private static final String COLUMNS = "domain, happened_at, event, key_number, selector, what, asked_by";

    private HistoryRows() {}

    static void append(Handle handle, List<HistoryEntry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        try (PreparedBatch batch = handle.prepareBatch("INSERT INTO history (" + COLUMNS
                + ") VALUES (:domain, :at, :event, :key, :selector, :what, :askedBy)")) {
            entries.forEach(entry -> batch.bind("domain", entry.domain().name())
                    .bind("at", entry.at().toString())
                    .bind("event", entry.event())
                    .bind("key", entry.key().map(KeyId::number))
                    .bind("selector", entry.selector())
                    .bind("what", entry.text())
                    .bind("askedBy", entry.askedBy())
                    .add());
            batch.execute();
        }
    }

    static List<HistoryEntry> newest(Handle handle, int atMost) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM history ORDER BY id DESC LIMIT :atMost")
                .bind("atMost", atMost)
                .map((rs, context) -> entry(rs))
                .list();
    }

    static List<HistoryEntry> newest(Handle handle, SigningDomain domain, int atMost) {
        return handle.createQuery(
                        "SELECT " + COLUMNS + " FROM history WHERE domain = :domain ORDER BY id DESC LIMIT :atMost")
                .bind("domain", domain.name())
                .bind("atMost", atMost)
                .map((rs, context) -> entry(rs))
                .list();
    }

    private static HistoryEntry entry(ResultSet rs) throws SQLException {
        SigningDomain domain = new SigningDomain(rs.getString("domain"));
        Optional<KeyId> key = OrderRows.keyOf(domain, rs);
        return new HistoryEntry(
                domain,
                Instant.parse(rs.getString("happened_at")),
                rs.getString("event"),
                key,
                rs.getString("selector"),
                rs.getString("what"),
                rs.getString("asked_by"));
    }
}
