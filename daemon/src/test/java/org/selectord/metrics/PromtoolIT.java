package org.selectord.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.selectord.admin.Samples.EXAMPLE;
import static org.selectord.admin.Samples.NOW;
import static org.selectord.admin.Samples.OPENDKIM;

import java.io.File;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.selectord.admin.FakeRegistry;
import org.selectord.admin.Samples;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Propagated;
import org.selectord.rotation.Step;
import org.selectord.rotation.Target;
import org.selectord.rotation.Task;
import org.selectord.rotation.Use;
import org.selectord.rotation.Verb;

class PromtoolIT {
    @Test
    void promtoolFindsNothingToSayAboutTheMetrics() throws Exception {
        requirePromtool();
        FakeRegistry registry = new FakeRegistry().with(Samples.signing(EXAMPLE));
        try (PrometheusMetrics metrics = new PrometheusMetrics(registry, Clock.systemUTC())) {
            happen(metrics);
            metrics.spares(algorithm -> 1);
            Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                    .redirectErrorStream(true)
                    .start();
            try (OutputStream in = promtool.getOutputStream()) {
                in.write(metrics.scrape().getBytes(UTF_8));
            }
            String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);
            assertThat(said).isEmpty();
            assertThat(promtool.waitFor()).isZero();
        }
    }

    @Test
    void theAlertsThatShipAreSoundAndComeWhenTheirTestsSay() throws Exception {
        requirePromtool();
        Path rules = Path.of("..", "deploy", "prometheus", "selectord.rules.yml");
        assertThat(said("promtool", "check", "rules", rules.toString())).contains("SUCCESS");
        assertThat(said(
                        "promtool",
                        "test",
                        "rules",
                        rules.resolveSibling("selectord.rules.test.yml").toString()))
                .contains("SUCCESS");
    }

    private static String said(String... command) throws Exception {
        Process promtool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);
        assertThat(promtool.waitFor()).as(said).isZero();
        return said;
    }

    /** One of everything, so that each meter is there. */
    private static void happen(PrometheusMetrics metrics) {
        for (Verb verb : Verb.values()) {
            Step step = new Step(
                    verb, Optional.empty(), Target.KEYSTORE, Optional.empty(), Optional.empty(), NOW, List.of());
            Task task = new Task(Samples.signing(EXAMPLE), Samples.settings(EXAMPLE), step);
            metrics.stepFinished(task, new Outcome.Unknown("cut"), Duration.ofMillis(3));
        }
        Use told = new Use(Use.Kind.MAYBE, NOW, NOW, Duration.ZERO);
        Use seen = new Use(Use.Kind.USING, NOW.plusSeconds(1), NOW, Duration.ZERO);
        metrics.recorded(domain(KeyState.READY, told), domain(KeyState.ACTIVE, seen));
        metrics.recorded(domain(KeyState.PUBLISHED, told), domain(KeyState.READY, told));
    }

    private static ManagedDomain domain(KeyState state, Use use) {
        Propagated seen = Samples.signing(EXAMPLE).keys().get(1).propagated();
        ManagedKey key = Samples.key(EXAMPLE, 1, Samples.upTo(state, NOW), seen, Map.of(OPENDKIM, use));
        return new ManagedDomain(
                EXAMPLE,
                List.of(key),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1);
    }

    private static void requirePromtool() {
        boolean found = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> new File(directory, "promtool").canExecute());
        if (!found && "true".equals(System.getenv("SELECTORD_REQUIRE_PEERS"))) {
            throw new AssertionError("promtool not found, and SELECTORD_REQUIRE_PEERS is true");
        }
        Assumptions.assumeTrue(found, "skipped: promtool not found (Debian package prometheus)");
    }
}
