package org.selectord.daemon;

import java.util.Optional;
import org.selectord.admin.ClockFace;
import org.selectord.rotation.TimeReading;
import org.selectord.rotation.TrustedClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon's clock for people. A person's word wakes the sweep: what waited for it goes on at once. */
record ClockOfDaemon(TrustedClock clock, Runnable wake) implements ClockFace {
    private static final Logger LOG = LoggerFactory.getLogger(ClockOfDaemon.class);

    @Override
    public TimeReading now() {
        return clock.now();
    }

    @Override
    public Optional<String> doubt() {
        return clock.doubt();
    }

    @Override
    public String word() {
        return clock.word();
    }

    @Override
    public Optional<String> trust() {
        Optional<String> refused = clock.believe();
        if (refused.isEmpty()) {
            LOG.warn("a person says that this clock is right: {}", clock.now().at());
            wake.run();
        }
        return refused;
    }
}
