package org.selectord.registry;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.FlipLedger;
import org.selectord.rotation.FlipLedger.Breaker;
import org.selectord.rotation.FlipLedger.Ending;
import org.selectord.rotation.FlipLedger.Flip;
import org.selectord.rotation.FlipLedger.Result;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.ManagedDomain;

/** The ledger of flips and the breaker; written in the transaction of the record that changes them. */
final class FlipRows {
    private static final String COLUMNS = "domain, key_number, canary, begun_at, ended_at, result";

    private final HistoryRows history;

    FlipRows(HistoryRows history) {
        this.history = history;
    }

    // ---- reading

    static FlipLedger ledger(Handle handle) {
        List<Flip> flips = handle.createQuery("SELECT " + COLUMNS + " FROM flip ORDER BY begun_at, domain, key_number")
                .map((rs, context) -> flip(rs))
                .list();
        return handle.createQuery("SELECT opened_at, why, reset_at FROM breaker")
                .map((rs, context) -> new FlipLedger(flips, breaker(rs), instant(rs, "reset_at")))
                .one();
    }

    private static Flip flip(ResultSet rs) throws SQLException {
        KeyId key = new KeyId(new SigningDomain(rs.getString("domain")), rs.getInt("key_number"));
        Optional<Result> result = Optional.ofNullable(rs.getString("result")).map(Result::valueOf);
        Optional<Ending> ending = instant(rs, "ended_at").flatMap(at -> result.map(came -> new Ending(at, came)));
        return new Flip(key, rs.getInt("canary") != 0, Nanos.instant(rs.getLong("begun_at")), ending);
    }

    private static Optional<Breaker> breaker(ResultSet rs) throws SQLException {
        String why = rs.getString("why");
        return instant(rs, "opened_at").map(at -> new Breaker(at, why));
    }

    private static Optional<Instant> instant(ResultSet rs, String column) throws SQLException {
        long nanos = rs.getLong(column);
        return rs.wasNull() ? Optional.empty() : Optional.of(Nanos.instant(nanos));
    }

    static boolean isBreakerOpen(Handle handle) {
        return handle.select("SELECT 1 FROM breaker WHERE opened_at IS NOT NULL")
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    // ---- writing

    /** What these records begin or end. Most do neither, and cost one look at an index. */
    void follow(Handle handle, List<ManagedDomain> saved, FleetSettings fleet) {
        if (saved.stream().noneMatch(FlipLedger::concerns) && !anyUnderWay(handle, saved)) {
            return;
        }
        FlipLedger before = ledger(handle);
        FlipLedger after = before;
        for (ManagedDomain domain : saved) {
            after = after.with(domain, fleet);
        }
        write(handle, before, after);
        if (before.breaker().isEmpty() && after.breaker().isPresent()) {
            history.append(handle, List.of(opened(after.breaker().get(), after.failures())));
        }
    }

    private static boolean anyUnderWay(Handle handle, List<ManagedDomain> saved) {
        return Names.inChunks(saved)
                .anyMatch(some -> handle.createQuery(
                                "SELECT 1 FROM flip WHERE ended_at IS NULL AND domain IN (<names>) LIMIT 1")
                        .bindList(
                                "names",
                                some.stream()
                                        .map(domain -> domain.name().name())
                                        .toList())
                        .mapTo(Integer.class)
                        .findFirst()
                        .isPresent());
    }

    /** Returns false when it was not open. */
    boolean reset(Handle handle, String askedBy, String why, Instant at) {
        FlipLedger before = ledger(handle);
        if (before.breaker().isEmpty()) {
            return false;
        }
        write(handle, before, before.reset(at));
        history.append(handle, List.of(breaker(at, "reset: " + why, askedBy, List.of())));
        return true;
    }

    private static void write(Handle handle, FlipLedger before, FlipLedger after) {
        delete(handle, without(before.flips(), after.flips()));
        insert(handle, without(after.flips(), before.flips()));
        handle.createUpdate("UPDATE breaker SET opened_at = :openedAt, why = :why, reset_at = :resetAt")
                .bind("openedAt", after.breaker().map(Breaker::openedAt).map(Nanos::of))
                .bind("why", after.breaker().map(Breaker::why))
                .bind("resetAt", after.resetAt().map(Nanos::of))
                .execute();
    }

    private static List<Flip> without(List<Flip> some, List<Flip> others) {
        return some.stream()
                .filter(Predicate.not(new HashSet<>(others)::contains))
                .toList();
    }

    private static void delete(Handle handle, List<Flip> gone) {
        if (gone.isEmpty()) {
            return;
        }
        try (PreparedBatch batch =
                handle.prepareBatch("DELETE FROM flip WHERE domain = :domain AND key_number = :number")) {
            gone.forEach(flip -> batch.bind("domain", flip.key().domain().name())
                    .bind("number", flip.key().number())
                    .add());
            batch.execute();
        }
    }

    private static void insert(Handle handle, List<Flip> added) {
        if (added.isEmpty()) {
            return;
        }
        try (PreparedBatch batch = handle.prepareBatch(
                "INSERT INTO flip (" + COLUMNS + ") VALUES (:domain, :number, :canary, :begunAt, :endedAt, :result)")) {
            added.forEach(flip -> batch.bind("domain", flip.key().domain().name())
                    .bind("number", flip.key().number())
                    .bind("canary", flip.canary() ? 1 : 0)
                    .bind("begunAt", Nanos.of(flip.begunAt()))
                    .bind("endedAt", flip.ending().map(Ending::at).map(Nanos::of))
                    .bind("result", flip.ending().map(ending -> ending.result().name()))
                    .add());
            batch.execute();
        }
    }

    private static HistoryEntry opened(Breaker breaker, List<Flip> failures) {
        List<String> evidence = failures.stream()
                .map(flip -> flip.key() + " was proven bad at "
                        + flip.ending().orElseThrow().at())
                .toList();
        return breaker(breaker.openedAt(), "open, flips and withdrawals stand still: " + breaker.why(), "", evidence);
    }

    private static HistoryEntry breaker(Instant at, String text, String askedBy, List<String> evidence) {
        return new HistoryEntry(Optional.empty(), at, "BREAKER", Optional.empty(), "", text, askedBy, evidence);
    }
}
