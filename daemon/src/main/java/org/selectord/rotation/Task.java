package org.selectord.rotation;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.KeyId;

/**
 * One step of one claimed domain, with the record and the settings it was decided on. Looks of one lane go together, each a task.
 *
 * @param fence what a change of the zone puts there; taken together with its intent
 */
public record Task(ManagedDomain domain, DomainSettings settings, Step step, Optional<Fence> fence) {
    /** Without a fence. */
    public Task(ManagedDomain domain, DomainSettings settings, Step step) {
        this(domain, settings, step, Optional.empty());
    }

    /** The key the step is about. */
    public ManagedKey key() {
        return domain.key(step.key().orElseThrow());
    }

    KeyId keyId() {
        return step.key().orElseThrow();
    }

    /** The zone that was located before any step that needs it. */
    public Zone zone() {
        return zoneAt(apex());
    }

    /** The same for one that was located just now. */
    Zone zoneAt(OwnerName apex) {
        return zone(apex, Set.of());
    }

    /** The same for a proof by mail: without the servers that an operator goes on without. */
    Zone zoneThatCounts() {
        Set<String> leftOut = domain.waivers().stream()
                .filter(waiver -> waiver.kind() == Waiver.Kind.SERVER)
                .map(Waiver::name)
                .collect(Collectors.toSet());
        return zone(apex(), leftOut);
    }

    private OwnerName apex() {
        return domain.zone().orElseThrow().apex();
    }

    private Zone zone(OwnerName apex, Set<String> leftOut) {
        return new Zone(apex, settings.dns(), leftOut, settings.ring().map(Ring::zone));
    }
}
