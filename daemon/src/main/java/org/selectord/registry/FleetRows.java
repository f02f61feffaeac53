package org.selectord.registry;

import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
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
        UNLISTED,
        HALTED,
        WAITING,
        SIGNING;

        static Standing of(ManagedDomain domain, boolean listed) {
            if (!listed && domain.hasKeys()) {
                return UNLISTED;
            }
            if (!domain.halts().isEmpty()) {
                return HALTED;
            }
            boolean signs = domain.keys().stream().anyMatch(key -> key.state() == KeyState.ACTIVE);
            return signs ? SIGNING : WAITING;
        }
    }

    static void setHalts(Handle handle, List<ManagedDomain> domains) {
        List<String> names =
                domains.stream().map(domain -> domain.name().name()).toList();
        Names.inChunks(names)
                .forEach(some -> handle.createUpdate("DELETE FROM halt WHERE domain IN (<names>)")
                        .bindList("names", some)
                        .execute());
        domains.forEach(domain -> domain.halts().forEach((chain, halt) -> insert(handle, domain, chain, halt)));
    }

    private static void insert(Handle handle, ManagedDomain domain, KeyType chain, Halt halt) {
        handle.execute(
                "INSERT INTO halt (domain, chain, reason) VALUES (?, ?, ?)",
                domain.name().name(),
                chain.name(),
                halt.reason().name());
    }

    static FleetCounts counts(Handle handle, Instant overdueBefore) {
        Map<Standing, Long> standing = standing(handle);
        return new FleetCounts(
                standing.getOrDefault(Standing.UNLISTED, 0L),
                standing.getOrDefault(Standing.SIGNING, 0L),
                standing.getOrDefault(Standing.WAITING, 0L),
                standing.getOrDefault(Standing.HALTED, 0L),
                haltedBy(handle),
                instant(handle, "SELECT min(since_at) FROM signing_key WHERE state = ?", KeyState.ACTIVE.name()),
                instant(handle, "SELECT min(due_at) FROM domain WHERE due_at < ?", Nanos.NEVER),
                handle.select("SELECT count(*) FROM domain WHERE due_at < ?", Nanos.of(overdueBefore))
                        .mapTo(Long.class)
                        .one(),
                FlipRows.isBreakerOpen(handle));
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
                    long nanos = rs.getLong(1);
                    return rs.wasNull() ? Optional.<Instant>empty() : Optional.of(Nanos.instant(nanos));
                })
                .one();
    }
}
