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
import org.selectord.dnsupdate.NeededRights;
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
    private record Place(Zone zone, OwnerName below) {}

    /** Below which of these names no key record may be written, and what to add so that it may. */
    Map<OwnerName, Reason> refused(Zone zone, Set<OwnerName> below) {
        Instant now = clock.instant();
        grantedAt.values().removeIf(at -> at.isAfter(now) || !now.isBefore(at.plus(REMEMBERED)));
        List<OwnerName> asked = below.stream()
                .filter(name -> !grantedAt.containsKey(new Place(zone, name)))
                .toList();
        if (asked.isEmpty()) {
            return Map.of();
        }
        Optional<OwnerName> fence = zone.dns().fence() ? Optional.of(zone.fenceOwner()) : Optional.empty();
        Optional<RightsFinding> missing = probe.missing(zone, new NeededRights(asked, fence));
        Map<OwnerName, Reason> refused = new LinkedHashMap<>();
        for (OwnerName name : asked) {
            missing.filter(finding -> concerns(finding, name, asked))
                    .ifPresentOrElse(
                            finding -> refused.put(name, reason(finding)),
                            () -> grantedAt.put(new Place(zone, name), now));
        }
        return refused;
    }

    /** Without its fence nothing of a zone can be written. */
    private static boolean concerns(RightsFinding finding, OwnerName name, List<OwnerName> asked) {
        return finding.names().isEmpty() || finding.names().contains(name) || !asked.containsAll(finding.names());
    }

    private static Reason reason(RightsFinding finding) {
        return new Reason(Stream.concat(Stream.of(finding.said()), finding.policy().stream())
                .collect(Collectors.joining(" ")));
    }
}
