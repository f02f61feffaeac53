package org.selectord.rotation;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.selectord.dnsupdate.OwnerName;

/**
 * Where a domain's key records live, and how long caches may remember that one of them is not there.
 *
 * @param negativeTtl N of F1: the highest that servers answered
 * @param locatedAt when the primary was last asked
 * @param cut what the parent zone may have said of names below the apex before it was one; none where a list of servers is configured
 */
public record ZoneMarks(OwnerName apex, HighWater negativeTtl, Instant locatedAt, Optional<ZoneCut> cut) {
    ZoneMarks withNegativeTtl(long seconds, Look look) {
        return new ZoneMarks(apex, negativeTtl.with(seconds, look), locatedAt, cut.map(seen -> seen.seenIn(look)));
    }

    /** A zone that was found: for the first time, or again. */
    static ZoneMarks located(Optional<ZoneMarks> known, Finding.Located located, Look look) {
        return known.map(marks -> marks.located(located, look)).orElseGet(() -> first(located, look));
    }

    static ZoneMarks first(Finding.Located located, Look look) {
        return new ZoneMarks(
                located.apex(),
                HighWater.first(located.negativeTtlSeconds(), look),
                look.endedAt(),
                ZoneCut.first(located, look));
    }

    /** The same zone still, or another: what was denied in the name of the old one is remembered as long. */
    ZoneMarks located(Finding.Located located, Look look) {
        boolean same = located.apex().equals(apex);
        return new ZoneMarks(
                located.apex(),
                negativeTtl.with(located.negativeTtlSeconds(), look),
                look.endedAt(),
                same ? cut.map(seen -> seen.seenIn(look)) : ZoneCut.first(located, look));
    }

    /** The same, as evidence too old to act on. */
    ZoneMarks toBeLocated() {
        return new ZoneMarks(apex, negativeTtl, locatedAt.minus(RotationPlanner.EVIDENCE_PERIOD), cut);
    }

    ZoneMarks joined(Map<OwnerName, HighWater> seenByAll) {
        HighWater all = seenByAll.get(apex);
        return all == null ? this : new ZoneMarks(apex, negativeTtl.joined(all), locatedAt, cut);
    }

    boolean isBeyond(Instant now) {
        return locatedAt.isAfter(now)
                || negativeTtl.isBeyond(now)
                || cut.filter(seen -> seen.isBeyond(now)).isPresent();
    }

    ZoneMarks notBeyond(Instant now) {
        return new ZoneMarks(
                apex, negativeTtl.notBeyond(now), Use.earlier(locatedAt, now), cut.map(seen -> seen.notBeyond(now)));
    }
}
