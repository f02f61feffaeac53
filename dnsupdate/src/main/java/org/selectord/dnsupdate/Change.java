package org.selectord.dnsupdate;

import java.util.Optional;

/**
 * One compare-and-swap on the TXT RRset of one owner name. Publish: nothing of any type before, something after. Withdraw: exactly this
 * RRset (as split) before, nothing after. Replace: both.
 */
public record Change(OwnerName owner, Optional<TxtRRset> before, Optional<TxtRRset> after) {
    public Change {
        if (before.isEmpty() && after.isEmpty()) {
            throw new IllegalArgumentException("a change of " + owner + " from nothing to nothing");
        }
        if (before.stream().anyMatch(set -> !set.owner().equals(owner))
                || after.stream().anyMatch(set -> !set.owner().equals(owner))) {
            throw new IllegalArgumentException("a change of " + owner + " names another owner");
        }
    }

    public static Change publish(TxtRRset set) {
        return new Change(set.owner(), Optional.empty(), Optional.of(set));
    }

    public static Change withdraw(TxtRRset set) {
        return new Change(set.owner(), Optional.of(set), Optional.empty());
    }
}
