package org.selectord.rotation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ParentZone;
import org.selectord.key.Selector;

/** LOCATE: finds the zone that will hold a domain's key records, and whether a wildcard stands in the way. */
final class LocateZone implements Worker {
    /** What is assumed of a parent zone that does not tell: no resolver that we know remembers a denial for longer by default. */
    static final Duration ASSUMED_OF_PARENT = Duration.ofDays(1);

    private final AuthoritativeLookup lookup;
    private final ParentZone parent;

    LocateZone(AuthoritativeLookup lookup, ParentZone parent) {
        this.lookup = lookup;
        this.parent = parent;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        return oneLane.stream().map(this::locate).toList();
    }

    private Outcome locate(Task task) {
        OwnerName below = task.settings().ownerOf(new Selector("selectord"));
        Location location = lookup.locate(task.settings().dns(), below);
        if (location instanceof Location.At at) {
            return at.wildcard()
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
