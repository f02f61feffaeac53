package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.selectord.key.SigningDomain;

class FlipGateTest {
    private static final Instant NOW = Flipping.START.plusSeconds(3600);
    private static final String CANARY = "canary.example";
    private static final FleetSettings FLEET = new FleetSettings(2, 5, Set.of(new SigningDomain(CANARY)));
    private static final Instant SOON = NOW.plus(FlipGate.PAUSE);

    private FlipLedger ledger = FlipLedger.EMPTY;

    private FlipGate gate(Flipping... canaries) {
        return new FlipGate(
                ledger,
                FLEET,
                Stream.of(canaries)
                        .map(canary -> new FlipGate.Canary(canary.domain(), canary.settings()))
                        .toList(),
                NOW);
    }

    private static Optional<Instant> held(FlipGate gate, Flipping flipping) {
        return gate.of(flipping.domain(), flipping.settings()).flips().map(Brakes.Held::until);
    }

    @Test
    void nothingHoldsADomainOfAFleetThatRests() {
        assertThat(gate().of(Flipping.ready("a.example").domain(), new Story().settings))
                .isEqualTo(Brakes.NONE);
    }

    @Test
    void whatPassesInABatchCountsForThoseThatComeAfterIt() {
        FlipGate gate = gate();
        for (String name : List.of("a.example", "b.example")) {
            assertThat(held(gate, Flipping.ready(name))).isEmpty();
            gate.passes(Flipping.ready(name).begun(NOW).domain());
        }

        assertThat(held(gate, Flipping.ready("c.example"))).contains(NOW.plusSeconds(60));
        assertThat(held(gate, Flipping.ready("d.example").ordered(NOW)))
                .as("an order is capped too")
                .contains(NOW.plusSeconds(60));
    }

    @Test
    void whichCapItIsIsSaidWithItsNumbers() {
        for (String name : List.of("a.example", "b.example")) {
            ledger = ledger.with(Flipping.ready(name).begun(NOW).domain(), FLEET);
        }
        assertThat(why(gate()))
                .isEqualTo(
                        "the cap of flips a minute: 2 have begun within the last minute, of 2 (fleet.flips_per_minute)");

        for (String name : List.of("c.example", "d.example", "e.example")) {
            ledger = ledger.with(
                    Flipping.ready(name).begun(NOW.minusSeconds(100)).domain(), FLEET);
        }
        FlipGate later = new FlipGate(ledger, FLEET, List.of(), NOW.plusSeconds(61));
        assertThat(why(later))
                .isEqualTo(
                        "the cap on domains in flight: 5 flips are under way, of 5 (fleet.in_flight), the oldest those of"
                                + " c.example, d.example, e.example");
    }

    /** Nobody goes on with its flip, so that it would never end. */
    @Test
    void theFlipOfADomainThatTheConfigurationDoesNotNameAnyMoreHoldsNobody() {
        for (String name : List.of("a.example", "b.example", "c.example", "d.example", "e.example")) {
            ledger = ledger.with(
                    Flipping.ready(name).begun(NOW.minusSeconds(100)).domain(), FLEET);
        }
        Flipping other = Flipping.ready("other.example");

        assertThat(held(fleet(Map.of(), name -> Optional.of(other.settings())).gate(NOW), other))
                .contains(SOON);
        DomainCatalog withoutA =
                name -> Optional.of(other.settings()).filter(its -> !name.name().equals("a.example"));
        assertThat(held(fleet(Map.of(), withoutA).gate(NOW), other)).isEmpty();
    }

    private static String why(FlipGate gate) {
        Flipping other = Flipping.ready("other.example");
        return gate.of(other.domain(), other.settings()).flips().orElseThrow().why();
    }

