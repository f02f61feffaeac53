package org.selectord.registry;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.HistoryEntry;

/** What happened, append only, in the order it was recorded; each row's hash covers the row before it of its domain ({@link HistoryHash}). */
final class HistoryRows {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String COLUMNS =
            "id, domain, number, happened_at, event, key_number, selector, what, asked_by, evidence, hash";

    private final RecordJson json;

    HistoryRows(RecordJson json) {
        this.json = json;
    }

    /** A row with its hash as it is stored, which need not be its hash. */
    record Stored(HistoryRow row, String hash) {}

    /** What a row says, before it has its place. */
    private record Line(
            String domain,
            Instant at,
            String event,
            Optional<KeyId> key,
            String selector,
            String what,
            String askedBy,
            List<String> evidence) {
        static Line of(HistoryEntry entry) {
            return new Line(
                    entry.domain().map(SigningDomain::name).orElse(HistoryRow.FLEET),
                    entry.at(),
                    entry.event(),
                    entry.key(),
                    entry.selector(),
                    entry.text(),
                    entry.askedBy(),
                    entry.evidence());
        }
    }

    // ---- writing: within the one writing transaction, so that nobody appends in between

    void append(Handle handle, List<HistoryEntry> entries) {
        appendLines(handle, entries.stream().map(Line::of).toList());
    }

    private void appendLines(Handle handle, List<Line> lines) {
        if (lines.isEmpty()) {
            return;
        }
        Map<String, HistoryHead> heads =
                heads(handle, lines.stream().map(Line::domain).distinct().toList());
        List<Stored> rows = new ArrayList<>();
        long id = lastId(handle);
        for (Line line : lines) {
            HistoryHead head = heads.getOrDefault(line.domain(), HistoryHead.none(line.domain()));
            HistoryRow row = row(line, ++id, head.rows() + 1);
            String hash = HistoryHash.of(head.hash(), row);
            rows.add(new Stored(row, hash));
            heads.put(line.domain(), head.with(row, hash));
        }
        insert(handle, rows);
        setHeads(handle, heads);
    }

    private static long lastId(Handle handle) {
        return handle.select("SELECT coalesce(max(id), 0) FROM history")
                .mapTo(Long.class)
                .one();
    }

    private HistoryRow row(Line line, long id, long number) {
        return new HistoryRow(
                id,
                line.domain(),
                number,
                line.at().toString(),
                line.event(),
                line.key().map(key -> Integer.toString(key.number())),
                line.selector(),
                line.what(),
                line.askedBy(),
                json.writeTexts(line.evidence()));
    }

    private static void insert(Handle handle, List<Stored> rows) {
        try (PreparedBatch batch = handle.prepareBatch(
                "INSERT INTO history (" + COLUMNS
                        + ") VALUES (:id, :domain, :number, :at, :event, :key, :selector, :what, :askedBy, :evidence, :hash)")) {
            rows.forEach(stored -> batch.bind("id", stored.row().id())
                    .bind("domain", stored.row().domain())
                    .bind("number", stored.row().number())
                    .bind("at", stored.row().at())
                    .bind("event", stored.row().event())
                    .bind("key", stored.row().key().map(Integer::valueOf))
                    .bind("selector", stored.row().selector())
                    .bind("what", stored.row().what())
                    .bind("askedBy", stored.row().askedBy())
                    .bind("evidence", stored.row().evidence())
                    .bind("hash", stored.hash())
                    .add());
            batch.execute();
        }
    }

    private static void setHeads(Handle handle, Map<String, HistoryHead> heads) {
        try (PreparedBatch batch = handle.prepareBatch("INSERT INTO history_head (domain, number, last_id, hash)"
                + " VALUES (:domain, :number, :lastId, :hash) ON CONFLICT (domain)"
                + " DO UPDATE SET number = excluded.number, last_id = excluded.last_id, hash = excluded.hash")) {
            heads.values()
                    .forEach(head -> batch.bind("domain", head.domain())
                            .bind("number", head.rows())
                            .bind("lastId", head.lastId())
                            .bind("hash", head.hash())
                            .add());
            batch.execute();
        }
    }

    /**
     * Appends a row over the heads of all domains that got rows since the last such row; that one's hash, which it covers, stands for the others. Not
     * when nothing happened, nor within an hour of the last one.
     */
    boolean hashHeads(Handle handle, Instant now) {
        Optional<Stored> last = newestHourly(handle);
        boolean early = last.map(
                        hourly -> Duration.between(Instant.parse(hourly.row().at()), now)
                                        .abs()
                                        .compareTo(HOUR)
                                < 0)
                .orElse(false);
        List<HistoryHead> grown = early
                ? List.of()
                : grownSince(handle, last.map(hourly -> hourly.row().id()).orElse(0L));
        if (grown.isEmpty()) {
            return false;
        }
        appendLines(
                handle,
                List.of(new Line(
                        HistoryRow.HOURLY,
                        now,
                        "HEADS",
                        Optional.empty(),
                        "",
                        grown.size() + " domains have new rows",
                        "",
                        List.of(HistoryHash.ofHeads(grown)))));
        return true;
    }

