package org.selectord.metrics;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.selectord.key.KeyAlgorithm;
import org.selectord.rotation.FleetCounts;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.RegistryView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all gauges of one scrape read: asked of the registry at most once a second, and absent while the registry cannot be used. */
final class FleetReading {
    /** A step that is due is under way or done within this, or the daemon does not do its work. */
    static final Duration OVERDUE_AFTER = Duration.ofMinutes(1);

    private static final long KEPT_NANOS = Duration.ofSeconds(1).toNanos();
    private static final Logger LOG = LoggerFactory.getLogger(FleetReading.class);

    /** The counts of one moment. */
    record Counts(Instant at, FleetCounts fleet, Map<KeyState, Map<KeyAlgorithm, Long>> keys) {}

    private final RegistryView registry;
    private final Clock clock;
    private final LongSupplier nanos;

    private Optional<Counts> last = Optional.empty(); // guarded by this
    private Optional<Long> readAt = Optional.empty(); // guarded by this

    FleetReading(RegistryView registry, Clock clock, LongSupplier nanos) {
        this.registry = registry;
        this.clock = clock;
        this.nanos = nanos;
    }

    synchronized Optional<Counts> counts() {
        long now = nanos.getAsLong();
        if (readAt.filter(at -> now - at < KEPT_NANOS).isEmpty()) {
            last = read();
            readAt = Optional.of(nanos.getAsLong());
        }
        return last;
    }

    private Optional<Counts> read() {
        try {
            Instant at = clock.instant();
            return Optional.of(new Counts(at, registry.fleetCounts(at.minus(OVERDUE_AFTER)), registry.keyCounts()));
        } catch (RuntimeException e) {
            LOG.warn("gauges that the registry counts are absent from the metrics: {}", e.getMessage());
            return Optional.empty();
        }
    }
}
