package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;

/** What every server that takes updates must make of ours. */
@Timeout(90)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class UpdateTargetContract {
    static final BedZone ZONE = BedZone.of("example.org.")
            .negativeTtl(3)
            .with(
                    "taken._domainkey CNAME elsewhere.example.net.",
                    "foreign._domainkey TXT \"somebody else's\"",
                    "mail._domainkey MX 10 ns1");

    private static final OwnerName ZONE_APEX = OwnerName.of("example.org");

    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);

    abstract DnsSettings settings();

    abstract void start();

    abstract void stop();

    /** As the primary serves it, with its serial. */
    abstract List<String> soa();

    @BeforeAll
    void startAll() {
        start();
    }

    @AfterAll
    void stopAll() {
        stop();
    }

    @Test
    void aRecordIsPublishedSeenOnEveryServerReplacedAndWithdrawn() {
        TxtRRset set = Given.rsa2048("s1._domainkey.example.org");
        TxtRRset revoked = Given.txt("s1._domainkey.example.org", "v=DKIM1; p=");
        for (int i = 0; i < 2; i++) {
            assertDone(apply(Change.publish(set)), Optional.of(set));
        }
        awaitEverywhere(set.owner(), seen -> seen.exactEverywhere(set));
        for (int i = 0; i < 2; i++) {
            assertDone(apply(new Change(set.owner(), Optional.of(set), Optional.of(revoked))), Optional.of(revoked));
        }
        awaitEverywhere(set.owner(), seen -> seen.exactEverywhere(revoked));
        for (int i = 0; i < 2; i++) {
            assertDone(apply(Change.withdraw(revoked)), Optional.empty());
        }
        awaitEverywhere(set.owner(), seen -> seen.absentEverywhere(revoked));
    }

    private static void assertDone(UpdateResult result, Optional<TxtRRset> left) {
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
        assertThat(result.found().map(TxtRRset::records)).isEqualTo(left.map(TxtRRset::records));
    }

    @Test
    void nothingIsPublishedBesideWhatIsThere() {
        for (String selector : List.of("taken", "foreign", "mail")) {
            TxtRRset set = Given.txt(selector + "._domainkey.example.org", "v=DKIM1; p=abc");
            UpdateResult result = apply(Change.publish(set));
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.SOMETHING_ELSE_THERE);
        }
    }

    @Test
    void aRecordOfOthersIsNotWithdrawn() {
        TxtRRset set = Given.rsa2048("s2._domainkey.example.org");
        assertDone(apply(Change.publish(set)), Optional.of(set));
        UpdateResult result = apply(Change.withdraw(Given.txt("s2._domainkey.example.org", "v=DKIM1; p=other")));
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.SOMETHING_ELSE_THERE);
        assertThat(result.found().map(TxtRRset::records)).contains(set.records());
    }

    @Test
    void threeHundredRecordsArePublishedAndOneTakenNameIsToldApart() {
        List<Change> changes = new ArrayList<>(IntStream.range(0, 300)
                .mapToObj(i -> Change.publish(Given.rsa2048("b" + i + "._domainkey.example.org")))
                .toList());
        changes.add(Change.publish(Given.rsa2048("foreign._domainkey.example.org")));

        List<UpdateResult> results = updater.apply(zone(), Optional.empty(), changes);

        assertThat(results.subList(0, 300))
                .allSatisfy(result -> assertDone(result, result.found()))
                .allSatisfy(result -> assertThat(result.found()).isPresent());
        assertThat(results.get(300).verdict()).isEqualTo(Verdict.SOMETHING_ELSE_THERE);
    }

    private long epoch;

    private Fence next() {
        return new Fence(++epoch, "one");
    }

    @Test
    void aStaleCallIsFenced() {
        TxtRRset set = Given.rsa2048("f1._domainkey.example.org");
        Fence earlier = next();
        Fence latest = next();
        assertDone(apply(earlier, Change.publish(set)), Optional.of(set));
        assertDone(apply(latest, Change.withdraw(set)), Optional.empty());

        for (Fence stale : List.of(earlier, new Fence(epoch + 1, "other"))) {
            UpdateResult result = apply(stale, Change.publish(set));
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.FENCED);
            assertThat(result.heldBy()).contains(latest);
        }
        assertDone(apply(next(), Change.publish(set)), Optional.of(set));
    }

    @Test
    void aWithdrawalThatFindsNothingRenewsTheFenceAllTheSame() {
        TxtRRset set = Given.rsa2048("f2._domainkey.example.org");
        Fence earlier = next();
        Fence latest = next();
        assertDone(apply(latest, Change.withdraw(set)), Optional.empty());

        assertThat(apply(earlier, Change.publish(set)).heldBy()).contains(latest);
    }

    private UpdateResult apply(Fence fence, Change change) {
        return updater.apply(zone(), Optional.of(fence), List.of(change)).get(0);
    }

    @Test
    void withAWrongSecretNothingIsKnownAndNothingIsThere() {
        DnsSettings settings = settings();
        TsigKey wrong = Given.key("selectord", "another-another-another-another!");
        Zone zone = new Zone(ZONE_APEX, Given.settings(wrong, DnsSettings.DEFAULT_FUDGE, settings.primaries()));
        TxtRRset set = Given.rsa2048("s3._domainkey.example.org");

        UpdateResult result = updater.apply(zone, Optional.empty(), List.of(Change.publish(set)))
                .get(0);

        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.UNKNOWN);
        assertThat(updater.read(zone(), List.of(set.owner())).get(0).kind()).isEqualTo(PrimaryAnswer.Kind.NOTHING);
    }

    @Test
    void whatTheZoneDoesNotHoldIsReadAsSuch() {
        assertThat(updater.read(
                        zone(),
                        List.of(
                                OwnerName.of("none._domainkey.example.org"),
                                OwnerName.of("foreign._domainkey.example.org"),
                                OwnerName.of("taken._domainkey.example.org"))))
                .extracting(PrimaryAnswer::kind)
                .containsExactly(PrimaryAnswer.Kind.NOTHING, PrimaryAnswer.Kind.TXT, PrimaryAnswer.Kind.OBSTACLE);
    }

    @Test
    void theZoneIsFound() {
        DnsjavaAuthoritativeLookup lookup =
                new DnsjavaAuthoritativeLookup(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD, new SecureRandom());
        assertThat(lookup.locate(settings(), OwnerName.of("s1._domainkey.example.org")))
                .isEqualTo(new Location.At(ZONE_APEX, 3, Optional.empty()));
    }

    @Test
    void nothingThatMayBePublishedIsSaidToBeForbiddenAndNobodyWritesToFindOut() {
        DnsjavaRightsProbe probe =
                new DnsjavaRightsProbe(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD, new SecureRandom());
        NeededRights needed =
                new NeededRights(List.of(OwnerName.of("_domainkey.example.org")), Optional.of(zone().fenceOwner()));
        List<String> before = soa();
        assertThat(probe.missing(zone(), Set.of(OwnerName.of("s1._domainkey.example.org"))))
                .isEmpty();
        assertThat(probe.probe(zone(), needed))
                .extracting(RightsFinding::kind)
                .doesNotContain(RightsFinding.Kind.TOO_NARROW);
        assertThat(soa()).isEqualTo(before);
    }

    private Zone zone() {
        return new Zone(ZONE_APEX, settings());
    }

    private UpdateResult apply(Change change) {
        return updater.apply(zone(), Optional.empty(), List.of(change)).get(0);
    }

    private void awaitEverywhere(OwnerName owner, java.util.function.Predicate<Propagation> condition) {
        PropagationCheck check = Given.propagationCheck();
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            Propagation seen =
                    Objects.requireNonNull(check.look(zone(), Set.of(owner)).get(owner));
            assertThat(seen.servers())
                    .extracting(ServerAnswer::negativeTtlSeconds)
                    .isNotEmpty();
            return condition.test(seen);
        });
    }
}
