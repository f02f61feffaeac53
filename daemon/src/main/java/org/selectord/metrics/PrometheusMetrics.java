package org.selectord.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.selectord.key.KeyAlgorithm;
import org.selectord.rotation.FleetCounts;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.RegistryView;
import org.selectord.rotation.RotationListener;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.Task;
import org.selectord.rotation.Use;
import org.selectord.rotation.Verb;

/**
 * The metrics of design section 4, in the text format of Prometheus. What happens is counted as the heart tells it; how things stand is read from the
 * registry at scrape time, and is NaN while it cannot be read, so that a broken registry breaks no scrape. Safe from any thread.
 */
public final class PrometheusMetrics implements RotationListener, AutoCloseable {
    private static final List<Duration> STEP_BUCKETS =
            millis(5, 20, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000);
    private static final List<Duration> WAIT_BUCKETS =
            millis(100, 500, 1000, 5000, 15_000, 60_000, 300_000, 1_800_000, 7_200_000);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbage = new JvmGcMetrics();
    private final FleetReading fleet;

    /** The word the label {@code result} has. */
    private enum Rotation {
        DONE,
        FAILED
    }

    /** The word the label {@code outcome} has. */
    private enum Came {
        DONE,
        NOT_YET,
        UNKNOWN,
        HALTED
    }

    public PrometheusMetrics(RegistryView view, Clock clock) {
        this(view, clock, System::nanoTime);
    }

    PrometheusMetrics(RegistryView view, Clock clock, LongSupplier nanos) {
        this.fleet = new FleetReading(view, clock, nanos);
        // the name of one ends in _count, which Prometheus keeps for histograms; the other counts nanoseconds, its base
        // unit is the second
        registry.config()
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"))
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"));
        bindJvm();
        bindFleet();
        for (Rotation result : Rotation.values()) {
            rotations(result);
        }
        for (Came outcome : Came.values()) {
            updates(outcome);
        }
        mismatches();
    }

    private static List<Duration> millis(long... millis) {
        return Arrays.stream(millis).mapToObj(Duration::ofMillis).toList();
    }

    /** Everything there is to say now. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        garbage.close();
        registry.close();
    }

    // ---- how things stand

    private void bindJvm() {
        new JvmMemoryMetrics().bindTo(registry);
        garbage.bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private void bindFleet() {
        domains("unlisted", FleetCounts::unlisted);
        domains("signing", FleetCounts::signing);
        domains("waiting", FleetCounts::waiting);
        domains("halted", FleetCounts::halted);
        for (KeyState state : KeyState.values()) {
            for (KeyAlgorithm algorithm : KeyAlgorithm.values()) {
                keys(state, algorithm);
            }
        }
        for (HaltReason reason : HaltReason.values()) {
            gauge(
                    "selectord.halted.domains",
                    Tags.of("reason", reason.word()),
                    "Domains of which a chain is halted for this reason until a person acts",
                    counts -> count(counts.fleet().haltedBy().getOrDefault(reason, 0L)));
        }
        gauge(
                "selectord.overdue.domains",
                Tags.empty(),
                "Domains whose next step has been due for more than a minute",
                counts -> count(counts.fleet().overdue()));
        gauge(
                "selectord.oldest.active.key.age.seconds",
                Tags.empty(),
                "How long the ACTIVE key that has signed longest has been ACTIVE; NaN when no key is",
                counts -> counts.fleet().oldestActiveAt().map(at -> seconds(Duration.between(at, counts.at()))));
        gauge(
                "selectord.next.step.timestamp.seconds",
                Tags.empty(),
                "When the next step of any domain is due, in seconds since 1970; NaN when none will be",
                counts -> counts.fleet().nextDueAt().map(PrometheusMetrics::timestamp));
        breaker();
    }

    private void breaker() {
        gauge(
                "selectord.breaker.open",
                Tags.empty(),
                "1 while the fleet's breaker is open: flips and withdrawals stand still until a person resets it",
                counts -> Optional.of(counts.fleet().breakerOpen() ? 1.0 : 0.0));
    }

    private void domains(String state, Function<FleetCounts, Long> count) {
        gauge(
                "selectord.domains",
                Tags.of("state", state),
                "Domains by the worst that is true: unlisted (not in the configuration: it goes on signing and is not rotated), halted (a chain"
                        + " waits for a person), waiting (no key signs yet), signing",
                counts -> count(count.apply(counts.fleet())));
    }

    private void keys(KeyState state, KeyAlgorithm algorithm) {
        gauge(
                "selectord.keys",
                Tags.of("state", state.name().toLowerCase(Locale.ROOT), "algorithm", algorithm.word()),
                "Keys by state and algorithm; REMOVED ones are tombstones",
                counts -> count(counts.keys().getOrDefault(state, Map.of()).getOrDefault(algorithm, 0L)));
    }

    private void gauge(String name, Tags tags, String help, Function<FleetReading.Counts, Optional<Double>> value) {
        Gauge.builder(name, () -> fleet.counts().flatMap(value).orElse(Double.NaN))
                .tags(tags)
                .description(help)
                .register(registry);
    }

    private static Optional<Double> count(long count) {
        return Optional.of((double) count);
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    private static double timestamp(Instant at) {
        return at.toEpochMilli() / 1000.0;
    }

    /** Counts the keys that lie ready; asked at every scrape. */
    public void spares(ToIntFunction<KeyAlgorithm> count) {
        for (KeyAlgorithm algorithm : KeyAlgorithm.offered()) {
            Gauge.builder("selectord.spare.keys", () -> count.applyAsInt(algorithm))
                    .tags("algorithm", algorithm.word())
                    .description("Key pairs that lie ready in the keystore and that no domain has taken")
                    .register(registry);
        }
    }

