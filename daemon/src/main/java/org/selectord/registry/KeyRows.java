package org.selectord.registry;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;

/** The keys of all domains, beside the documents: what binds a fingerprint and a selector to one key for ever, and what counts keys. */
final class KeyRows {
    private static final String COLUMNS = "domain, number, selector, ring, fingerprint, algorithm, state, since_at";

    private KeyRows() {}

    private record Row(
            String domain,
            int number,
            String selector,
            boolean ring,
            String fingerprint,
            String algorithm,
            String state,
            long sinceNanos) {
        static Row of(ManagedKey key) {
            return new Row(
                    key.id().domain().name(),
                    key.id().number(),
                    key.selector().name(),
                    key.isAliased(),
                    key.fingerprint().hex(),
                    key.algorithm().name(),
                    key.state().name(),
                    Nanos.of(key.since()));
        }

        String id() {
            return domain + "#" + number;
        }

        /** A selector of a ring is bound to a key until that is REMOVED, every other one for ever. */
        boolean bindsItsSelector() {
            return !ring || !state.equals(KeyState.REMOVED.name());
        }

        boolean bindsTheSameAs(Row other) {
            return selector.equals(other.selector)
                    && ring == other.ring
                    && fingerprint.equals(other.fingerprint)
                    && algorithm.equals(other.algorithm);
        }

        /** For people. */
        String bound() {
            return id() + " (selector " + selector + ", fingerprint " + fingerprint + ", " + algorithm + ")";
        }
    }

    /** Brings the rows of these domains to their new records. A key that changes what it is bound to, or is gone, is a bug: {@link IllegalStateException}. */
    static void bind(Handle handle, List<ManagedDomain> domains) {
        Map<String, List<Row>> bound = rowsOf(handle, domains);
        List<Row> added = new ArrayList<>();
        List<Row> moved = new ArrayList<>();
        for (ManagedDomain domain : domains) {
            compare(bound.getOrDefault(domain.name().name(), List.of()), domain, added, moved);
        }
        refuseTakenFingerprints(handle, added);
        setStates(handle, moved);
        insert(handle, added);
    }

    private static Map<String, List<Row>> rowsOf(Handle handle, List<ManagedDomain> domains) {
        List<String> names =
                domains.stream().map(domain -> domain.name().name()).toList();
        return Names.inChunks(names)
                .flatMap(some ->
                        rows(handle.createQuery("SELECT " + COLUMNS + " FROM signing_key WHERE domain IN (<names>)")
                                        .bindList("names", some))
                                .stream())
                .collect(Collectors.groupingBy(Row::domain));
    }

    private static List<Row> rows(Query query) {
        return query.map((rs, context) -> new Row(
                        rs.getString(1),
                        rs.getInt(2),
                        rs.getString(3),
                        rs.getBoolean(4),
                        rs.getString(5),
                        rs.getString(6),
                        rs.getString(7),
                        rs.getLong(8)))
                .list();
    }

    private static void compare(List<Row> bound, ManagedDomain domain, List<Row> added, List<Row> moved) {
        Map<Integer, Row> left = bound.stream().collect(Collectors.toMap(Row::number, row -> row));
        Map<String, Row> bySelector =
                bound.stream().filter(Row::bindsItsSelector).collect(Collectors.toMap(Row::selector, row -> row));
        for (ManagedKey key : domain.keys()) {
            Row wanted = Row.of(key);
            Optional<Row> known = Optional.ofNullable(left.remove(wanted.number()));
            if (known.isEmpty()) {
                refuseTakenSelector(Optional.ofNullable(bySelector.put(wanted.selector(), wanted)), wanted);
                added.add(wanted);
            } else if (!known.get().bindsTheSameAs(wanted)) {
                throw new IllegalStateException(
                        known.get().bound() + " is so for ever and cannot become " + wanted.bound());
            } else if (!known.get().equals(wanted)) {
                moved.add(wanted);
            }
        }
        if (!left.isEmpty()) {
            throw new IllegalStateException(
                    "the new record of " + domain.name() + " lacks keys that are its own for ever: " + left.keySet());
        }
    }

