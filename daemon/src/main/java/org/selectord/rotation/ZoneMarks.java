package org.selectord.rotation;

import java.time.Instant;
import org.selectord.dnsupdate.OwnerName;

/**
 * Where a domain's key records live, and how long caches may remember that one of them is not there.
 *
 * @param negativeTtl N of F1: the highest that servers answered
 * @param locatedAt when the primary was last asked
 */
public record ZoneMarks(OwnerName apex, HighWater negativeTtl, Instant locatedAt) {
    ZoneMarks withNegativeTtl(long seconds, Look look) {
        return new ZoneMarks(apex, negativeTtl.with(seconds, look), locatedAt);
    }

    ZoneMarks located(OwnerName at, long negativeTtlSeconds, Look look) {
        return new ZoneMarks(at, negativeTtl.with(negativeTtlSeconds, look), look.endedAt());
    }

    ZoneMarks notBeyond(Instant now) {
        return new ZoneMarks(apex, negativeTtl.notBeyond(now), Use.earlier(locatedAt, now));
    }
}
