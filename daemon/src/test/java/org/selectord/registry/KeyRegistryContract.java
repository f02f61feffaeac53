package org.selectord.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.FleetCounts;
import org.selectord.rotation.Halt;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.HighWater;
import org.selectord.rotation.HistoryCheck;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.Intent;
import org.selectord.rotation.KeyRegistry;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.Recorded;
import org.selectord.rotation.RegistryView;
import org.selectord.rotation.RotationRunner;
import org.selectord.rotation.Step;
import org.selectord.rotation.Target;
import org.selectord.rotation.TrustedClock;
import org.selectord.rotation.Verb;
import org.selectord.rotation.ZoneMarks;

/** What every registry does, whatever it is kept in. */
abstract class KeyRegistryContract {
    static final Instant NOW = Instant.parse("2026-11-21T12:00:00.000000007Z");
    static final SigningDomain ORG = new SigningDomain("example.org");
    static final SigningDomain NET = new SigningDomain("example.net");
    static final SigningDomain COM = new SigningDomain("example.com");

    /** The open registry; after {@link #restart} another object. */
    abstract KeyRegistry registry();

    abstract RegistryView view();

    abstract TrustedClock.Mark mark();

    /** Closes it and opens it again, as a daemon that starts anew. */
    abstract void restart();

    // ---- enrolling

    @Test
    void enrolledDomainsAreDueAtOnceAndKnowNothing() {
        registry().enrol(Set.of(ORG, NET), NOW);

        assertThat(registry().find(ORG)).contains(ManagedDomain.enrolled(ORG));
        assertThat(registry().find(COM)).isEmpty();
        assertThat(registry().nextDueAt()).contains(NOW);
        assertThat(names(registry().claimDue(NOW, 10))).containsExactly(NET, ORG);
    }

    @Test
    void enrollingAgainLeavesWhatIsThere() {
        registry().enrol(Set.of(ORG), NOW);
        save(known(ORG), NOW.plusSeconds(60));

        registry().enrol(Set.of(NET), NOW.plusSeconds(1));
        registry().enrol(Set.of(ORG, NET), NOW.plusSeconds(2));

        assertThat(known(ORG).version()).isEqualTo(1);
        assertThat(names(registry().claimDue(NOW.plusSeconds(1), 10))).containsExactly(NET);
    }

    // ---- claims and due times

    @Test
    void aDomainIsDueAtItsInstantAndNotBefore() {
        registry().enrol(Set.of(ORG), NOW);
        Instant dueAt = NOW.plus(Duration.ofHours(1)).plusNanos(1);
        save(known(ORG), dueAt);

        assertThat(registry().nextDueAt()).contains(dueAt);
        assertThat(registry().claimDue(dueAt.minusSeconds(1), 10)).isEmpty();
        assertThat(registry().claimDue(dueAt.minusNanos(1), 10)).isEmpty();
        assertThat(names(registry().claimDue(dueAt, 10))).containsExactly(ORG);
    }

    @Test
    void whatIsNeverDueIsNotClaimedAndSaysSo() {
        registry().enrol(Set.of(ORG, NET), NOW);
        save(known(ORG), RotationRunner.NEVER);
        save(known(NET), Instant.MIN);

        assertThat(names(registry().claimDue(NOW.plus(Duration.ofDays(36_500)), 10)))
                .containsExactly(NET);
        assertThat(registry().nextDueAt()).contains(RotationRunner.NEVER);
    }

    @Test
    void theEarliestAreClaimedFirstAndNoMoreThanAskedFor() {
        registry().enrol(Set.of(ORG, NET, COM), NOW);
        save(known(ORG), NOW.minusSeconds(3));
        save(known(COM), NOW.minusSeconds(1));

        assertThat(names(registry().claimDue(NOW, 2))).containsExactly(ORG, COM);
        assertThat(names(registry().claimDue(NOW, 2))).containsExactly(NET);
        assertThat(registry().claimDue(NOW, 2)).isEmpty();
    }

