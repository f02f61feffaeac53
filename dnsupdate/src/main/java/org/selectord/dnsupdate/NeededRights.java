package org.selectord.dnsupdate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What may have to be written into one zone: TXT, and nothing else, at any name below each of some parents, but for a wildcard; and TXT at the
 * name of the fence.
 */
public record NeededRights(List<OwnerName> parents, Optional<OwnerName> fence) {
    public NeededRights {
        parents = List.copyOf(parents);
    }

    /** What these names need, and whatever else may come to stand beside them. */
    public static NeededRights above(Collection<OwnerName> owners, Zone zone) {
        List<OwnerName> parents =
                owners.stream().map(zone::grantedBelow).distinct().toList();
        return new NeededRights(parents, zone.dns().fence() ? Optional.of(zone.fenceOwner()) : Optional.empty());
    }

    /** Whether TXT may have to be written at this name. */
    public boolean includes(OwnerName owner) {
        return fence.equals(Optional.of(owner)) || isBelowAParent(owner);
    }

    /** The fence, where the right to write below a parent is not the right to write it too. */
    public Optional<OwnerName> fenceApart() {
        return fence.filter(owner -> !isBelowAParent(owner));
    }

    /** The lines of an {@code update-policy} (BIND) that grant a key all of this and nothing more, in this order. */
    public List<String> policy(OwnerName key) {
        List<String> lines = new ArrayList<>();
        parents.forEach(parent -> lines.addAll(policyBelow(key, parent)));
        fenceApart().ifPresent(owner -> lines.add("grant " + key.withoutDot() + " name " + owner + " TXT;"));
        return List.copyOf(lines);
    }

    /** The lines for one parent. The first match wins, and a wildcard grant covers the wildcard itself: so the deny stands first. */
    public static List<String> policyBelow(OwnerName key, OwnerName parent) {
        return List.of(
                "deny " + key.withoutDot() + " name *." + parent + " ANY;",
                "grant " + key.withoutDot() + " wildcard *." + parent + " TXT;");
    }

    /** The part that is about these names. */
    public NeededRights only(Collection<OwnerName> names) {
        return new NeededRights(parents.stream().filter(names::contains).toList(), fence.filter(names::contains));
    }

    private boolean isBelowAParent(OwnerName owner) {
        return parents.stream().anyMatch(parent -> owner.isIn(parent) && !owner.equals(parent));
    }
}
