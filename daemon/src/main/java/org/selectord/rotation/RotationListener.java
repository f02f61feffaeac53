package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import org.selectord.key.KeyId;

/** Hears what happened after it was recorded; cannot change it. Must not block; one that throws is logged. */
public interface RotationListener {
    default void stepFinished(Task task, Outcome outcome, Duration took) {}

    /** The record before the step's outcome was folded in, and after: once a step, before the states it reached. */
    default void recorded(ManagedDomain before, ManagedDomain after) {}

    default void stateReached(KeyId key, KeyState state, Instant at) {}
}
