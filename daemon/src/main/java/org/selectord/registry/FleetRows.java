package org.selectord.registry;

import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.selectord.key.KeyType;
import org.selectord.rotation.FleetCounts;
import org.selectord.rotation.Halt;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;

/** What is counted over all domains; each count is answered by an index. */
final class FleetRows {
    private FleetRows() {}

    /** How a domain stands: the worst that is true of it. */
    enum Standing {
        HALTED,
        WAITING,
        SIGNING;

        static Standing of(ManagedDomain domain) {
            if (!domain.halts().isEmpty()) {
                return HALTED;
            }
            boolean signs = domain.keys().stream().anyMatch(key -> key.state() == KeyState.ACTIVE);
            return signs ? SIGNING : WAITING;
        }
    }

    static void setHalts(Handle handle, ManagedDomain domain) {
        handle.createUpdate("DELETE FROM halt WHERE domain = :domain")
                .bind("domain", domain.name().name())
                .execute();
        domain.halts().forEach((type, halt) -> insert(handle, domain, type, halt));
    }

    private static void insert(Handle handle, ManagedDomain domain, KeyType chain, Halt halt) {
        handle.createUpdate("INSERT INTO halt (domain, chain, reason) VALUES (:domain, :chain, :reason)")
                .bind("domain", domain.name().name())
                .bind("chain", chain.name())
                .bind("reason", halt.reason().name())
                .execute();
    }

    static FleetCounts counts(Handle handle, long overdueBefore, long never) {
        Map<Standing, Long> standing = standing(handle);
        return new FleetCounts(
                standing.getOrDefault(Standing.SIGNING, 0L),
                standing.getOrDefault(Standing.WAITING, 0L),
                standing.getOrDefault(Standing.HALTED, 0L),
                haltedBy(handle),
                instant(handle, "SELECT min(since_at) FROM signing_key WHERE state = ?", KeyState.ACTIVE.name()),
                instant(handle, "SELECT min(due_at) FROM domain WHERE due_at < ?", never),
                handle.select("SELECT count(*) FROM domain WHERE due_at < ?", overdueBefore)
                        .mapTo(Long.class)
                        .one());
    }

    private static Map<Standing, Long> standing(Handle handle) {
        Map<Standing, Long> counts = new EnumMap<>(Standing.class);
        handle.select("SELECT standing, count(*) FROM domain GROUP BY standing")
                .map((rs, context) -> Map.entry(Standing.valueOf(rs.getString(1)), rs.getLong(2)))
                .forEach(count -> counts.put(count.getKey(), count.getValue()));
        return counts;
    }

    private static Map<HaltReason, Long> haltedBy(Handle handle) {
        Map<HaltReason, Long> counts = new HashMap<>();
        handle.select("SELECT reason, count(DISTINCT domain) FROM halt GROUP BY reason")
                .map((rs, context) -> Map.entry(HaltReason.valueOf(rs.getString(1)), rs.getLong(2)))
                .forEach(count -> counts.put(count.getKey(), count.getValue()));
        return counts;
    }

    private static Optional<Instant> instant(Handle handle, String sql, Object parameter) {
        return handle.select(sql, parameter)
                .map((rs, context) -> {
                    long millis = rs.getLong(1);
                    return rs.wasNull() ? Optional.<Instant>empty() : Optional.of(Instant.ofEpochMilli(millis));
                })
                .one();
    }
}
