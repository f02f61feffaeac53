package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TrustAnchor;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

/** Against a real primary and two real secondaries. */
@Timeout(60)
class DnsjavaPropagationCheckIT {
    private static BindBed bed;

    private final DnsjavaPropagationCheck check = check(Timeouts.DEFAULT);

    @BeforeAll
    static void start() {
        bed = BindBed.start(
                2,
                BedZone.of("example.org.")
                        .negativeTtl(7)
                        .with("alias._domainkey CNAME key")
                        .with("key TXT \"v=DKIM1; p=abc\""),
                BedZone.of("behind.example.").unnotified(),
                BedZone.of("signed.example.").negativeTtl(5).option("dnssec-policy default;", "inline-signing yes;"));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    @Test
    void aPublishedRecordIsSeenAtEveryServerAndAWithdrawnOneAtNone() {
        TxtRRset set = publish("example.org.", "s1");
        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            Propagation seen = look("example.org.", set.owner());
            assertThat(seen.exactEverywhere(set)).as(seen.toString()).isTrue();
            assertThat(seen.servers()).hasSize(3).allSatisfy(answer -> {
                assertThat(answer.negativeTtlSeconds()).isEqualTo(OptionalLong.of(7));
                assertThat(answer.serial()).isPresent();
            });
        });
        assertThat(updater()
                        .apply(bed.zone("example.org."), Optional.empty(), List.of(Change.withdraw(set)))
                        .get(0)
                        .verdict())
                .isEqualTo(Verdict.AS_ASKED);
        await().atMost(Duration.ofSeconds(15))
                .until(() -> look("example.org.", set.owner()).absentEverywhere(set));
    }

    @Test
    void serversAreNamedAlikeInEveryLook() {
        OwnerName owner = OwnerName.of("none._domainkey.example.org");
        List<String> names = look("example.org.", owner).servers().stream()
                .map(ServerAnswer::server)
                .toList();
        assertThat(names)
                .containsExactlyElementsOf(bed.settings().authoritative().orElseThrow().stream()
                        .map(address -> "127.0.0.1:" + address.getPort())
                        .toList());
        assertThat(look("example.org.", owner).servers())
                .extracting(ServerAnswer::server)
                .isEqualTo(names);
    }

    @Test
    void aSecondaryThatIsBehindLacksTheRecord() {
        TxtRRset set = publish("behind.example.", "s1");
        Propagation seen = look("behind.example.", set.owner());
        assertThat(seen.servers().get(0).holdsExactly(set)).isTrue();
        assertThat(seen.servers().subList(1, 3)).allMatch(answer -> answer.lacks(set));
        assertThat(seen.servers().get(0).cameBack()).doesNotContain("serial");
        assertThat(seen.servers().get(1).cameBack())
                .startsWith("NXDOMAIN: no TXT; its copy of the zone has serial 1, that of ")
                .endsWith(" has 2: NOTIFY should bring it within seconds, else its refresh in 3600 s");
        assertThat(seen.servers().get(1).serial().orElseThrow())
                .isLessThan(seen.servers().get(0).serial().orElseThrow());
        assertThat(seen.exactEverywhere(set)).isFalse();
    }

    @Test
    void aStoppedSecondaryIsSilentAloneAndIsSeenAgainAfterwards() {
        TxtRRset set = publish("example.org.", "s2");
        await().atMost(Duration.ofSeconds(15))
                .until(() -> look("example.org.", set.owner()).exactEverywhere(set));
        DnsjavaPropagationCheck impatient = check(new Timeouts(Duration.ofMillis(600), Duration.ofSeconds(5)));
        bed.secondary(0).freezeProcess();
        try {
            long begunAt = System.nanoTime();
            Propagation seen = look(impatient, bed.zone("example.org."), set.owner());
            assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofSeconds(3));
            assertThat(seen.servers())
                    .extracting(ServerAnswer::kind)
                    .containsExactly(ServerAnswer.Kind.ANSWERED, ServerAnswer.Kind.SILENT, ServerAnswer.Kind.ANSWERED);
            assertThat(seen.servers().get(1).cameBack()).isEqualTo("time over while waiting for the reply");
            assertThat(seen.exactEverywhere(set)).isFalse();
            assertThat(seen.absentEverywhere(set)).isFalse();
        } finally {
            bed.secondary(0).thawProcess();
        }
        await().atMost(Duration.ofSeconds(15))
                .until(() -> look("example.org.", set.owner()).exactEverywhere(set));
    }

    @Test
    void aSecondaryThatIsDownIsSilent() {
        bed.secondary(1).kill();
        try {
            ServerAnswer answer = look("example.org.", OwnerName.of("none._domainkey.example.org"))
                    .servers()
                    .get(2);
            assertThat(answer.kind()).isEqualTo(ServerAnswer.Kind.SILENT);
            assertThat(answer.cameBack()).contains("refused");
        } finally {
            bed.secondary(1).start();
        }
    }

    @Test
    void anAliasIsNamedAndItsTargetIsNotTakenForTheRecord() {
        OwnerName alias = OwnerName.of("alias._domainkey.example.org");
        ServerAnswer answer = look("example.org.", alias).servers().get(0);
        assertThat(answer.kind()).isEqualTo(ServerAnswer.Kind.ANSWERED);
        assertThat(answer.found()).isEmpty();
        assertThat(answer.cameBack()).contains("CNAME key.example.org. at alias._domainkey.example.org.");
    }

    @Test
    void aServerThatDoesNotServeTheZoneIsSilent() {
        OwnerName owner = OwnerName.of("s1._domainkey.elsewhere.example");
        Propagation seen = look("elsewhere.example.", owner);
        assertThat(seen.servers()).allMatch(answer -> answer.kind() == ServerAnswer.Kind.SILENT);
        assertThat(seen.servers().get(0).cameBack()).contains("REFUSED");
    }

    @Test
    void inASignedZoneARecordCountsWhenTheSignedCopyShowsIt() {
        assertThat(bed.primary().dig("signed.example", "DNSKEY")).isNotEmpty();
        TxtRRset set = publish("signed.example.", "s1");
        Propagation seen = look("signed.example.", set.owner());
        assertThat(seen.servers().get(0).holdsExactly(set)).isTrue();
        assertThat(seen.servers().get(0).negativeTtlSeconds()).isEqualTo(OptionalLong.of(5));
    }

    @Test
    void withAnAnchorARecordCountsWhereAResolverThatTrustsItWouldBelieveIt() {
        TxtRRset set = publish("signed.example.", "s2");
        String anchor = "signed.example. 60 IN DS " + bed.primary().ds("signed.example");

        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            Propagation seen = lookTrusting(anchor, "signed.example.", set.owner());
            assertThat(seen.exactEverywhere(set)).as(seen.toString()).isTrue();
        });
        OwnerName none = OwnerName.of("none._domainkey.signed.example");
        assertThat(lookTrusting(anchor, "signed.example.", none).servers())
                .allMatch(answer -> answer.kind() == ServerAnswer.Kind.ANSWERED);
    }

    @Test
    void withAnAnchorThatIsNoKeyOfTheZoneNothingIsShown() {
        TxtRRset set = publish("signed.example.", "s3");
        await().atMost(Duration.ofSeconds(15))
                .until(() -> look("signed.example.", set.owner()).exactEverywhere(set));
        String stale = "signed.example. 60 IN DS 1 13 2 " + "AB".repeat(32);

        Propagation seen = lookTrusting(stale, "signed.example.", set.owner());

        assertThat(seen.servers()).hasSize(3).allMatch(answer -> answer.kind() == ServerAnswer.Kind.SILENT);
        assertThat(seen.servers().get(0).cameBack())
                .contains(
                        "a validating resolver does not believe it: no DNSKEY of signed.example. is one of trust_anchors");
        assertThat(lookTrusting(stale, "example.org.", OwnerName.of("key._domainkey.example.org"))
                        .servers())
                .as("an anchor is its own zone's")
                .allMatch(answer -> answer.kind() == ServerAnswer.Kind.ANSWERED);
    }

    private Propagation lookTrusting(String anchor, String apex, OwnerName owner) {
        DnsSettings dns = bed.settings();
        DnsSettings trusting = new DnsSettings(
                dns.name(),
                dns.primaries(),
                dns.tsig(),
                dns.recordTtl(),
                dns.authoritative(),
                dns.also(),
                dns.fudge(),
                dns.lateMargin(),
                dns.fence(),
                List.of(new TrustAnchor(OwnerName.of("signed.example."), anchor)));
        return look(check, new Zone(OwnerName.of(apex), trusting), owner);
    }

    @Test
    void withoutAListTheServersAreTheNsOfTheZoneAndTheFurtherOnes() {
        DnsSettings listed = bed.settings();
        DnsSettings byZone = new DnsSettings(
                "bed",
                listed.primaries(),
                listed.tsig(),
                listed.recordTtl(),
                Optional.empty(),
                List.of(bed.secondary(0).address()),
                listed.fudge(),
                listed.lateMargin());
        OwnerName owner = OwnerName.of("none._domainkey.example.org");
        HostAddresses none = host -> {
            throw new java.net.UnknownHostException(host + " is not known");
        };
        DnsjavaPropagationCheck withoutAddresses = new DnsjavaPropagationCheck(
                Clock.systemUTC(),
                Timeouts.DEFAULT,
                Given.UNHEARD,
                none,
                apex -> Optional.of(Set.of("ns1." + apex)),
                new SecureRandom());
        Propagation seen = look(withoutAddresses, new Zone(OwnerName.of("example.org"), byZone), owner);
        assertThat(seen.problem()).isEmpty();
        assertThat(seen.servers())
                .extracting(ServerAnswer::server)
                .containsExactly(
                        "ns1.example.org.",
                        "ns2.example.org.",
                        "ns3.example.org.",
                        "127.0.0.1:" + bed.secondary(0).address().getPort());
        assertThat(seen.servers().get(0).cameBack()).contains("no address was found for it");
        assertThat(seen.servers().get(3).kind()).isEqualTo(ServerAnswer.Kind.ANSWERED);
    }

    private TxtRRset publish(String apex, String selector) {
        TxtRRset set = Given.rsa2048(selector + "._domainkey." + apex);
        assertThat(updater()
                        .apply(bed.zone(apex), Optional.empty(), List.of(Change.publish(set)))
                        .get(0)
                        .verdict())
                .isEqualTo(Verdict.AS_ASKED);
        return set;
    }

    private Propagation look(String apex, OwnerName owner) {
        return look(check, bed.zone(apex), owner);
    }

    private static Propagation look(DnsjavaPropagationCheck check, Zone zone, OwnerName owner) {
        return Objects.requireNonNull(check.look(zone, Set.of(owner)).get(owner));
    }

    private static DnsjavaZoneUpdater updater() {
        return new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);
    }

    private static DnsjavaPropagationCheck check(Timeouts timeouts) {
        return new DnsjavaPropagationCheck(
                Clock.systemUTC(),
                timeouts,
                Given.UNHEARD,
                HostAddresses.system(),
                apex -> Optional.empty(),
                new SecureRandom());
    }
}
