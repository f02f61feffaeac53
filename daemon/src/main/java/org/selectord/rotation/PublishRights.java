package org.selectord.rotation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.Zone;

/**
 * Whether what is about to be published may be written at all: asked before each rotation, together for all domains of a zone that come to it at
 * once, and what was found granted not again for some minutes. A server that does not tell, or cannot be asked, holds nobody up: the update
 * itself will. Any thread.
 */
final class PublishRights {
    static final Duration REMEMBERED = Duration.ofMinutes(5);

    private final RightsProbe probe;
    private final Clock clock;
    private final Map<Place, Instant> grantedAt = new ConcurrentHashMap<>();

    PublishRights(RightsProbe probe, Clock clock) {
        this.probe = probe;
        this.clock = clock;
    }

    /** What is remembered: of another TSIG key, fence or primary nothing is. */
    private record Place(Zone zone, OwnerName owner) {}

    /** At which of these names no key record may be written, and what to add so that it may. */
    Map<OwnerName, Reason> refused(Zone zone, Set<OwnerName> owners) {
        Instant now = clock.instant();
        grantedAt.values().removeIf(at -> at.isAfter(now) || !now.isBefore(at.plus(REMEMBERED)));
        List<OwnerName> asked = owners.stream()
                .filter(name -> !grantedAt.containsKey(new Place(zone, name)))
                .toList();
        if (asked.isEmpty()) {
            return Map.of();
        }
        Optional<RightsFinding> missing = probe.missing(zone, asked);
        Map<OwnerName, Reason> refused = new LinkedHashMap<>();
        for (OwnerName name : asked) {
            missing.filter(finding -> concerns(finding, name, zone))
                    .ifPresentOrElse(
                            finding -> refused.put(name, reason(finding)),
                            () -> grantedAt.put(new Place(zone, name), now));
        }
        return refused;
    }

    /** Without its fence nothing of a zone can be written. */
    private static boolean concerns(RightsFinding finding, OwnerName owner, Zone zone) {
        Set<OwnerName> names = finding.names();
        return names.isEmpty()
                || names.contains(zone.fenceOwner())
                || names.contains(owner)
                || names.contains(zone.grantedBelow(owner));
    }

    private static Reason reason(RightsFinding finding) {
        return new Reason(Stream.concat(Stream.of(finding.said()), finding.policy().stream())
                .collect(Collectors.joining(" ")));
    }
}
