package org.selectord.rotation;

import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.AliasCheck;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ParentZone;

/** ASK_ALIASES: what the servers of a customer's zone answer for the aliases in it; each domain is a lane of its own. */
final class AskAliases implements Worker {
    private final AliasCheck check;
    private final ParentZone parent;

    AskAliases(AliasCheck check, ParentZone parent) {
        this.check = check;
        this.parent = parent;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        return oneLane.stream().map(this::look).toList();
    }

    private Outcome look(Task task) {
        Ring ring = task.settings().ring().orElseThrow();
        OwnerName below = OwnerName.of("_domainkey." + task.domain().name());
        AliasLook seen = check.look(below, ring.authoritative(), task.domain().aliases(task.settings()));
        Optional<Long> ofParent = seen.apex()
                .filter(apex -> ring.authoritative().isEmpty())
                .flatMap(apex -> LocateZone.ofParent(
                        parent, apex, task.domain().aliases().flatMap(AliasMarks::zone)));
        return new Outcome.Done(new Finding.OnAliases(seen, ofParent));
    }
}