    // ---- what happens

    @Override
    public void stepFinished(Task task, Outcome outcome, Duration took) {
        Verb verb = task.step().verb();
        timer(
                        "selectord.step",
                        Tags.of("step", word(verb)),
                        "How long one call of a step took, for all its lane did at once",
                        STEP_BUCKETS)
                .record(took);
        if (verb.changesZone()) {
            updates(came(outcome)).increment();
            timer(
                            "selectord.dns.update",
                            Tags.empty(),
                            "How long a change of a zone took, from sending to the read-back",
                            STEP_BUCKETS)
                    .record(took);
        }
        if (verb == Verb.GENERATE || verb == Verb.DESTROY) {
            timer(
                            "selectord.keystore",
                            Tags.of("operation", word(verb)),
                            "How long the keystore took: to generate, store and read back a key, or to destroy one",
                            STEP_BUCKETS)
                    .record(took);
        }
    }

    @Override
    public void recorded(ManagedDomain before, ManagedDomain after) {
        for (ManagedKey key : after.keys()) {
            Optional<ManagedKey> was = before.keys().stream()
                    .filter(old -> old.id().equals(key.id()))
                    .findFirst();
            was.filter(old -> !old.equals(key)).ifPresent(old -> compare(old, key));
        }
    }

    private void compare(ManagedKey before, ManagedKey after) {
        result(before.state(), after.state())
                .ifPresent(result -> rotations(result).increment());
        if (before.state() == KeyState.PUBLISHED && after.state() == KeyState.READY) {
            after.propagated().everywhereAt().ifPresent(at -> propagation().record(span(before.since(), at)));
        }
        mismatches().increment(after.lostSince(before).size());
        after.uses()
                .forEach((signer, use) -> before.useAt(signer)
                        .filter(old -> old.kind() == Use.Kind.MAYBE && use.kind() == Use.Kind.USING)
                        .ifPresent(old -> acknowledge(signer).record(span(old.sinceAt(), use.sinceAt()))));
    }

    private static Optional<Rotation> result(KeyState before, KeyState after) {
        if (before == KeyState.READY && after == KeyState.ACTIVE) {
            return Optional.of(Rotation.DONE);
        }
        boolean provenBad = before == KeyState.READY && after == KeyState.RETIRED;
        boolean nameTaken = before == KeyState.GENERATED && after == KeyState.REMOVED;
        return provenBad || nameTaken ? Optional.of(Rotation.FAILED) : Optional.empty();
    }

    private static Duration span(Instant from, Instant to) {
        return to.isAfter(from) ? Duration.between(from, to) : Duration.ZERO;
    }

    private static Came came(Outcome outcome) {
        if (outcome instanceof Outcome.Done) {
            return Came.DONE;
        } else if (outcome instanceof Outcome.NotYet) {
            return Came.NOT_YET;
        }
        return outcome instanceof Outcome.Halted ? Came.HALTED : Came.UNKNOWN;
    }

    // ---- the meters; asking for one again gives the same one

    private Counter rotations(Rotation result) {
        return Counter.builder("selectord.rotations")
                .tag("result", word(result))
                .description(
                        "Rotations that ended: the new key became ACTIVE, or was given up (its flip was proven bad, its name was taken)")
                .register(registry);
    }

    private Counter updates(Came outcome) {
        return Counter.builder("selectord.dns.updates")
                .tag("outcome", word(outcome))
                .description("Changes of zones by what they came to")
                .register(registry);
    }

    private Counter mismatches() {
        return Counter.builder("selectord.audit.mismatches")
                .description(
                        "Servers seen to lack the record of a key that signs or signed, each counted when it is first seen so")
                .register(registry);
    }

    private Timer propagation() {
        return timer(
                "selectord.propagation",
                Tags.empty(),
                "From PUBLISHED until the last authoritative server came to answer the record for good",
                WAIT_BUCKETS);
    }

    private Timer acknowledge(SignerId signer) {
        return timer(
                "selectord.signer.acknowledge",
                Tags.of("signer", signer.name()),
                "From the intent to tell a signer until it was seen to sign with the key, proven",
                WAIT_BUCKETS);
    }

    private Timer timer(String name, Tags tags, String help, List<Duration> buckets) {
        return Timer.builder(name)
                .tags(tags)
                .description(help)
                .serviceLevelObjectives(buckets.toArray(Duration[]::new))
                .register(registry);
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
