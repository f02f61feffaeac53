package org.selectord.daemon;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.selectord.key.KeyId;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.RotationListener;
import org.selectord.rotation.Task;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Several listeners as one; where one of them fails the others hear all the same. */
final class Listeners implements RotationListener {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private final List<RotationListener> listeners;

    Listeners(RotationListener... listeners) {
        this.listeners = List.of(listeners);
    }

    @Override
    public void stepFinished(Task task, Outcome outcome, Duration took) {
        each(listener -> listener.stepFinished(task, outcome, took));
    }

    @Override
    public void recorded(ManagedDomain before, ManagedDomain after) {
        each(listener -> listener.recorded(before, after));
    }

    @Override
    public void stateReached(KeyId key, KeyState state, Instant at) {
        each(listener -> listener.stateReached(key, state, at));
    }

    private void each(Consumer<RotationListener> tell) {
        for (RotationListener listener : listeners) {
            try {
                tell.accept(listener);
            } catch (RuntimeException e) {
                LOG.error(
                        "{} failed; what it would have told is in the history",
                        listener.getClass().getSimpleName(),
                        e);
            }
        }
    }
}
