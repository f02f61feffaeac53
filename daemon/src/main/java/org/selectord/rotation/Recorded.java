package org.selectord.rotation;

import java.time.Instant;
import java.util.List;

/**
 * One domain to be saved.
 *
 * @param after the new record; its version is the one it was read with
 * @param dueAt when its next step is due, an index of what the planner said
 * @param entries what goes into its history
 */
public record Recorded(ManagedDomain after, Instant dueAt, List<HistoryEntry> entries) {
    public Recorded {
        entries = List.copyOf(entries);
    }
}
