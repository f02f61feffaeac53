package org.selectord.rotation;

import java.util.List;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.OwnerName;

/** LOCATE: finds the zone that will hold a domain's key records, and whether a wildcard stands in the way. */
final class LocateZone implements Worker {
    private final AuthoritativeLookup lookup;

    LocateZone(AuthoritativeLookup lookup) {
        this.lookup = lookup;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        return oneLane.stream().map(this::locate).toList();
    }

    private Outcome locate(Task task) {
        OwnerName below = OwnerName.of("selectord._domainkey." + task.domain().name());
        Location location = lookup.locate(task.settings().dns(), below);
        if (location instanceof Location.At at) {
            return at.wildcard()
                    .map(found -> (Outcome) new Outcome.NotYet(
                            Pace.SLOW,
                            new Reason("a wildcard answers for every selector: " + found
                                    + "; remove it from the zone, for no selector can be proven beside it")))
                    .orElseGet(() -> new Outcome.Done(new Finding.Located(at.apex(), at.negativeTtlSeconds())));
        } else if (location instanceof Location.Nowhere nowhere) {
            return new Outcome.NotYet(Pace.SLOW, new Reason(nowhere.why()));
        } else if (location instanceof Location.NoAnswer noAnswer) {
            return new Outcome.NotYet(Pace.QUICK, new Reason(noAnswer.cameBack()));
        }
        throw new IllegalStateException("a location nobody knows: " + location);
    }
}
