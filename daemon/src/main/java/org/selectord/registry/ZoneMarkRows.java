package org.selectord.registry;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.HighWater;
import org.selectord.rotation.ManagedDomain;

/** What the records of all domains say of the negative TTLs of their zones, to be looked up by zone. */
final class ZoneMarkRows {
    private ZoneMarkRows() {}

    /** @param listed where nobody looks any more, what was seen on a clock in doubt would count for ever */
    static void set(Handle handle, List<ManagedDomain> domains, Predicate<SigningDomain> listed) {
        List<String> names =
                domains.stream().map(domain -> domain.name().name()).toList();
        Names.inChunks(names)
                .forEach(some -> handle.createUpdate("DELETE FROM zone_mark WHERE domain IN (<names>)")
                        .bindList("names", some)
                        .execute());
        try (PreparedBatch batch = handle.prepareBatch(
                "INSERT INTO zone_mark (domain, apex, seconds, counts_from, counts_until, lower_seconds)"
                        + " VALUES (:domain, :apex, :seconds, :from, :until, :lower)")) {
            for (ManagedDomain domain : domains) {
                domain.negativeTtls()
                        .forEach((apex, mark) -> batch.bind(
                                        "domain", domain.name().name())
                                .bind("apex", apex.name())
                                .bind("seconds", mark.seconds())
                                .bind("from", Nanos.of(mark.countsFrom()))
                                .bind("until", Nanos.of(mark.countsUntil()))
                                .bind("lower", mark.lowerSeconds())
                                .add());
            }
            batch.execute();
        }
    }

    static Map<OwnerName, HighWater> highest(Handle handle, Set<OwnerName> apexes, Instant now) {
        Map<OwnerName, HighWater> highest = new HashMap<>();
        apexes.forEach(apex -> highest(handle, apex, now).ifPresent(mark -> highest.put(apex, mark)));
        return highest;
    }

    private static Optional<HighWater> highest(Handle handle, OwnerName apex, Instant now) {
        return handle.createQuery(
                        "SELECT seconds, counts_from, lower_seconds FROM zone_mark"
                                + " WHERE apex = :apex AND counts_until > :now ORDER BY seconds DESC, counts_until DESC LIMIT 1")
                .bind("apex", apex.name())
                .bind("now", Nanos.of(now))
                .map((rs, context) -> {
                    long lower = rs.getLong(3);
                    Optional<Long> lowerSeconds = rs.wasNull() ? Optional.empty() : Optional.of(lower);
                    return new HighWater(rs.getLong(1), Nanos.instant(rs.getLong(2)), lowerSeconds);
                })
                .findFirst();
    }
}