    @Test
    void theCanariesAreNamedWithWhatTheyMustReach() {
        assertThat(why(gate(Flipping.ready(CANARY))))
                .isEqualTo(
                        "the canaries of its policy (fleet.canaries), 1 of them: canary.example is to flip to s1 and must"
                                + " have it ACTIVE, which not every server shows; waited for until "
                                + Flipping.START.plus(FlipGate.PATIENCE));
        assertThat(why(gate(Flipping.ready(CANARY).looked(NOW)))).endsWith("to flip to s1 and must have it ACTIVE");

        Flipping begun = Flipping.ready(CANARY).begun(NOW);
        ledger = ledger.with(begun.domain(), FLEET);
        assertThat(why(gate(begun)))
                .endsWith("1 of them: canary.example flips since " + NOW + " to s1 and must be proven at every signer");
    }

    // ---- canaries first

    @Test
    void theOthersWaitWhileTheFlipOfACanaryIsDue() {
        assertThat(held(gate(Flipping.ready(CANARY)), Flipping.ready("a.example")))
                .contains(SOON);
        assertThat(held(gate(Flipping.ready(CANARY)), Flipping.ready(CANARY))).isEmpty();
    }

    /** One of its secondaries may be silent for weeks. */
    @Test
    void theOthersWaitADayForACanaryThatAServerDoesNotShowTheKeyOf() {
        Instant due = Flipping.START;
        Flipping other = Flipping.ready("a.example");

        assertThat(held(gateAt(due.plus(FlipGate.PATIENCE).minusSeconds(1), Flipping.ready(CANARY)), other))
                .isPresent();
        assertThat(held(gateAt(due.plus(FlipGate.PATIENCE), Flipping.ready(CANARY)), other))
                .isEmpty();
        assertThat(held(
                        gateAt(
                                due.plus(FlipGate.PATIENCE),
                                Flipping.ready(CANARY).looked(NOW)),
                        other))
                .as("one that every server shows is waited for, however long")
                .isPresent();
    }

    private FlipGate gateAt(Instant at, Flipping canary) {
        return new FlipGate(ledger, FLEET, List.of(new FlipGate.Canary(canary.domain(), canary.settings())), at);
    }

    @Test
    void aCanaryWhoseRecordIsElsewhereHoldsNobody() {
        ManagedDomain canary = Flipping.ready(CANARY).begun(NOW).domain();
        DomainSettings delegated =
                new RingStory(Flipping.ready(CANARY).settings().policy(), "sd1").settings;
        FlipGate gate =
                new FlipGate(ledger.with(canary, FLEET), FLEET, List.of(new FlipGate.Canary(canary, delegated)), NOW);

        assertThat(gate.of(Flipping.ready("a.example").domain(), delegated).flips())
                .isEmpty();
    }

    @Test
    void theOthersWaitWhileTheFlipOfACanaryIsUnderWayAndGoWhenItIsProven() {
        Flipping begun = Flipping.ready(CANARY).begun(NOW);
        ledger = ledger.with(begun.domain(), FLEET);
        assertThat(held(gate(begun), Flipping.ready("a.example"))).contains(SOON);

        Flipping proven = begun.proven(NOW);
        ledger = ledger.with(proven.domain(), FLEET);
        assertThat(held(gate(proven), Flipping.ready("a.example"))).isEmpty();
    }

    @Test
    void afterACanaryThatWasProvenBadTheBreakerHoldsTheOthersUntilItIsReset() {
        Flipping bad = Flipping.ready(CANARY).begun(NOW).provenBad(NOW);
        ledger = ledger.with(Flipping.ready(CANARY).begun(NOW).domain(), FLEET).with(bad.domain(), FLEET);
        Flipping other = Flipping.ready("a.example");
        assertThat(gate(bad).of(other.domain(), other.settings()).breaker())
                .contains("the flip of a canary was proven bad: canary.example");

        ledger = ledger.reset(NOW);
        assertThat(gate(bad).of(other.domain(), other.settings())).isEqualTo(Brakes.NONE);
    }

