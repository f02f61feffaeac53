package org.selectord.rotation;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.selectord.dnsupdate.OwnerName;

/**
 * What the servers of a customer's zone have shown about the aliases in it.
 *
 * @param zone that zone, as {@link ManagedDomain#zone} is ours; empty while no server of it told
 * @param shown by where the alias leads to, which is the owner name of a key record of ours
 */
public record AliasMarks(Optional<ZoneMarks> zone, Map<OwnerName, Propagated> shown) {
    static final AliasMarks NOTHING = new AliasMarks(Optional.empty(), Map.of());

    public AliasMarks {
        shown = Map.copyOf(shown);
    }

    /** Of the alias that leads there. */
    Propagated of(OwnerName target) {
        return shown.getOrDefault(target, Propagated.NOTHING);
    }

    AliasMarks with(OwnerName target, Propagated seen) {
        Map<OwnerName, Propagated> changed = new HashMap<>(shown);
        changed.put(target, seen);
        return new AliasMarks(zone, changed);
    }

    AliasMarks located(Finding.Located located, Look look) {
        return new AliasMarks(Optional.of(ZoneMarks.located(zone, located, look)), shown);
    }

    boolean isBeyond(Instant now) {
        return zone.filter(marks -> marks.isBeyond(now)).isPresent()
                || shown.values().stream()
                        .anyMatch(seen -> seen.lookedAt().filter(now::isBefore).isPresent());
    }

    AliasMarks notBeyond(Instant now) {
        Map<OwnerName, Propagated> seen = new HashMap<>();
        shown.forEach((target, proof) -> seen.put(target, proof.notBeyond(now)));
        return new AliasMarks(zone.map(marks -> marks.notBeyond(now)), seen);
    }
}
