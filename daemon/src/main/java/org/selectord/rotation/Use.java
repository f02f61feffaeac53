package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;

/**
 * Whether one signer signs with one key.
 *
 * @param sinceAt when it came to be so: the intent's time for MAYBE, the end of the look for the others
 * @param seenAt the end of the latest look that showed it
 * @param drain how long after an acknowledged stop it may still sign (open connections)
 */
public record Use(Kind kind, Instant sinceAt, Instant seenAt, Duration drain) {
    public enum Kind {
        /** From the intent until the signer was seen. */
        MAYBE,
        USING,
        STOPPED
    }

    Use seen(Kind now, Instant at, Duration drainPeriod) {
        return now == kind ? new Use(kind, sinceAt, at, drain) : new Use(now, at, at, drainPeriod);
    }
}
