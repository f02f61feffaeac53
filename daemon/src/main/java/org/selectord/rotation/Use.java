package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether one signer signs with one key.
 *
 * @param sinceAt when it came to be so: the intent's time for MAYBE, the end of the look for the others; {@link #UNTIMED} where that look's clock could
 *     not be trusted
 * @param seenAt the end of the latest look that showed it
 * @param drain how long after an acknowledged stop it may still sign (open connections)
 */
public record Use(Kind kind, Instant sinceAt, Instant seenAt, Duration drain) {
    /** A stop that was seen while nobody knew what time it was counts from the next look on a clock that can be trusted. */
    static final Instant UNTIMED = RotationRunner.NEVER;

    public enum Kind {
        /** From the intent until the signer was seen. */
        MAYBE,
        USING,
        STOPPED
    }

    /** As seen in one more look. */
    Use seen(Kind now, Look look, Duration drainPeriod) {
        if (now == kind && !(isUntimed() && look.trusted())) {
            return new Use(kind, sinceAt, look.endedAt(), drain);
        }
        return at(now, look, now == kind ? drain : drainPeriod);
    }

    static Use at(Kind kind, Look look, Duration drain) {
        Instant since = kind == Kind.STOPPED && !look.trusted() ? UNTIMED : look.endedAt();
        return new Use(kind, since, look.endedAt(), drain);
    }

    /** Since when what is recorded is known. */
    Instant knownSince() {
        return isUntimed() ? seenAt : sinceAt;
    }

    private boolean isUntimed() {
        return sinceAt.equals(UNTIMED);
    }

    /** The last moment it can have signed; empty while it may still do so, or while that is not known. */
    Optional<Instant> lastSignatureAt() {
        return kind == Kind.STOPPED && !isUntimed() ? Optional.of(sinceAt.plus(drain)) : Optional.empty();
    }

    Use notBeyond(Instant now) {
        return new Use(kind, isUntimed() ? sinceAt : earlier(sinceAt, now), earlier(seenAt, now), drain);
    }

    static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