    private static Optional<Stored> newestHourly(Handle handle) {
        return handle.createQuery(
                        "SELECT " + COLUMNS + " FROM history WHERE domain = :hourly ORDER BY number DESC LIMIT 1")
                .bind("hourly", HistoryRow.HOURLY)
                .map((rs, context) -> stored(rs))
                .findFirst();
    }

    /** Sorted here, for databases differ in what comes first. */
    private static List<HistoryHead> grownSince(Handle handle, long id) {
        return handle
                .createQuery("SELECT domain, number, last_id, hash FROM history_head"
                        + " WHERE last_id > :id AND domain <> :hourly")
                .bind("id", id)
                .bind("hourly", HistoryRow.HOURLY)
                .map((rs, context) -> head(rs))
                .stream()
                .sorted(Comparator.comparing(HistoryHead::domain))
                .toList();
    }

    // ---- reading

    private static Map<String, HistoryHead> heads(Handle handle, List<String> domains) {
        return Names.inChunks(domains)
                .flatMap(some -> handle
                        .createQuery("SELECT domain, number, last_id, hash FROM history_head WHERE domain IN (<some>)")
                        .bindList("some", some)
                        .map((rs, context) -> head(rs))
                        .stream())
                .collect(Collectors.toMap(HistoryHead::domain, head -> head, (one, same) -> one, HashMap::new));
    }

    static List<HistoryHead> heads(Handle handle) {
        return handle.createQuery("SELECT domain, number, last_id, hash FROM history_head ORDER BY domain")
                .map((rs, context) -> head(rs))
                .list();
    }

    private static HistoryHead head(ResultSet rs) throws SQLException {
        return new HistoryHead(
                rs.getString("domain"), rs.getLong("number"), rs.getLong("last_id"), rs.getString("hash"));
    }

    /** Every row by its id, as they come from the database: to be closed. */
    static Stream<Stored> all(Handle handle) {
        return handle
                .createQuery("SELECT " + COLUMNS + " FROM history ORDER BY id")
                .map((rs, context) -> stored(rs))
                .stream();
    }

    static boolean has(Handle handle, String domain, long number) {
        return handle.select("SELECT 1 FROM history WHERE domain = ? AND number = ?", domain, number)
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    /** By place and not by name, for a reading of the whole history does it for every row. */
    private static Stored stored(ResultSet rs) throws SQLException {
        return new Stored(
                new HistoryRow(
                        rs.getLong(1),
                        rs.getString(2),
                        rs.getLong(3),
                        rs.getString(4),
                        rs.getString(5),
                        Optional.ofNullable(rs.getString(6)),
                        rs.getString(7),
                        rs.getString(8),
                        rs.getString(9),
                        rs.getString(10)),
                rs.getString(11));
    }

    List<HistoryEntry> newest(Handle handle, int atMost) {
        return handle.createQuery(
                        "SELECT " + COLUMNS + " FROM history WHERE domain <> :hourly ORDER BY id DESC LIMIT :atMost")
                .bind("hourly", HistoryRow.HOURLY)
                .bind("atMost", atMost)
                .map((rs, context) -> entry(rs))
                .list();
    }

    List<HistoryEntry> newest(Handle handle, SigningDomain domain, int atMost) {
        return handle.createQuery(
                        "SELECT " + COLUMNS + " FROM history WHERE domain = :domain ORDER BY number DESC LIMIT :atMost")
                .bind("domain", domain.name())
                .bind("atMost", atMost)
                .map((rs, context) -> entry(rs))
                .list();
    }

    private HistoryEntry entry(ResultSet rs) throws SQLException {
        Optional<SigningDomain> domain = Optional.of(rs.getString("domain"))
                .filter(name -> !name.equals(HistoryRow.FLEET))
                .map(SigningDomain::new);
        Optional<KeyId> key = domain.isEmpty() ? Optional.empty() : OrderRows.keyOf(domain.get(), rs);
        return new HistoryEntry(
                domain,
                Instant.parse(rs.getString("happened_at")),
                rs.getString("event"),
                key,
                rs.getString("selector"),
                rs.getString("what"),
                rs.getString("asked_by"),
                json.readTexts(rs.getString("evidence")));
    }
}
