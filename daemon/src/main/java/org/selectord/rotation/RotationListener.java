package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import org.selectord.key.KeyId;

/** Hears what happened after it was recorded; cannot change it. Must not block; one that throws is logged. */
public interface RotationListener {
    default void stepFinished(Task task, Outcome outcome, Duration took) {}

    default void stateReached(KeyId key, KeyState state, Instant at) {}
}