    @Test
    void aCanaryThatHasNothingToFlipYetHoldsNobodyWhoeverElseFlips() {
        ledger = ledger.with(Flipping.ready("b.example").begun(NOW).domain(), FLEET);
        Flipping waiting = Flipping.ready(CANARY).published(NOW);

        assertThat(held(gate(waiting), Flipping.ready("a.example"))).isEmpty();
    }

    @Test
    void anOrderWaitsForNoCanary() {
        assertThat(held(
                        gate(Flipping.ready(CANARY)),
                        Flipping.ready("a.example").ordered(NOW)))
                .isEmpty();
    }

    @Test
    void aCanaryHoldsOnlyDomainsOfItsOwnPolicy() {
        RotationPolicy other =
                PolicyBuilder.policy().signingPeriod(Duration.ofDays(30)).build();
        DomainSettings mine = new Story(other, List.of(Story.SIGNER)).settings;

        assertThat(gate(Flipping.ready(CANARY))
                        .of(Flipping.ready("a.example").domain(), mine)
                        .flips()
                        .map(Brakes.Held::until))
                .isEmpty();
    }

    @Test
    void aCanaryWhoseWindowIsClosedHoldsNobody() {
        RotationPolicy closed =
                PolicyBuilder.policy().window(from -> NOW.plusSeconds(60)).build();
        DomainSettings later = Flipping.ready(CANARY).settings(closed);
        FlipGate gate = new FlipGate(
                ledger,
                FLEET,
                List.of(new FlipGate.Canary(Flipping.ready(CANARY).domain(), later)),
                NOW);

        assertThat(gate.of(Flipping.ready("a.example").domain(), later).flips().map(Brakes.Held::until))
                .isEmpty();
    }

    @Test
    void aCanaryUnderWayHoldsTheOthersThoughItsWindowHasClosedSince() {
        RotationPolicy closed =
                PolicyBuilder.policy().window(from -> NOW.plusSeconds(60)).build();
        DomainSettings later = Flipping.ready(CANARY).settings(closed);
        ManagedDomain begun = Flipping.ready(CANARY).begun(NOW).domain();
        FlipGate gate = new FlipGate(ledger.with(begun, FLEET), FLEET, List.of(new FlipGate.Canary(begun, later)), NOW);

        assertThat(gate.of(Flipping.ready("a.example").domain(), later).flips().map(Brakes.Held::until))
                .contains(SOON);
    }

    @Test
    void aHaltedCanaryHoldsNobody() {
        Flipping halted =
                Flipping.ready(Flipping.ready(CANARY).begun(NOW).provenBad(NOW).domain());

        assertThat(halted.domain().halts()).isNotEmpty();
        assertThat(held(gate(halted), Flipping.ready("a.example"))).isEmpty();
    }

    @Test
    void aPausedCanaryHoldsNobody() {
        assertThat(held(gate(Flipping.ready(CANARY).paused(NOW)), Flipping.ready("a.example")))
                .isEmpty();
    }

    @Test
    void theFleetLooksForItsCanariesWhereTheyAre() {
        Flipping canary = Flipping.ready(CANARY);
        Map<SigningDomain, ManagedDomain> records = Map.of(canary.domain().name(), canary.domain());
        Fleet fleet = fleet(records, name -> Optional.of(canary.settings()));
        Fleet withUnlisted = fleet(records, name -> Optional.empty());

        assertThat(held(fleet.gate(NOW), Flipping.ready("a.example"))).contains(SOON);
        assertThat(held(withUnlisted.gate(NOW), Flipping.ready("a.example"))).isEmpty();
    }

    private Fleet fleet(Map<SigningDomain, ManagedDomain> records, DomainCatalog catalog) {
        FleetBrakes brakes = new FleetBrakes() {
            @Override
            public FlipLedger ledger() {
                return ledger;
            }

            @Override
            public boolean resetBreaker(String askedBy, String why, Instant at) {
                return false;
            }
        };
        return new Fleet(brakes, name -> Optional.ofNullable(records.get(name)), catalog, () -> FLEET);
    }
}
