package org.selectord.daemon;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.SpareKeys;
import org.selectord.rotation.RegistryUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes ready what the coming days will ask for. */
final class SpareFiller {
    static final Duration EVERY = Duration.ofMinutes(10);

    private static final Duration AHEAD = Duration.ofDays(3);
    private static final Logger LOG = LoggerFactory.getLogger(SpareFiller.class);

    private final SpareKeys spares;
    private final Function<Duration, Map<KeyAlgorithm, Integer>> demand;
    private final Predicate<KeyFingerprint> taken;
    private final IntSupplier atMost;

    /**
     * @param demand how many keys the plan asks for in so long
     * @param taken bound to a domain for ever
     * @param atMost of each algorithm
     */
    SpareFiller(
            SpareKeys spares,
            Function<Duration, Map<KeyAlgorithm, Integer>> demand,
            Predicate<KeyFingerprint> taken,
            IntSupplier atMost) {
        this.spares = spares;
        this.demand = demand;
        this.taken = taken;
        this.atMost = atMost;
    }

    /** As many as the plan asks for, as far as the configuration lets it. */
    void fill() {
        try {
            for (Map.Entry<KeyAlgorithm, Integer> wanted : demand.apply(AHEAD).entrySet()) {
                fill(wanted.getKey(), Math.min(wanted.getValue(), atMost.getAsInt()));
            }
        } catch (PrivateKeyStoreException | RegistryUnavailableException e) {
            if (!Thread.currentThread().isInterrupted()) {
                LOG.warn("spare keys were not made, again in {}: {}", EVERY, e.getMessage());
            }
        }
    }

    private void fill(KeyAlgorithm algorithm, int wanted) throws PrivateKeyStoreException {
        int before = spares.count(algorithm);
        long begunAt = System.nanoTime();
        spares.fill(algorithm, wanted, taken);
        if (spares.count(algorithm) > before) {
            LOG.info(
                    "{} spare keys {} are ready, {} more than before, in {} s; the next {} days ask for {}",
                    spares.count(algorithm),
                    algorithm.word(),
                    spares.count(algorithm) - before,
                    Duration.ofNanos(System.nanoTime() - begunAt).toSeconds(),
                    AHEAD.toDays(),
                    wanted);
        }
    }
}
