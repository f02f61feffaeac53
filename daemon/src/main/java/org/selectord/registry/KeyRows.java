package org.selectord.registry;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;

/** The keys of all domains, beside the documents: what binds a fingerprint and a selector to one key for ever, and what counts keys. */
final class KeyRows {
    private KeyRows() {}

    private record Row(
            int number, String selector, String fingerprint, String algorithm, String state, long sinceMillis) {
        static Row of(ManagedKey key) {
            return new Row(
                    key.id().number(),
                    key.selector().name(),
                    key.fingerprint().hex(),
                    key.algorithm().name(),
                    key.state().name(),
                    key.since().toEpochMilli());
        }

        boolean bindsTheSameAs(Row other) {
            return selector.equals(other.selector)
                    && fingerprint.equals(other.fingerprint)
                    && algorithm.equals(other.algorithm);
        }
    }

    /** Brings the rows of one domain to its new record. A key that changes what it is bound to, or is gone, is a bug: {@link IllegalStateException}. */
    static void bind(Handle handle, ManagedDomain domain) {
        Map<Integer, Row> bound = rowsOf(handle, domain.name());
        for (ManagedKey key : domain.keys()) {
            Row wanted = Row.of(key);
            Optional<Row> known = Optional.ofNullable(bound.remove(wanted.number()));
            if (known.isEmpty()) {
                insert(handle, key, wanted);
            } else if (!known.get().bindsTheSameAs(wanted)) {
                throw new IllegalStateException(
                        "key " + key.id() + " is bound to " + known.get() + " for ever and cannot become " + wanted);
            } else if (!known.get().equals(wanted)) {
                setState(handle, key, wanted);
            }
        }
        if (!bound.isEmpty()) {
            throw new IllegalStateException("the new record of " + domain.name()
                    + " lacks keys that are bound to it for ever: " + bound.keySet());
        }
    }

    private static Map<Integer, Row> rowsOf(Handle handle, SigningDomain domain) {
        Map<Integer, Row> rows = new HashMap<>();
        handle.createQuery(
                        "SELECT number, selector, fingerprint, algorithm, state, since_at FROM signing_key WHERE domain = :domain")
                .bind("domain", domain.name())
                .map((rs, context) -> new Row(
                        rs.getInt(1),
                        rs.getString(2),
                        rs.getString(3),
                        rs.getString(4),
                        rs.getString(5),
                        rs.getLong(6)))
                .forEach(row -> rows.put(row.number(), row));
        return rows;
    }

    private static void insert(Handle handle, ManagedKey key, Row row) {
        refuseBoundElsewhere(handle, key);
        handle.createUpdate(
                        "INSERT INTO signing_key (domain, number, selector, fingerprint, algorithm, state, since_at)"
                                + " VALUES (:domain, :number, :selector, :fingerprint, :algorithm, :state, :since)")
                .bind("domain", key.id().domain().name())
                .bind("number", row.number())
                .bind("selector", row.selector())
                .bind("fingerprint", row.fingerprint())
                .bind("algorithm", row.algorithm())
                .bind("state", row.state())
                .bind("since", row.sinceMillis())
                .execute();
    }

    /** The table would refuse it too, without saying whose it is. */
    private static void refuseBoundElsewhere(Handle handle, ManagedKey key) {
        handle.createQuery("SELECT domain, number, selector FROM signing_key"
                        + " WHERE fingerprint = :fingerprint OR (domain = :domain AND selector = :selector)")
                .bind("fingerprint", key.fingerprint().hex())
                .bind("domain", key.id().domain().name())
                .bind("selector", key.selector().name())
                .map((rs, context) -> rs.getString(1) + "#" + rs.getInt(2) + " (selector " + rs.getString(3) + ")")
                .findFirst()
                .ifPresent(other -> {
                    throw new IllegalStateException("key " + key.id() + " (selector " + key.selector()
                            + ", fingerprint " + key.fingerprint()
                            + ") cannot be recorded: its selector or fingerprint is bound to " + other + " for ever");
                });
    }

    private static void setState(Handle handle, ManagedKey key, Row row) {
        handle.createUpdate(
                        "UPDATE signing_key SET state = :state, since_at = :since WHERE domain = :domain AND number = :number")
                .bind("state", row.state())
                .bind("since", row.sinceMillis())
                .bind("domain", key.id().domain().name())
                .bind("number", row.number())
                .execute();
    }

    static boolean isTaken(Handle handle, KeyFingerprint fingerprint) {
        return handle.createQuery("SELECT 1 FROM signing_key WHERE fingerprint = :fingerprint")
                .bind("fingerprint", fingerprint.hex())
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    static Map<KeyState, Map<KeyAlgorithm, Long>> counts(Handle handle) {
        Map<KeyState, Map<KeyAlgorithm, Long>> counts = new EnumMap<>(KeyState.class);
        handle.createQuery("SELECT state, algorithm, count(*) FROM signing_key GROUP BY state, algorithm")
                .map((rs, context) -> Map.entry(Map.entry(rs.getString(1), rs.getString(2)), rs.getLong(3)))
                .forEach(count -> counts.computeIfAbsent(
                                KeyState.valueOf(count.getKey().getKey()), state -> new EnumMap<>(KeyAlgorithm.class))
                        .put(KeyAlgorithm.valueOf(count.getKey().getValue()), count.getValue()));
        return counts;
    }
}
