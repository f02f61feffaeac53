package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The cut between a zone and its parent: a cache may remember for the parent's negative TTL that a name below was not there, from just before the cut was
 * first seen.
 *
 * @param firstSeenAt {@link Use#UNTIMED} where it was seen while the clock could not be trusted: then the next trusted look counts
 */
public record ZoneCut(long parentNegativeTtlSeconds, Instant firstSeenAt) {
    static Optional<ZoneCut> first(Finding.Located located, Look look) {
        return located.parentNegativeTtlSeconds()
                .map(seconds -> new ZoneCut(seconds, look.trusted() ? look.endedAt() : Use.UNTIMED));
    }

    ZoneCut seenIn(Look look) {
        return firstSeenAt.equals(Use.UNTIMED) && look.trusted()
                ? new ZoneCut(parentNegativeTtlSeconds, look.endedAt())
                : this;
    }

    Duration parentNegativeTtl() {
        return Duration.ofSeconds(parentNegativeTtlSeconds);
    }

    boolean isBeyond(Instant now) {
        return !firstSeenAt.equals(Use.UNTIMED) && firstSeenAt.isAfter(now);
    }

    ZoneCut notBeyond(Instant now) {
        return firstSeenAt.equals(Use.UNTIMED)
                ? this
                : new ZoneCut(parentNegativeTtlSeconds, Use.earlier(firstSeenAt, now));
    }
}
