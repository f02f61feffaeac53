package org.selectord.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.selectord.admin.Samples.EXAMPLE;
import static org.selectord.admin.Samples.NOW;
import static org.selectord.admin.Samples.OPENDKIM;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.selectord.admin.FakeRegistry;
import org.selectord.admin.Samples;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.Finding;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Pace;
import org.selectord.rotation.Propagated;
import org.selectord.rotation.Reason;
import org.selectord.rotation.ServerProof;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.Step;
import org.selectord.rotation.Target;
import org.selectord.rotation.Task;
import org.selectord.rotation.Use;
import org.selectord.rotation.Verb;

class PrometheusMetricsTest {
    private final FakeRegistry registry = new FakeRegistry();
    private final AtomicLong nanos = new AtomicLong();
    private final PrometheusMetrics metrics =
            new PrometheusMetrics(registry, Clock.fixed(NOW, ZoneOffset.UTC), nanos::get);

    @AfterEach
    void close() {
        metrics.close();
    }

    private List<String> scraped() {
        return metrics.scrape().lines().toList();
    }

    @Test
    void sparesAreCountedByAlgorithm() {
        metrics.spares(algorithm -> algorithm == KeyAlgorithm.RSA_2048 ? 12 : 0);

        assertThat(scraped())
                .contains(
                        "selectord_spare_keys{algorithm=\"rsa-2048\"} 12.0",
                        "selectord_spare_keys{algorithm=\"ed25519\"} 0.0");
    }

    @Test
    void theAlertsThatShipAskForMetricsThatAreThere() throws Exception {
        String rules = Files.readString(Path.of("..", "deploy", "prometheus", "selectord.rules.yml"));
        Set<String> asked = Pattern.compile("expr: (selectord_[a-z_]+)")
                .matcher(rules)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());

