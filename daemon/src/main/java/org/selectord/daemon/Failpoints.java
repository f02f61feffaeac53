package org.selectord.daemon;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Task;
import org.selectord.rotation.Verb;
import org.selectord.rotation.Worker;

/**
 * Ends the process at a named point, as kill -9 would, for tests of what survives: {@code -Dselectord.failpoint=PUBLISH:before} or {@code :after}, with
 * {@code :after:2} at the second time. Before means: the intent is durable and nothing was done; after means: it was done and nothing is recorded.
 */
final class Failpoints {
    static final String PROPERTY = "selectord.failpoint";
    private static final int KILLED = 137; // as the shell says of kill -9

    private Failpoints() {}

    /** The same workers where the property is not set. */
    static Map<Verb, Worker> around(Map<Verb, Worker> workers) {
        String point = System.getProperty(PROPERTY, "");
        if (point.isEmpty()) {
            return workers;
        }
        String[] parts = point.split(":", -1);
        int nth = parts.length > 2 ? Integer.parseInt(parts[2]) : 1;
        Map<Verb, Worker> armed = new EnumMap<>(workers);
        UnaryOperator<Worker> arm = worker -> new Armed(worker, parts[1].equals("before"), new AtomicInteger(nth));
        armed.computeIfPresent(Verb.valueOf(parts[0]), (verb, worker) -> arm.apply(worker));
        return armed;
    }

    private record Armed(Worker worker, boolean before, AtomicInteger left) implements Worker {
        @Override
        public List<Outcome> perform(List<Task> oneLane) {
            boolean now = left.decrementAndGet() == 0;
            if (now && before) {
                Runtime.getRuntime().halt(KILLED);
            }
            List<Outcome> outcomes = worker.perform(oneLane);
            if (now) {
                Runtime.getRuntime().halt(KILLED);
            }
            return outcomes;
        }
    }
}
