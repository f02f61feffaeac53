package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.SigningDomain;

/** What the faces read. Blocks; safe from any thread; throws {@link RegistryUnavailableException}. */
public interface RegistryView {
    Optional<ManagedDomain> find(SigningDomain domain);

    /** Domains by name, after {@code after} (exclusive), at most so many. */
    List<ManagedDomain> page(Optional<SigningDomain> after, int atMost);

    /** The newest entries first, of one domain or of all. */
    List<HistoryEntry> history(Optional<SigningDomain> domain, int atMost);

    /** Reads the whole history again, each row against its hash; takes as long as the history is, and little memory. */
    HistoryCheck checkHistory();

    Optional<Order> order(long number);

    /** How many keys are in each state, by algorithm. */
    Map<KeyState, Map<KeyAlgorithm, Long>> keyCounts();

    /**
     * How all domains stand. Asked at every scrape of the metrics: costs a few indexed queries, however many domains there are.
     *
     * @param overdueBefore domains whose next step was due before this count as overdue
     */
    FleetCounts fleetCounts(Instant overdueBefore);

    /** A cheap read and write that proves the registry works; throws if it does not. */
    void probe();
}