        assertThat(asked)
                .hasSizeGreaterThan(3)
                .isSubsetOf(scraped().stream()
                        .map(line -> line.replaceFirst("[ {].*", ""))
                        .toList());
    }

    @Test
    void domainsThatNoFileNamesAreAStateOfTheirOwn() {
        registry.unlisted(2);
        assertThat(scraped()).contains("selectord_domains{state=\"unlisted\"} 2.0");
    }

    @Test
    void howTheFleetStandsIsReadFromTheRegistry() {
        SigningDomain halted = SigningDomain.of("halted.example.org");
        registry.with(Samples.signing(EXAMPLE))
                .with(Samples.halted(halted))
                .with(ManagedDomain.enrolled(SigningDomain.of("new.example.org")))
                .due(EXAMPLE, NOW.minusSeconds(61))
                .due(halted, NOW.minusSeconds(59));
        assertThat(scraped())
                .contains(
                        "selectord_domains{state=\"signing\"} 1.0",
                        "selectord_domains{state=\"halted\"} 1.0",
                        "selectord_domains{state=\"waiting\"} 1.0",
                        "selectord_keys{algorithm=\"rsa-2048\",state=\"active\"} 2.0",
                        "selectord_keys{algorithm=\"rsa-2048\",state=\"published\"} 2.0",
                        "selectord_keys{algorithm=\"rsa-2048\",state=\"ready\"} 0.0",
                        "selectord_halted_domains{reason=\"flip_proven_bad\"} 1.0",
                        "selectord_halted_domains{reason=\"name_taken\"} 0.0",
                        "selectord_overdue_domains 1.0",
                        "selectord_oldest_active_key_age_seconds "
                                + (double) Duration.ofDays(89).toSeconds(),
                        "selectord_next_step_timestamp_seconds "
                                + (double) NOW.minusSeconds(61).getEpochSecond());
    }

    @Test
    void anOpenBreakerIsOne() {
        assertThat(scraped()).contains("selectord_breaker_open 0.0");
        registry.withOpenBreaker();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(scraped()).contains("selectord_breaker_open 1.0");
    }

    @Test
    void whatThereIsNotIsNotANumber() {
        assertThat(scraped())
                .contains("selectord_oldest_active_key_age_seconds NaN", "selectord_next_step_timestamp_seconds NaN");
    }

    @Test
    void aBrokenRegistryBreaksNoScrape() {
        registry.breaks("no space left on the disk");
        assertThat(scraped())
                .contains("selectord_domains{state=\"signing\"} NaN", "selectord_overdue_domains NaN")
                .anyMatch(line -> line.startsWith("jvm_memory_used_bytes"));
    }

    @Test
    void aScrapeAsksTheRegistryOnceAndTheNextWithinASecondNotAtAll() {
        metrics.scrape();
        metrics.scrape();
        assertThat(registry.timesCounted()).isOne();
        nanos.addAndGet(Duration.ofMillis(999).toNanos());
        metrics.scrape();
        assertThat(registry.timesCounted()).isOne();
        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        metrics.scrape();
        assertThat(registry.timesCounted()).isEqualTo(2);
    }

    private static Task task(ManagedDomain domain, Verb verb) {
        ManagedKey key = domain.keys().get(0);
        Step step = new Step(
                verb, Optional.of(key.id()), Target.KEYSTORE, Optional.empty(), Optional.empty(), NOW, List.of());
        return new Task(domain, Samples.settings(domain.name()), step);
    }

    @Test
    void stepsAreTimedAndChangesOfZonesCountedByWhatTheyCameTo() {
        ManagedDomain domain = Samples.signing(EXAMPLE);
        Finding found = new Finding.Destroyed(domain.keys().get(0).id());
        metrics.stepFinished(task(domain, Verb.PUBLISH), new Outcome.Done(found), Duration.ofMillis(40));
        metrics.stepFinished(task(domain, Verb.WITHDRAW), new Outcome.Unknown("timeout"), Duration.ofSeconds(3));
        metrics.stepFinished(
                task(domain, Verb.WITHDRAW), new Outcome.NotYet(Pace.QUICK, new Reason("no")), Duration.ofSeconds(1));
        metrics.stepFinished(
                task(domain, Verb.PUBLISH), new Outcome.Halted(HaltReason.NAME_TAKEN, "x"), Duration.ofSeconds(1));
        metrics.stepFinished(task(domain, Verb.DESTROY), new Outcome.Done(found), Duration.ofMillis(7));
        assertThat(scraped())
                .contains(
                        "selectord_dns_updates_total{outcome=\"done\"} 1.0",
                        "selectord_dns_updates_total{outcome=\"unknown\"} 1.0",
                        "selectord_dns_updates_total{outcome=\"not_yet\"} 1.0",
                        "selectord_dns_updates_total{outcome=\"halted\"} 1.0",
                        "selectord_dns_update_seconds_count 4",
                        "selectord_step_seconds_bucket{step=\"publish\",le=\"0.05\"} 1",
                        "selectord_step_seconds_count{step=\"withdraw\"} 2",
                        "selectord_keystore_seconds_count{operation=\"destroy\"} 1");
    }

    @Test
    void aFlipCountsAsARotationAndTheSignersAnswerIsTimed() {
        Use told = new Use(Use.Kind.MAYBE, NOW.minusSeconds(4), NOW.minusSeconds(4), Duration.ZERO);
        Use seen = new Use(Use.Kind.USING, NOW, NOW, Duration.ZERO);
        metrics.recorded(domain(KeyState.READY, told), domain(KeyState.ACTIVE, seen));
        assertThat(scraped())
                .contains(
                        "selectord_rotations_total{result=\"done\"} 1.0",
                        "selectord_rotations_total{result=\"failed\"} 0.0",
                        "selectord_signer_acknowledge_seconds_count{signer=\"opendkim\"} 1",
                        "selectord_signer_acknowledge_seconds_sum{signer=\"opendkim\"} 4.0");
    }

    @Test
    void aFlipProvenBadAndANameTakenCountAsFailed() {
        Use told = new Use(Use.Kind.MAYBE, NOW, NOW, Duration.ZERO);
        metrics.recorded(domain(KeyState.READY, told), domain(KeyState.RETIRED, told));
        metrics.recorded(domain(KeyState.GENERATED), domain(KeyState.REMOVED));
        metrics.recorded(domain(KeyState.RETIRED, told), domain(KeyState.REMOVED, told));
        assertThat(scraped())
                .contains(
                        "selectord_rotations_total{result=\"done\"} 0.0",
                        "selectord_rotations_total{result=\"failed\"} 2.0");
    }

    @Test
    void aServerThatLacksTheRecordOfAKeyThatSignsIsCountedOnce() {
        ServerProof lost = new ServerProof(ServerProof.Verdict.LOST, NOW, NOW, 0, Optional.empty(), "nothing");
        ManagedDomain had = domain(active(proven()));
        ManagedDomain lacks = domain(
                active(new Propagated(Map.of("ns1", lost), Optional.empty(), Optional.of(NOW), Optional.empty())));
        assertThat(scraped()).contains("selectord_audit_mismatches_total 0.0");
        metrics.recorded(had, lacks);
        metrics.recorded(lacks, lacks);
        assertThat(scraped()).contains("selectord_audit_mismatches_total 1.0");
    }

    private static ManagedKey active(Propagated propagated) {
        return Samples.key(EXAMPLE, 1, Samples.upTo(KeyState.ACTIVE, NOW), propagated, Map.of());
    }

    @Test
    void propagationIsTimedFromPublishedToTheLastServer() {
        ManagedKey published =
                Samples.key(EXAMPLE, 1, Samples.upTo(KeyState.PUBLISHED, NOW.minusSeconds(100)), proven(), Map.of());
        ManagedKey ready = Samples.key(EXAMPLE, 1, Samples.upTo(KeyState.READY, NOW), proven(), Map.of());
        metrics.recorded(domain(published), domain(ready));
        assertThat(scraped())
                .contains("selectord_propagation_seconds_count 1", "selectord_propagation_seconds_sum 10.0");
    }

    private static Propagated proven() {
        ServerProof proof =
                new ServerProof(ServerProof.Verdict.EXACT, NOW, NOW, 3, Optional.of(NOW.minusSeconds(90)), "exact");
        return new Propagated(Map.of("ns1", proof), Optional.empty(), Optional.of(NOW), Optional.empty());
    }

    private static ManagedDomain domain(KeyState state, Use... uses) {
        Map<SignerId, Use> byOpendkim = uses.length == 0 ? Map.of() : Map.of(OPENDKIM, uses[0]);
        return domain(Samples.key(EXAMPLE, 1, Samples.upTo(state, NOW), Propagated.NOTHING, byOpendkim));
    }

    private static ManagedDomain domain(ManagedKey key) {
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
}