    private static void refuseTakenSelector(Optional<Row> other, Row wanted) {
        other.ifPresent(known -> {
            throw new IllegalStateException(wanted.bound() + " cannot be recorded: the selector is bound "
                    + (known.ring() ? "until that is REMOVED" : "for ever") + " to " + known.bound());
        });
    }

    /** The table would refuse it too, without saying whose it is. */
    private static void refuseTakenFingerprints(Handle handle, List<Row> added) {
        Set<String> fingerprints = new HashSet<>();
        added.forEach(row -> fingerprints.add(row.fingerprint()));
        Names.inChunks(List.copyOf(fingerprints))
                .flatMap(some ->
                        rows(handle.createQuery("SELECT " + COLUMNS + " FROM signing_key WHERE fingerprint IN (<some>)")
                                        .bindList("some", some))
                                .stream())
                .findFirst()
                .ifPresent(known -> {
                    Row wanted = added.stream()
                            .filter(row -> row.fingerprint().equals(known.fingerprint()))
                            .findFirst()
                            .orElseThrow();
                    throw new IllegalStateException(wanted.bound()
                            + " cannot be recorded: the fingerprint is bound for ever to " + known.bound());
                });
    }

    private static void insert(Handle handle, List<Row> added) {
        if (added.isEmpty()) {
            return;
        }
        try (PreparedBatch batch = handle.prepareBatch("INSERT INTO signing_key (" + COLUMNS
                + ") VALUES (:domain, :number, :selector, :ring, :fingerprint, :algorithm, :state, :since)")) {
            added.forEach(row -> batch.bind("domain", row.domain())
                    .bind("number", row.number())
                    .bind("selector", row.selector())
                    .bind("ring", row.ring())
                    .bind("fingerprint", row.fingerprint())
                    .bind("algorithm", row.algorithm())
                    .bind("state", row.state())
                    .bind("since", row.sinceNanos())
                    .add());
            batch.execute();
        }
    }

    private static void setStates(Handle handle, List<Row> moved) {
        if (moved.isEmpty()) {
            return;
        }
        try (PreparedBatch batch = handle.prepareBatch("UPDATE signing_key SET state = :state, since_at = :since"
                + " WHERE domain = :domain AND number = :number")) {
            moved.forEach(row -> batch.bind("state", row.state())
                    .bind("since", row.sinceNanos())
                    .bind("domain", row.domain())
                    .bind("number", row.number())
                    .add());
            batch.execute();
        }
    }

    static Optional<SigningDomain> domainOf(Handle handle, KeyFingerprint fingerprint) {
        return handle.createQuery("SELECT domain FROM signing_key WHERE fingerprint = :key")
                .bind("key", fingerprint.hex())
                .mapTo(String.class)
                .findFirst()
                .map(SigningDomain::new);
    }

    static boolean isTaken(Handle handle, KeyFingerprint fingerprint) {
        return handle.createQuery("SELECT 1 FROM signing_key WHERE fingerprint = :key"
                        + " UNION ALL SELECT 1 FROM given_key WHERE fingerprint = :key")
                .bind("key", fingerprint.hex())
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    static Map<KeyState, Map<KeyAlgorithm, Long>> counts(Handle handle) {
        record Count(KeyState state, KeyAlgorithm algorithm, long keys) {}
        Map<KeyState, Map<KeyAlgorithm, Long>> counts = new EnumMap<>(KeyState.class);
        handle.createQuery("SELECT state, algorithm, count(*) FROM signing_key GROUP BY state, algorithm")
                .map((rs, context) -> new Count(
                        KeyState.valueOf(rs.getString(1)), KeyAlgorithm.valueOf(rs.getString(2)), rs.getLong(3)))
                .forEach(count -> counts.computeIfAbsent(count.state(), state -> new EnumMap<>(KeyAlgorithm.class))
                        .put(count.algorithm(), count.keys()));
        return counts;
    }
}