    @Test
    void aClaimedDomainIsNotDueForAnybodyUntilItIsReleased() {
        registry().enrol(Set.of(ORG, NET), NOW);
        save(known(NET), NOW.plusSeconds(60));
        ManagedDomain claimed = registry().claimDue(NOW, 1).get(0);

        assertThat(registry().nextDueAt()).contains(NOW.plusSeconds(60));
        save(claimed, NOW.plusSeconds(1)); // a save leaves claims as they are
        assertThat(registry().claimDue(NOW.plusSeconds(1), 10)).isEmpty();
        assertThat(registry().nextDueAt()).contains(NOW.plusSeconds(60));

        registry().release(List.of(ORG));

        assertThat(registry().nextDueAt()).contains(NOW.plusSeconds(1));
        assertThat(names(registry().claimDue(NOW.plusSeconds(1), 10))).containsExactly(ORG);
    }

    @Test
    void planningAnewMakesEveryDomainDueAndChangesNoRecord() {
        registry().enrol(Set.of(ORG, NET), NOW.plusSeconds(5));
        save(known(ORG), RotationRunner.NEVER);

        registry().replanAll(NOW);

        assertThat(known(ORG)).isEqualTo(ManagedDomain.enrolled(ORG).saved(2));
        assertThat(registry().nextDueAt()).contains(NOW);
        assertThat(names(registry().claimDue(NOW, 10))).containsExactly(NET, ORG);
    }

    @Test
    void aSaveThatWasPlannedBeforeAllWerePlannedAnewIsStale() {
        registry().enrol(Set.of(ORG), NOW);
        ManagedDomain planned = known(ORG);

        registry().replanAll(NOW);
        Set<SigningDomain> stale =
                registry().save(List.of(new Recorded(planned, RotationRunner.NEVER, List.of(entry(ORG, "planned")))));

        assertThat(stale).containsExactly(ORG);
        assertThat(registry().nextDueAt()).contains(NOW);
        assertThat(view().history(Optional.empty(), 10)).isEmpty();
    }

    @Test
    void aRestartForgetsClaimsAndNothingElse() {
        registry().enrol(Set.of(ORG), NOW);
        RandomDomains random = new RandomDomains(1);
        Order closed = closed(order(registry().newOrderNumber(), ORG));
        ManagedDomain rich = withOrders(random.next(ORG), List.of(closed));
        registry().save(List.of(new Recorded(rich, NOW, List.of(random.entry(ORG), random.entry(ORG)))));
        List<HistoryEntry> history = view().history(Optional.empty(), 10);
        assertThat(registry().claimDue(NOW, 10)).hasSize(1);
        mark().raiseTo(NOW);

        restart();

        assertThat(registry().find(ORG)).contains(rich.saved(1));
        assertThat(view().history(Optional.empty(), 10)).hasSize(2).isEqualTo(history);
        assertThat(view().order(closed.number())).contains(closed);
        assertThat(mark().highest()).contains(NOW);
        assertThat(registry().newOrderNumber()).isGreaterThan(closed.number());
        assertThat(names(registry().claimDue(NOW, 10))).containsExactly(ORG);
    }

    @Test
    void nothingIsDueInAnEmptyRegistry() {
        assertThat(registry().nextDueAt()).isEmpty();
        assertThat(registry().claimDue(NOW, 10)).isEmpty();
        assertThat(registry().withOpenIntents()).isEmpty();
        assertThat(view().page(Optional.empty(), 10)).isEmpty();
        assertThat(view().history(Optional.empty(), 10)).isEmpty();
        assertThat(view().keyCounts()).isEmpty();
        assertThat(view().order(1)).isEmpty();
        assertThat(mark().highest()).isEmpty();
    }

    // ---- saving

    @Test
    void whatIsSavedIsReadBackWithTheNextVersion() {
        RandomDomains random = new RandomDomains(2);
        registry().enrol(Set.of(ORG), NOW);
        for (int i = 0; i < 20; i++) {
            ManagedDomain next =
                    withKeys(random.next(ORG), List.of(), known(ORG).version());

            save(next, NOW);

            assertThat(registry().find(ORG)).contains(next.saved(next.version() + 1));
        }
    }

