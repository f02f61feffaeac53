package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.FlipLedger;
import org.selectord.rotation.FlipLedger.Flip;
import org.selectord.rotation.Flipping;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Recorded;
import org.selectord.rotation.RotationRunner;

/** The ledger of flips is written with the records that make it, and is still there after a restart. */
class FleetBrakesTest {
    private static final Instant NOW = Flipping.START;
    private static final List<String> DOMAINS = List.of("a.example", "b.example", "c.example", "canary.example");

    @TempDir
    Path directory;

    private FleetSettings fleet = new FleetSettings(60, 500, Set.of(new SigningDomain("canary.example")));
    private SqlKeyRegistry registry;

    @BeforeEach
    void open() {
        registry = SqlKeyRegistry.open(new RegistrySettings(directory.resolve("registry.db")), () -> fleet);
        registry.enrol(RandomDomains.named(DOMAINS.toArray(String[]::new)), NOW);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private void restart() {
        close();
        open();
    }

    private ManagedDomain known(String name) {
        return registry.find(new SigningDomain(name)).orElseThrow();
    }

    private void save(Flipping... flippings) {
        List<Recorded> batch = List.of(flippings).stream()
                .map(flipping -> new Recorded(flipping.domain(), RotationRunner.NEVER, List.of()))
                .toList();
        assertThat(registry.save(batch)).isEmpty();
    }

    private Flipping saved(Flipping flipping) {
        save(flipping);
        return Flipping.of(known(flipping.domain().name().name()));
    }

    private Flipping begun(String name) {
        return saved(saved(Flipping.ready(known(name))).begun(NOW));
    }

    @Test
    void aFlipIsThereFromItsIntentOnAndAfterARestart() {
        assertThat(registry.ledger()).isEqualTo(FlipLedger.EMPTY);

        begun("a.example");
        begun("canary.example");
        FlipLedger under = registry.ledger();
        restart();

        assertThat(registry.ledger()).isEqualTo(under);
        assertThat(under.flips()).allSatisfy(flip -> assertThat(flip.ending()).isEmpty());
        assertThat(under.flips()).extracting(Flip::canary).containsExactly(false, true);
        assertThat(under.flips()).extracting(Flip::begunAt).containsOnly(NOW);
    }

    @Test
    void aFlipEndsWithTheRecordThatProvesIt() {
        Flipping flipping = begun("a.example");
        save(flipping.proven(NOW.plusNanos(7)));

        assertThat(registry.ledger().flips())
                .extracting(Flip::ending)
                .containsExactly(Optional.of(new FlipLedger.Ending(NOW.plusNanos(7), FlipLedger.Result.PROVEN)));
        restart();
        assertThat(registry.ledger().flips()).hasSize(1);
    }

    @Test
    void aFlipThatTheSignerNeverTookIsForgotten() {
        save(begun("a.example").refused(NOW));

        assertThat(registry.ledger()).isEqualTo(FlipLedger.EMPTY);
    }

    @Test
    void aStaleRecordBeginsNoFlip() {
        Flipping ready = saved(Flipping.ready(known("a.example")));
        registry.replanAll(NOW);

        assertThat(registry.save(List.of(new Recorded(ready.begun(NOW).domain(), NOW, List.of()))))
                .hasSize(1);
        assertThat(registry.ledger()).isEqualTo(FlipLedger.EMPTY);
    }

    @Test
    void theThirdFailureOpensTheBreakerInTheHistoryOfTheFleet() {
        save(
                begun("a.example").provenBad(NOW.plusSeconds(1)),
                begun("b.example").provenBad(NOW.plusSeconds(2)));
        assertThat(registry.ledger().breaker()).isEmpty();
        assertThat(registry.fleetCounts(NOW).breakerOpen()).isFalse();

        save(begun("c.example").provenBad(NOW.plusSeconds(3)));

        String why = "3 of the last 100 flips were proven bad: a.example, b.example, c.example";
        assertThat(registry.ledger().breaker()).contains(new FlipLedger.Breaker(NOW.plusSeconds(3), why));
        assertThat(registry.fleetCounts(NOW).breakerOpen()).isTrue();
        assertThat(registry.history(Optional.empty(), 1))
                .containsExactly(new HistoryEntry(
                        Optional.empty(),
                        NOW.plusSeconds(3),
                        "BREAKER",
                        Optional.empty(),
                        "",
                        "open, flips and withdrawals stand still: " + why,
                        "",
                        List.of(
                                "c.example#1 was proven bad at 2026-01-05T00:00:03Z",
                                "b.example#1 was proven bad at 2026-01-05T00:00:02Z",
                                "a.example#1 was proven bad at 2026-01-05T00:00:01Z")));
    }

    @Test
    void theBreakerStaysOpenOverARestartUntilAPersonResetsItAndSaysWhy() {
        save(begun("canary.example").provenBad(NOW));
        restart();
        assertThat(registry.ledger().breaker()).isPresent();
        assertThat(registry.nextDueAt()).contains(NOW); // the other three were enrolled
        DOMAINS.forEach(name -> save(Flipping.of(known(name))));
        assertThat(registry.nextDueAt()).contains(RotationRunner.NEVER);

        assertThat(registry.resetBreaker("anna", "the signer is mended", NOW.plusSeconds(60)))
                .isTrue();
        assertThat(registry.resetBreaker("anna", "again", NOW.plusSeconds(61))).isFalse();
        restart();

        assertThat(registry.ledger().breaker()).isEmpty();
        assertThat(registry.ledger().resetAt()).contains(NOW.plusSeconds(60));
        assertThat(registry.ledger().failures()).isEmpty();
        assertThat(registry.nextDueAt()).as("all is planned anew").contains(NOW.plusSeconds(60));
        HistoryEntry reset = registry.history(Optional.empty(), 1).get(0);
        assertThat(reset.text()).isEqualTo("reset: the signer is mended");
        assertThat(reset.askedBy()).isEqualTo("anna");
        assertThat(registry.checkHistory().broken()).isEmpty();
    }
}
