package org.selectord.registry;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.rotation.HighWater;
import org.selectord.rotation.ManagedDomain;

/** What the records of all domains say of the negative TTLs of their zones, to be looked up by zone. */
final class ZoneMarkRows {
    private ZoneMarkRows() {}

    static void set(Handle handle, List<ManagedDomain> domains) {
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
        Names.inChunks(apexes.stream().map(OwnerName::name).toList())
                .forEach(some -> handle.createQuery("SELECT apex, seconds, counts_from, lower_seconds FROM"
                                + " (SELECT *, row_number() OVER (PARTITION BY apex ORDER BY seconds DESC, counts_until DESC)"
                                + " AS place FROM zone_mark WHERE apex IN (<apexes>) AND counts_until > :now) ranked"
                                + " WHERE place = 1")
                        .bindList("apexes", some)
                        .bind("now", Nanos.of(now))
                        .map((rs, context) -> {
                            long lower = rs.getLong(4);
                            Optional<Long> lowerSeconds = rs.wasNull() ? Optional.empty() : Optional.of(lower);
                            return Map.entry(
                                    new OwnerName(rs.getString(1)),
                                    new HighWater(rs.getLong(2), Nanos.instant(rs.getLong(3)), lowerSeconds));
                        })
                        .forEach(mark -> highest.put(mark.getKey(), mark.getValue())));
        return highest;
    }
}