    @Test
    void aStaleRecordSavesNothingOfItsOwnAndTheOthersAreSaved() {
        registry().enrol(Set.of(ORG, NET), NOW);
        ManagedDomain stale = withKeys(known(ORG), List.of(key(ORG, 1, "late")), 0);
        ManagedDomain fresh = known(NET);
        save(known(ORG), NOW);
        Order order = order(registry().newOrderNumber(), ORG);

        Set<SigningDomain> refused = registry()
                .save(List.of(
                        new Recorded(withOrders(stale, List.of(order)), NOW, List.of(entry(ORG, "stale"))),
                        new Recorded(fresh, NOW, List.of(entry(NET, "fresh")))));

        assertThat(refused).containsExactly(ORG);
        assertThat(known(ORG)).isEqualTo(ManagedDomain.enrolled(ORG).saved(1));
        assertThat(known(NET).version()).isEqualTo(1);
        assertThat(view().history(Optional.empty(), 10)).containsExactly(entry(NET, "fresh"));
        assertThat(view().order(order.number())).isEmpty();
        assertThat(registry().isTaken(key(ORG, 1, "late").fingerprint())).isFalse();
    }

    @Test
    void savingNothingIsNoWork() {
        assertThat(registry().save(List.of())).isEmpty();
    }

    @Test
    void aDomainThatWasNeverEnrolledIsABug() {
        assertThatThrownBy(() -> save(ManagedDomain.enrolled(ORG), NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("example.org was never enrolled");
    }

    // ---- keys

    @Test
    void aPrivateHalfThatWasGivenForAdoptionIsTakenWhateverBecomesOfTheOrder() {
        registry().enrol(Set.of(ORG), NOW);
        KeyFingerprint given = key(ORG, 1, "mail").fingerprint();
        assertThat(registry().isTaken(given)).isFalse();
        for (int i = 0; i < 2; i++) { // the same key may be given again
            Order order = new Order(
                    registry().newOrderNumber(),
                    ORG,
                    Order.Kind.ADOPT,
                    Optional.empty(),
                    Map.of("selector", "mail", Order.FINGERPRINT, given.hex()),
                    "ops",
                    NOW,
                    Optional.of(new Order.Closing(NOW, Order.Result.FAILED, "no record stands there")));
            save(withOrders(known(ORG), List.of(order)), NOW);
        }

        assertThat(registry().isTaken(given)).isTrue();
        assertThat(registry().domainOf(given)).isEmpty();
        assertThat(registry().isTaken(key(ORG, 1, "s2").fingerprint())).isFalse();
    }

    @Test
    void aPrivateHalfThatIsGivenIsTakenBeforeAnyOrderNamesIt() {
        KeyFingerprint given = key(ORG, 1, "mail").fingerprint();
        registry().give(given);
        registry().give(given);

        assertThat(registry().isTaken(given)).isTrue();
    }

    @Test
    void aFingerprintIsTakenForEver() {
        registry().enrol(Set.of(ORG, NET), NOW);
        ManagedKey key = key(ORG, 1, "s1");
        save(withKeys(known(ORG), List.of(key), 0), NOW);

        assertThat(registry().isTaken(key.fingerprint())).isTrue();
        assertThat(registry().domainOf(key.fingerprint())).contains(ORG);
        assertThat(registry().isTaken(key(ORG, 1, "s2").fingerprint())).isFalse();
        ManagedKey twin = new ManagedKey(
                new KeyId(NET, 1),
                new Selector("s9"),
                key.algorithm(),
                key.fingerprint(),
                key.custody(),
                key.record(),
                key.standing(),
                key.mayLandUntil(),
                key.reachedAt(),
                key.propagated(),
                key.onPrimary(),
                key.uses(),
                key.forgotten(),
                Optional.empty(),
                false);
        assertThatThrownBy(() -> save(withKeys(known(NET), List.of(twin), 0), NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("example.net#1 (selector s9")
                .hasMessageContaining("the fingerprint is bound for ever to example.org#1 (selector s1");
        assertThat(known(NET)).isEqualTo(ManagedDomain.enrolled(NET));
    }

    @Test
    void aSelectorNamesOneKeyOfADomainForEver() {
        registry().enrol(Set.of(ORG, NET), NOW);
        ManagedKey first = key(ORG, 1, "s1");
        save(withKeys(known(ORG), List.of(first), 0), NOW);
        save(withKeys(known(NET), List.of(key(NET, 1, "s1")), 0), NOW); // another domain's selector is another selector

        ManagedDomain again = withKeys(known(ORG), List.of(first, key(ORG, 2, "s1", "other")), 1);

        assertThatThrownBy(() -> save(again, NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("example.org#2 (selector s1")
                .hasMessageContaining("the selector is bound for ever to example.org#1 (selector s1");
        assertThat(known(ORG).keys()).containsExactly(first);
    }

    @Test
    void aSelectorOfARingNamesAnotherKeyOnceItsLastOneIsRemoved() {
        registry().enrol(Set.of(ORG), NOW);
        ManagedKey first = aliased(key(ORG, 1, "sd1"));
        ManagedKey second = aliased(key(ORG, 2, "sd1", "second"));
        ManagedKey third = aliased(key(ORG, 3, "sd1", "third"));
        save(withKeys(known(ORG), List.of(first), 0), NOW);

        assertThatThrownBy(() -> save(withKeys(known(ORG), List.of(first, second), 1), NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the selector is bound until that is REMOVED to example.org#1 (selector sd1");

        ManagedKey removed = first.reached(KeyState.REMOVED, NOW);
        save(withKeys(known(ORG), List.of(removed), 1), NOW);
        save(withKeys(known(ORG), List.of(removed, second), 2), NOW);
        assertThat(known(ORG).keys()).containsExactly(removed, second);
        ManagedKey removedToo = second.reached(KeyState.REMOVED, NOW);
        save(withKeys(known(ORG), List.of(removed, removedToo), 3), NOW);
        save(withKeys(known(ORG), List.of(removed, removedToo, third), 4), NOW);
        assertThat(known(ORG).keys()).containsExactly(removed, removedToo, third);
    }

    private static ManagedKey aliased(ManagedKey key) {
        OwnerName owner = OwnerName.of(key.selector() + ".example.org.dkim.example.net");
        return ManagedKey.generated(
                key.id(),
                key.selector(),
                key.algorithm(),
                key.fingerprint(),
                new TxtRRset(owner, 3600, key.record().records()),
                NOW);
    }

    @Test
    void aKeyNeitherChangesWhatItIsBoundToNorGoesAway() {
        registry().enrol(Set.of(ORG), NOW);
        save(withKeys(known(ORG), List.of(key(ORG, 1, "s1")), 0), NOW);

        assertThatThrownBy(() -> save(withKeys(known(ORG), List.of(key(ORG, 1, "s2")), 1), NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is so for ever and cannot become example.org#1 (selector s2");
        assertThatThrownBy(() -> save(withKeys(known(ORG), List.of(), 1), NOW))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lacks keys");
        assertThat(known(ORG).version()).isEqualTo(1);
    }

    @Test
    void keysAreCountedByStateAndAlgorithm() {
        registry().enrol(Set.of(ORG, NET), NOW);
        ManagedKey key = key(ORG, 1, "s1");
        save(withKeys(known(ORG), List.of(key, key(ORG, 2, "s2")), 0), NOW);
        save(withKeys(known(NET), List.of(key(NET, 1, "s1")), 0), NOW);
        save(withKeys(known(ORG), List.of(key.reached(KeyState.PUBLISHED, NOW), key(ORG, 2, "s2")), 1), NOW);

        assertThat(view().keyCounts())
                .isEqualTo(Map.of(
                        KeyState.GENERATED,
                        Map.of(KeyAlgorithm.RSA_2048, 2L),
                        KeyState.PUBLISHED,
                        Map.of(KeyAlgorithm.RSA_2048, 1L)));
    }

    @Test
    void theFleetIsCountedByTheWorstThatIsTrueOfEachDomain() {
        registry().enrol(Set.of(ORG, NET, COM), NOW);
        ManagedKey active = active(key(ORG, 1, "s1"), NOW.minusSeconds(20));
        save(withKeys(known(ORG), List.of(active), 0), NOW.plusSeconds(60));
        Halt bad = new Halt(HaltReason.FLIP_PROVEN_BAD, "found", NOW);
        save(halted(withKeys(known(NET), List.of(active(key(NET, 1, "s1"), NOW.minusSeconds(30))), 0), bad), NOW);

        assertThat(view().fleetCounts(NOW.plusSeconds(1)))
                .isEqualTo(new FleetCounts(
                        0,
                        1,
                        1,
                        1,
                        Map.of(HaltReason.FLIP_PROVEN_BAD, 1L),
                        Optional.of(NOW.minusSeconds(30)),
                        Optional.of(NOW),
                        2,
                        false));

        save(halted(known(NET)), RotationRunner.NEVER);
        save(known(COM), RotationRunner.NEVER);
        FleetCounts later = view().fleetCounts(NOW.plusSeconds(61));
        assertThat(later.signing()).isEqualTo(2);
        assertThat(later.haltedBy()).isEmpty();
        assertThat(later.overdue()).isEqualTo(1);
        save(known(ORG), RotationRunner.NEVER);
        assertThat(view().fleetCounts(NOW).nextDueAt()).isEmpty();
    }

    @Test
    void domainsWithOpenIntentsAreFound() {
        registry().enrol(Set.of(ORG, NET), NOW);
        Step step = new Step(
                Verb.GENERATE,
                Optional.empty(),
                Target.KEYSTORE,
                Optional.of(KeyAlgorithm.RSA_2048),
                Optional.empty(),
                NOW,
                List.of());
        save(known(NET).intending(step, NOW), NOW);

        assertThat(registry().withOpenIntents())
                .containsExactly(known(NET))
                .allSatisfy(domain ->
                        assertThat(domain.intents()).containsExactly(new Intent(step, NOW, NOW.plusSeconds(60))));
    }

    // ---- zones

    @Test
    void ofEachZoneTheHighestMarkThatStillCountsIsFoundWhicheverDomainSawIt() {
        registry().enrol(Set.of(ORG, NET, COM), NOW);
        OwnerName shared = OwnerName.of("example.org");
        OwnerName other = OwnerName.of("example.com");
        HighWater raised = new HighWater(600, NOW, Optional.of(90L));
        save(inZone(known(ORG), shared, HighWater.seen(60, NOW.plusSeconds(900))), NOW);
        save(inZone(known(NET), shared, raised), NOW);
        save(inZone(known(COM), other, HighWater.seen(30, RotationRunner.NEVER)), NOW);

        assertThat(registry().negativeTtls(Set.of(shared, OwnerName.of("example.net")), NOW.plusSeconds(599)))
                .isEqualTo(Map.of(shared, raised));
        assertThat(registry().negativeTtls(Set.of(shared, other), NOW.plusSeconds(600)))
                .isEqualTo(Map.of(
                        shared, HighWater.seen(60, NOW.plusSeconds(900)),
                        other, HighWater.seen(30, RotationRunner.NEVER)));
        assertThat(registry().negativeTtls(Set.of(), NOW)).isEmpty();

        save(inZone(known(NET), other, HighWater.seen(40, NOW)), NOW); // it has moved
        assertThat(registry().negativeTtls(Set.of(shared), NOW))
                .isEqualTo(Map.of(shared, HighWater.seen(60, NOW.plusSeconds(900))));
    }

    private static ManagedDomain inZone(ManagedDomain domain, OwnerName apex, HighWater negativeTtl) {
        return new ManagedDomain(
                domain.name(),
                domain.keys(),
                domain.orders(),
                domain.intents(),
                domain.waits(),
                domain.halts(),
                domain.waivers(),
                domain.hold(),
                domain.resumedAt(),
                Optional.of(new ZoneMarks(apex, negativeTtl, NOW, Optional.empty())),
                domain.aliases(),
                domain.version());
    }

    // ---- orders

    @Test
    void anOrderIsAnsweredByNumberWhenItIsOpenAndForEverAfterItWasClosed() {
        registry().enrol(Set.of(ORG), NOW);
        Order open = order(registry().newOrderNumber(), ORG);
        save(withOrders(known(ORG), List.of(open)), NOW);

        assertThat(view().order(open.number())).contains(open);
        assertThat(known(ORG).orders()).containsExactly(open);

        Order closed = closed(open);
        save(withOrders(known(ORG), List.of(closed)), NOW);
        save(known(ORG), NOW);

        assertThat(view().order(open.number())).contains(closed);
        assertThat(known(ORG).orders()).isEmpty();
    }

    @Test
    void anOrderChangesInNothingButItsEnd() {
        registry().enrol(Set.of(ORG, NET), NOW);
        Order open = order(registry().newOrderNumber(), ORG);
        save(withOrders(known(ORG), List.of(closed(open))), NOW);

        for (Order changed : List.of(open, order(open.number(), NET), closed(order(open.number(), NET)))) {
            ManagedDomain record = withOrders(known(changed.domain()), List.of(changed));
            assertThatThrownBy(() -> save(record, NOW))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("order " + open.number() + " is recorded as");
        }
        assertThat(view().order(open.number())).contains(closed(open));
    }

    @Test
    void noOrderNumberIsGivenTwice() throws Exception {
        List<List<Long>> taken = inParallel(8, worker -> () -> {
            List<Long> numbers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                numbers.add(registry().newOrderNumber());
            }
            return numbers;
        });

        assertThat(taken.stream().flatMap(List::stream)).doesNotHaveDuplicates().hasSize(160);
        assertThat(taken).allSatisfy(numbers -> assertThat(numbers).isSorted());
    }

    @Test
    void noEpochIsGivenTwiceAndTheInstanceStays() throws Exception {
        List<List<Fence>> taken = inParallel(8, worker -> () -> {
            List<Fence> fences = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                fences.add(registry().newFence());
            }
            return fences;
        });

        assertThat(taken.stream().flatMap(List::stream).map(Fence::epoch))
                .doesNotHaveDuplicates()
                .hasSize(160);
        assertThat(taken)
                .allSatisfy(fences -> assertThat(fences).isSortedAccordingTo(Comparator.comparing(Fence::epoch)));
        assertThat(taken.stream().flatMap(List::stream).map(Fence::instance).distinct())
                .hasSize(1);
    }

    // ---- history and pages

    @Test
    void theNewestHistoryComesFirstInTheOrderItWasRecorded() {
        registry().enrol(Set.of(ORG, NET), NOW);
        registry().save(List.of(new Recorded(known(ORG), NOW, List.of(entry(ORG, "one"), entry(ORG, "two")))));
        registry()
                .save(List.of(
                        new Recorded(known(NET), NOW, List.of(entry(NET, "three"))),
                        new Recorded(known(ORG), NOW, List.of(entry(ORG, "four")))));

        assertThat(view().history(Optional.empty(), 3))
                .extracting(HistoryEntry::text)
                .containsExactly("four", "three", "two");
        assertThat(view().history(Optional.of(ORG), 10))
                .extracting(HistoryEntry::text)
                .containsExactly("four", "two", "one");
    }

    @Test
    void historyKeepsEveryTextAsItIs() {
        registry().enrol(Set.of(ORG), NOW);
        RandomDomains random = new RandomDomains(3);
        List<HistoryEntry> entries = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            entries.add(0, random.entry(ORG));
            registry().save(List.of(new Recorded(known(ORG), NOW, List.of(entries.get(0)))));
        }

        assertThat(view().history(Optional.empty(), 100)).isEqualTo(entries);
        assertThat(view().checkHistory().broken()).isEmpty();
    }

    @Test
    void whatConcernsTheFleetIsInTheHistoryOfNoDomain() {
        registry().enrol(Set.of(ORG), NOW);
        HistoryEntry fleet =
                new HistoryEntry(Optional.empty(), NOW, "BREAKER", Optional.empty(), "", "reset", "anna", List.of());
        registry().save(List.of(new Recorded(known(ORG), NOW, List.of(fleet, entry(ORG, "one")))));

        assertThat(view().history(Optional.empty(), 10)).containsExactly(entry(ORG, "one"), fleet);
        assertThat(view().history(Optional.of(ORG), 10)).containsExactly(entry(ORG, "one"));
        assertThat(view().checkHistory().domains()).isEqualTo(1);
        assertThat(view().checkHistory().rows()).isEqualTo(2);
    }

    @Test
    void pagesGoThroughAllDomainsByName() {
        registry().enrol(RandomDomains.named("b.example", "a.example", "a-b.example", "c.example"), NOW);

        List<ManagedDomain> first = view().page(Optional.empty(), 3);
        List<ManagedDomain> rest = view().page(Optional.of(first.get(2).name()), 3);

        assertThat(names(first))
                .extracting(SigningDomain::name)
                .containsExactly("a-b.example", "a.example", "b.example");
        assertThat(names(rest)).extracting(SigningDomain::name).containsExactly("c.example");
    }

    // ---- clock and probe

    @Test
    void theClockMarkOnlyRises() {
        Instant exact = NOW.plusNanos(123_456_789);
        mark().raiseTo(exact);
        mark().raiseTo(NOW);

        assertThat(mark().highest()).contains(exact);
        mark().raiseTo(exact.plusNanos(1));
        assertThat(mark().highest()).contains(exact.plusNanos(1));
    }

    @Test
    void theProbeSaysNothingWhenAllIsWell() {
        view().probe();
        view().probe();
    }

    // ---- at the same time

    @Test
    void eightThreadsSaveDifferentDomainsWithoutALoss() throws Exception {
        List<SigningDomain> domains = IntStream.range(0, 8)
                .mapToObj(i -> new SigningDomain("d" + i + ".example"))
                .toList();
        registry().enrol(new HashSet<>(domains), NOW);

        inParallel(8, worker -> () -> {
            for (int i = 0; i < 25; i++) {
                SigningDomain mine = domains.get(worker);
                assertThat(registry().save(List.of(new Recorded(known(mine), NOW, List.of(entry(mine, "" + i))))))
                        .isEmpty();
            }
            return worker;
        });

        assertThat(domains).allSatisfy(domain -> {
            assertThat(known(domain).version()).isEqualTo(25);
            assertThat(view().history(Optional.of(domain), 100)).hasSize(25);
        });
        assertThat(view().checkHistory())
                .isEqualTo(new HistoryCheck(200, 8, 0, 200, Optional.empty(), Optional.empty()));
    }

    @Test
    void ofTwoThatSaveTheSameRecordOneIsStale() throws Exception {
        registry().enrol(Set.of(ORG), NOW);
        for (int round = 0; round < 20; round++) {
            ManagedDomain read = known(ORG);
            List<Set<SigningDomain>> stale = inParallel(
                    2,
                    worker -> () ->
                            registry().save(List.of(new Recorded(read, NOW, List.of(entry(ORG, "by " + worker))))));

            assertThat(stale).containsExactlyInAnyOrder(Set.of(), Set.of(ORG));
        }
        assertThat(known(ORG).version()).isEqualTo(20);
        assertThat(view().history(Optional.of(ORG), 100)).hasSize(20);
    }

    @Test
    void ofManyThatClaimAtTheSameTimeEachGetsDomainsOfItsOwn() throws Exception {
        Set<SigningDomain> domains = new HashSet<>();
        IntStream.range(0, 100).forEach(i -> domains.add(new SigningDomain("d" + i + ".example")));
        registry().enrol(domains, NOW);

        List<List<SigningDomain>> claimed = inParallel(8, worker -> () -> {
            List<SigningDomain> mine = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                mine.addAll(names(registry().claimDue(NOW, 7)));
            }
            return mine;
        });

        assertThat(claimed.stream().flatMap(List::stream))
                .doesNotHaveDuplicates()
                .hasSize(100);
    }

    // ---- words

    final ManagedDomain known(SigningDomain domain) {
        return registry().find(domain).orElseThrow();
    }

    final void save(ManagedDomain domain, Instant dueAt) {
        assertThat(registry().save(List.of(new Recorded(domain, dueAt, List.of()))))
                .isEmpty();
    }

    private static List<SigningDomain> names(List<ManagedDomain> domains) {
        return domains.stream().map(ManagedDomain::name).toList();
    }

    static HistoryEntry entry(SigningDomain domain, String text) {
        return new HistoryEntry(
                Optional.of(domain),
                NOW,
                "PUBLISH",
                Optional.of(new KeyId(domain, 1)),
                "s1",
                text,
                "ops",
                List.of("ns1 answers it", "TTL 3600 s"));
    }

    private static Order order(long number, SigningDomain domain) {
        return new Order(
                number,
                domain,
                Order.Kind.ROTATE_NOW,
                Optional.of(new KeyId(domain, 3)),
                Map.of("scope", "key"),
                "ops",
                NOW.plusNanos(5),
                Optional.empty());
    }

    private static Order closed(Order order) {
        return new Order(
                order.number(),
                order.domain(),
                order.kind(),
                order.key(),
                order.detail(),
                order.askedBy(),
                order.askedAt(),
                Optional.of(new Order.Closing(NOW.plusSeconds(9), Order.Result.DONE, "signs since")));
    }

    static ManagedKey key(SigningDomain domain, int number, String selector) {
        return key(domain, number, selector, "");
    }

    private static ManagedKey key(SigningDomain domain, int number, String selector, String salt) {
        KeyId id = new KeyId(domain, number);
        String digits = Integer.toHexString((id + selector + salt).hashCode());
        Selector named = new Selector(selector);
        return ManagedKey.generated(
                id,
                named,
                KeyAlgorithm.RSA_2048,
                new KeyFingerprint("0".repeat(64 - digits.length()) + digits),
                new TxtRRset(
                        OwnerName.of(named.ownerName(domain)), 3600, List.of(new TxtRecord(List.of("v=DKIM1; p=abc")))),
                NOW);
    }

    static ManagedKey active(ManagedKey key, Instant at) {
        return key.reached(KeyState.PUBLISHED, at).reached(KeyState.READY, at).reached(KeyState.ACTIVE, at);
    }

    static ManagedDomain withKeys(ManagedDomain domain, List<ManagedKey> keys, long version) {
        return new ManagedDomain(
                domain.name(),
                keys,
                List.of(),
                domain.intents(),
                domain.waits(),
                domain.halts(),
                domain.waivers(),
                domain.hold(),
                domain.resumedAt(),
                domain.zone(),
                version);
    }

    private static ManagedDomain withOrders(ManagedDomain domain, List<Order> orders) {
        return new ManagedDomain(
                domain.name(),
                domain.keys(),
                orders,
                domain.intents(),
                domain.waits(),
                domain.halts(),
                domain.waivers(),
                domain.hold(),
                domain.resumedAt(),
                domain.zone(),
                domain.version());
    }

    private static ManagedDomain halted(ManagedDomain domain, Halt... halts) {
        Map<KeyType, Halt> all = halts.length == 0 ? Map.of() : Map.of(KeyType.RSA, halts[0]);
        return new ManagedDomain(
                domain.name(),
                domain.keys(),
                domain.orders(),
                domain.intents(),
                domain.waits(),
                all,
                domain.waivers(),
                domain.hold(),
                domain.resumedAt(),
                domain.zone(),
                domain.version());
    }

    private interface Work<T> {
        Callable<T> of(int worker);
    }

    /** All begin at once; what one throws fails the test. */
    private static <T> List<T> inParallel(int threads, Work<T> work) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            CyclicBarrier together = new CyclicBarrier(threads);
            List<Future<T>> running = new ArrayList<>();
            for (int worker = 0; worker < threads; worker++) {
                Callable<T> mine = work.of(worker);
                running.add(pool.submit(() -> {
                    together.await();
                    return mine.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> one : running) {
                results.add(one.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }
}
