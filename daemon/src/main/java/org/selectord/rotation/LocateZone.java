package org.selectord.rotation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ParentZone;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.Selector;

/** LOCATE: finds the zone that will hold a domain's key records, and whether a wildcard or a missing right stands in the way of the next one. */
final class LocateZone implements Worker {
    /** What is assumed of a parent zone that does not tell: no resolver that we know remembers a denial for longer by default. */
    static final Duration ASSUMED_OF_PARENT = Duration.ofDays(1);

    private final AuthoritativeLookup lookup;
    private final ParentZone parent;
    private final PublishRights rights;
    private final Clock clock;

    LocateZone(AuthoritativeLookup lookup, ParentZone parent, PublishRights rights, Clock clock) {
        this.lookup = lookup;
        this.parent = parent;
        this.rights = rights;
        this.clock = clock;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        Instant enough = clock.instant().plus(ManagedDomain.CALL_TIMEOUT);
        List<Seen> all = oneLane.stream()
                .map(task -> new Seen(task, clock.instant().isBefore(enough) ? locate(task) : tooLate(task)))
                .toList();
        Map<Zone, Set<OwnerName>> toBeWritten = new LinkedHashMap<>();
        all.forEach(each -> each.zoneToPublishIn()
                .ifPresent(zone -> toBeWritten
                        .computeIfAbsent(zone, any -> new TreeSet<>())
                        .addAll(each.owners())));
        Map<Zone, Map<OwnerName, Reason>> refused = new HashMap<>();
        toBeWritten.forEach((zone, owners) -> refused.put(zone, rights.refused(zone, owners)));
        return all.stream().map(each -> each.unless(refused)).toList();
    }

    /** What locating came to for one task. */
    private record Seen(Task task, Outcome outcome) {
        /** Where a rotation has come to its publication; nothing else needs a right at once. */
        Optional<Zone> zoneToPublishIn() {
            return !owners().isEmpty()
                            && !adopts(task)
                            && outcome instanceof Outcome.Done done
                            && done.finding() instanceof Finding.Located located
                    ? Optional.of(task.zoneAt(located.apex()))
                    : Optional.empty();
        }

        List<OwnerName> owners() {
            return task.domain().keys().stream()
                    .filter(key -> key.state() == KeyState.GENERATED)
                    .map(key -> key.record().owner())
                    .toList();
        }

        Outcome unless(Map<Zone, Map<OwnerName, Reason>> refused) {
            return zoneToPublishIn()
                    .flatMap(zone -> owners().stream()
                            .flatMap(owner ->
                                    Optional.ofNullable(
                                            refused.getOrDefault(zone, Map.of()).get(owner))
                                            .stream())
                            .findFirst())
                    .<Outcome>map(reason -> new Outcome.NotYet(Pace.SLOW, reason))
                    .orElse(outcome);
        }
    }

    /** Which writes nothing. */
    private static boolean adopts(Task task) {
        return task.domain().openOrder(Order.Kind.ADOPT).isPresent();
    }

    /** All of a lane ask the same primaries: whoever comes behind silence is let go, so that its other steps need not wait for it. */
    private static Outcome tooLate(Task task) {
        return new Outcome.NotYet(
                Pace.QUICK,
                new Reason("the primaries of dns " + task.settings().dns().name()
                        + " took so long for other domains that this one was not asked for"));
    }

    private Outcome locate(Task task) {
        OwnerName below = task.settings().ownerOf(new Selector("selectord"));
        Location location = lookup.locate(task.settings().dns(), below);
        if (location instanceof Location.At at) {
            return at.wildcard()
                    .filter(found -> !adopts(task))
                    .map(found -> (Outcome) new Outcome.NotYet(
                            Pace.SLOW,
                            new Reason("a wildcard answers for every selector: " + found
                                    + "; remove it from the zone, for no selector can be proven beside it")))
                    .orElseGet(() -> new Outcome.Done(
                            new Finding.Located(at.apex(), at.negativeTtlSeconds(), ofParent(task, at.apex()))));
        } else if (location instanceof Location.Nowhere nowhere) {
            return new Outcome.NotYet(Pace.SLOW, new Reason(nowhere.why()));
        } else if (location instanceof Location.NoAnswer noAnswer) {
            return new Outcome.NotYet(Pace.QUICK, new Reason(noAnswer.cameBack()));
        }
        throw new IllegalStateException("a location nobody knows: " + location);
    }

    /** Of a zone that was not known before; a list of servers is an operator's word that asks no parent. */
    private Optional<Long> ofParent(Task task, OwnerName apex) {
        return task.settings().dns().authoritative().isPresent()
                ? Optional.empty()
                : ofParent(parent, apex, task.domain().zone());
    }

    static Optional<Long> ofParent(ParentZone parent, OwnerName apex, Optional<ZoneMarks> known) {
        return known.filter(zone -> zone.apex().equals(apex)).isPresent()
                ? Optional.empty()
                : Optional.of(parent.negativeTtlSeconds(apex).orElse(ASSUMED_OF_PARENT.toSeconds()));
    }
}
