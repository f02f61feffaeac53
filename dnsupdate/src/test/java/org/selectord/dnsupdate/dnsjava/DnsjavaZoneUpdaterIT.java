package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.Bind;
import org.selectord.dnsupdate.bed.BindBed;

/** Against the real BIND. */
@Timeout(60)
class DnsjavaZoneUpdaterIT {
    private static final AtomicLong EPOCH = new AtomicLong();
    private static BindBed bed;

    private final List<Duration> clocks = Collections.synchronizedList(new ArrayList<>());
    private final DnsjavaZoneUpdater updater = updater(Clock.systemUTC(), Timeouts.DEFAULT);

    @BeforeAll
    static void start() {
        bed = BindBed.start(
                0,
                BedZone.of("example.org.")
                        .with("taken._domainkey CNAME elsewhere.example.net.")
                        .with("foreign._domainkey TXT \"somebody else's\"")
                        .with("mail._domainkey MX 10 mail", "mail A 127.0.0.1")
                        .with("below.deep._domainkey TXT \"below\"")
                        .with("cut._domainkey NS ns.elsewhere.example.net."),
                BedZone.of("frozen.example."),
                BedZone.of("wild.example.").with("*._domainkey TXT \"wild\""),
                BedZone.of("capped.example.").option("max-zone-ttl 60;"),
                BedZone.of("split.example."),
                BedZone.of("_domainkey.split.example.").signing("split.example."));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    @Test
    void aPublishedRecordIsServedAndPublishingItAgainChangesNothing() {
        TxtRRset set = Given.rsa2048("s1._domainkey.example.org");
        for (int i = 0; i < 2; i++) {
            UpdateResult result = apply(Change.publish(set));
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
            assertThat(result.found()).contains(set);
            assertThat(result.unansweredSignedAt()).isEmpty();
        }
        assertThat(bed.primary().dig("s1._domainkey.example.org", "TXT")).hasSize(1);
    }

    @Test
    void aWithdrawnRecordIsGoneAndWithdrawingItAgainChangesNothing() {
        TxtRRset set = publish("s2");
        for (int i = 0; i < 2; i++) {
            UpdateResult result = apply(Change.withdraw(set));
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
            assertThat(result.found()).isEmpty();
        }
        assertThat(bed.primary().dig("s2._domainkey.example.org", "TXT")).isEmpty();
    }

    @Test
    void aRecordInOtherStringsIsNotWithdrawnAndIsThenWithdrawnAsItWasRead() {
        TxtRRset set = publish("s3");
        TxtRRset otherSplit = Given.txt("s3._domainkey.example.org", "v=DKIM1;", " p=abc");
        UpdateResult result = apply(Change.withdraw(otherSplit));
        assertThat(result.verdict()).isEqualTo(Verdict.SOMETHING_ELSE_THERE);
        assertThat(result.found()).contains(set);
        assertThat(result.cameBack()).contains("NXRRSET");
        assertThat(apply(Change.withdraw(result.found().get())).verdict()).isEqualTo(Verdict.AS_ASKED);
    }

    @Test
    void aRecordIsReplacedInOneStep() {
        TxtRRset set = publish("s4");
        TxtRRset revoked = Given.txt("s4._domainkey.example.org", "v=DKIM1; p=");
        Change revoke = new Change(set.owner(), Optional.of(set), Optional.of(revoked));
        assertThat(apply(revoke).found()).contains(revoked);
        assertThat(apply(revoke).verdict()).as("again").isEqualTo(Verdict.AS_ASKED);
        assertThat(bed.primary().dig("s4._domainkey.example.org", "TXT")).containsExactly("\"v=DKIM1; p=\"");
    }

    @Test
    void theServersClockIsHeardFromEveryVerifiedReply() {
        publish("s5");
        assertThat(clocks)
                .hasSizeGreaterThanOrEqualTo(2)
                .allMatch(off -> off.abs().toSeconds() <= 2);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "taken,   CNAME elsewhere.example.net. at taken._domainkey.example.org.",
        "foreign, \"somebody else's\"",
        "mail,    'no TXT, but records of another type, at mail._domainkey.example.org.'",
        "x.cut,   a delegation at cut._domainkey.example.org. to ns.elsewhere.example.net.",
    })
    void whatStandsAtTheNameIsNamedAndNotTouched(String selector, String said) {
        List<String> before = bed.primary().dig(selector + "._domainkey.example.org", "ANY");
        UpdateResult result = apply(Change.publish(Given.txt(selector + "._domainkey.example.org", "v=DKIM1; p=abc")));
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.SOMETHING_ELSE_THERE);
        assertThat(result.cameBack()).contains(said);
        assertThat(bed.primary().dig(selector + "._domainkey.example.org", "ANY"))
                .isEqualTo(before);
        UpdateResult withdrawn =
                apply(Change.withdraw(Given.txt(selector + "._domainkey.example.org", "v=DKIM1; p=abc")));
        assertThat(withdrawn.verdict()).as(withdrawn.cameBack()).isEqualTo(Verdict.SOMETHING_ELSE_THERE);
    }

    @Test
    void aNameThatOnlyHasNamesBelowItIsFree() {
        OwnerName owner = OwnerName.of("deep._domainkey.example.org");
        assertThat(read(owner).kind()).isEqualTo(PrimaryAnswer.Kind.NOTHING);
        TxtRRset set = publish("deep");
        assertThat(apply(Change.withdraw(set)).verdict()).isEqualTo(Verdict.AS_ASKED);
    }

    @Test
    void aZoneCutOnTheSameServerHidesWhatIsPublishedAboveIt() {
        Zone above = bed.zone("split.example.");
        Change publish = Change.publish(Given.txt("s1._domainkey.split.example", "v=DKIM1; p=abc"));
        UpdateResult result =
                updater.apply(above, Optional.empty(), List.of(publish)).get(0);
        assertThat(result.verdict()).isEqualTo(Verdict.SOMETHING_ELSE_THERE);
        assertThat(result.cameBack()).contains("from another zone, _domainkey.split.example.");
    }

    @Test
    void threeHundredRecordsArePublishedInOneCallAndNoneIsCutOff() {
        List<Change> changes = IntStream.range(0, 300)
                .mapToObj(i -> Change.publish(Given.rsa2048("batch" + i + "._domainkey.example.org")))
                .toList();
        List<UpdateResult> results = updater.apply(zone(), fence(), changes);
        assertThat(results).hasSize(300).allMatch(result -> result.verdict() == Verdict.AS_ASKED);
        assertThat(axfr("batch")).isEqualTo(300);
        List<Change> withdrawals = IntStream.range(0, 300)
                .mapToObj(i -> Change.withdraw(Given.rsa2048("batch" + i + "._domainkey.example.org")))
                .toList();
        assertThat(updater.apply(zone(), fence(), withdrawals))
                .allMatch(result -> result.verdict() == Verdict.AS_ASKED);
        assertThat(axfr("batch")).isZero();
    }

    @Test
    void oneTakenNameInABatchStopsNoOther() {
        TxtRRset ours = publish("again");
        TxtRRset one = Given.txt("mixed1._domainkey.example.org", "v=DKIM1; p=abc");
        TxtRRset two = Given.txt("mixed2._domainkey.example.org", "v=DKIM1; p=abc");
        TxtRRset taken = Given.txt("foreign._domainkey.example.org", "v=DKIM1; p=abc");
        TxtRRset never = Given.txt("never._domainkey.example.org", "v=DKIM1; p=abc");
        List<UpdateResult> results = updater.apply(
                zone(),
                fence(),
                List.of(
                        Change.publish(one),
                        Change.publish(taken),
                        Change.publish(ours),
                        Change.withdraw(never),
                        Change.publish(two)));
        assertThat(results)
                .extracting(UpdateResult::verdict)
                .containsExactly(
                        Verdict.AS_ASKED,
                        Verdict.SOMETHING_ELSE_THERE,
                        Verdict.AS_ASKED,
                        Verdict.AS_ASKED,
                        Verdict.AS_ASKED);
        assertThat(bed.primary().dig("foreign._domainkey.example.org", "TXT")).containsExactly("\"somebody else's\"");
    }

    @Test
    void oneForbiddenNameInABatchStopsNoOther() {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            changes.add(Change.publish(Given.txt("allowed" + i + "._domainkey.example.org", "v=DKIM1; p=abc")));
        }
        changes.add(4, Change.publish(Given.txt("www.example.org", "v=DKIM1; p=abc")));
        List<UpdateResult> results = updater.apply(zone(), fence(), changes);
        assertThat(results.get(4).verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(results)
                .filteredOn(result -> result.verdict() == Verdict.AS_ASKED)
                .hasSize(9);
        assertThat(bed.primary().dig("www.example.org", "TXT")).isEmpty();
    }

    @Test
    void aForbiddenNameIsRefusedWithThePolicyLineThatIsMissing() {
        UpdateResult result = apply(Change.publish(Given.txt("s1._domainkey.news.example.org", "v=DKIM1; p=abc")));
        assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(result.cameBack()).contains("grant selectord wildcard *._domainkey.news.example.org. TXT;");
        UpdateResult wildcard = apply(Change.publish(Given.txt("*._domainkey.example.org", "v=DKIM1; p=abc")));
        assertThat(wildcard.verdict()).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void aFrozenZoneIsRefusedWithTheCommandThatThawsIt() {
        Zone frozen = bed.zone("frozen.example.");
        TxtRRset there = Given.txt("there._domainkey.frozen.example", "v=DKIM1; p=abc");
        assertThat(updater.apply(frozen, fence(), List.of(Change.publish(there)))
                        .get(0)
                        .verdict())
                .isEqualTo(Verdict.AS_ASKED);
        bed.primary().rndc("freeze", "frozen.example");
        List<Change> changes = List.of(
                Change.publish(Given.txt("s1._domainkey.frozen.example", "v=DKIM1; p=abc")),
                Change.publish(Given.txt("s2._domainkey.frozen.example", "v=DKIM1; p=abc")),
                Change.publish(Given.txt("s3._domainkey.frozen.example", "v=DKIM1; p=abc")),
                Change.publish(there));
        List<UpdateResult> results = updater.apply(frozen, fence(), changes);
        assertThat(results)
                .extracting(UpdateResult::verdict)
                .containsExactly(Verdict.REFUSED, Verdict.REFUSED, Verdict.REFUSED, Verdict.UNAVAILABLE);
        assertThat(results.get(0).cameBack()).contains("REFUSED", "rndc thaw frozen.example");
        assertThat(results.get(3).cameBack()).contains("it is done already, but the fence at", "REFUSED");
        bed.primary().rndc("thaw", "frozen.example");
        assertThat(updater.apply(frozen, fence(), changes)).allMatch(result -> result.verdict() == Verdict.AS_ASKED);
    }

    @Test
    void aSemicolonSurvives() {
        TxtRRset set = Given.txt("semicolon._domainkey.example.org", "v=DKIM1; k=rsa; p=\"\\;abc");
        assertThat(apply(Change.publish(set)).found()).contains(set);
        assertThat(bed.primary().dig("semicolon._domainkey.example.org", "TXT"))
                .containsExactly("\"v=DKIM1; k=rsa; p=\\\"\\\\;abc\"");
    }

    @Test
    void aWildcardIsNoRecordOfTheName() {
        Zone wild = bed.zone("wild.example.");
        TxtRRset set = Given.txt("s1._domainkey.wild.example", "v=DKIM1; p=abc");
        assertThat(updater.apply(wild, fence(), List.of(Change.publish(set)))
                        .get(0)
                        .verdict())
                .isEqualTo(Verdict.AS_ASKED);
        for (int i = 0; i < 2; i++) {
            UpdateResult result =
                    updater.apply(wild, fence(), List.of(Change.withdraw(set))).get(0);
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
            assertThat(result.cameBack()).contains("a wildcard answers there");
        }
    }

    @Test
    void aTtlThatTheServerCapsIsFoundAsServed() {
        TxtRRset set = Given.txt("s1._domainkey.capped.example", "v=DKIM1; p=abc");
        UpdateResult result = updater.apply(bed.zone("capped.example."), fence(), List.of(Change.publish(set)))
                .get(0);
        assertThat(result.verdict()).isEqualTo(Verdict.AS_ASKED);
        assertThat(result.found().map(TxtRRset::ttlSeconds)).contains(60L);
        assertThat(result.cameBack()).contains("Its TTL there is 60, not the 3600 we asked for.");
    }

    @ParameterizedTest(name = "key {0}: {2}")
    @CsvSource({
        "selectord, another-another-another-another!, BADSIG, seems to differ from ours",
        "unknown,   selectord-selectord-selectord-se, BADKEY, does not seem to know TSIG key unknown (hmac-sha256)",
    })
    void aWrongKeyIsUnknownForItsRefusalIsUnsigned(String name, String secret, String error, String hint) {
        TsigKey wrong = Given.key(name, secret);
        UpdateResult result = updater.apply(
                        new Zone(Given.APEX, settings(wrong)),
                        Optional.empty(),
                        List.of(Change.publish(Given.rsa2048("wrong._domainkey.example.org"))))
                .get(0);
        assertThat(result.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(result.unansweredSignedAt()).isPresent();
        assertThat(result.cameBack()).contains(error, hint).doesNotContain(secret);
        assertThat(clocks).isEmpty();
    }

    @ParameterizedTest(name = "{0} s")
    @CsvSource({"400, 400 s ahead of", "-400, 400 s behind"})
    void aClockThatIsOffIsSaidToBe(int seconds, String said) {
        Clock off = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(seconds));
        UpdateResult result = updater(off, Timeouts.DEFAULT)
                .apply(zone(), fence(), List.of(Change.publish(Given.rsa2048("skew._domainkey.example.org"))))
                .get(0);
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.CLOCK_SKEW);
        assertThat(result.cameBack()).containsPattern("BADTIME.*Our clock is (39|40)\\d s " + said.substring(6));
        assertThat(result.unansweredSignedAt()).isEmpty();
        assertThat(clocks).isNotEmpty().allMatch(heard -> Math.abs(heard.toSeconds() - seconds) <= 2);
        assertThat(updater(off, Timeouts.DEFAULT)
                        .read(zone(), List.of(Given.APEX))
                        .get(0)
                        .cameBack())
                .contains(said.substring(6));
    }

    @ParameterizedTest
    @CsvSource({
        "elsewhere.example., not primary for zone elsewhere.example.",
        "news.example.org., not primary for zone news.example.org."
    })
    void aZoneThatIsNotServedIsTheWrongPlace(String apex, String said) {
        UpdateResult result = updater.apply(
                        bed.zone(apex),
                        fence(),
                        List.of(Change.publish(Given.txt("s1._domainkey." + apex, "v=DKIM1; p=abc"))))
                .get(0);
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.WRONG_PLACE);
        assertThat(result.cameBack()).contains("NOTAUTH", said);
    }

    @Test
    void anUpdateThatLandsAfterItsTimeoutIsFoundAndNotDoubled() {
        TxtRRset set = Given.rsa2048("late._domainkey.example.org");
        DnsjavaZoneUpdater impatient =
                updater(Clock.systemUTC(), new Timeouts(Duration.ofMillis(700), Duration.ofSeconds(3)));
        Instant before = Instant.now().minusSeconds(1);
        Bind primary = bed.primary();
        primary.freezeProcess();
        UpdateResult result;
        try {
            result = impatient
                    .apply(zone(), Optional.empty(), List.of(Change.publish(set)))
                    .get(0);
        } finally {
            primary.thawProcess();
        }
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.UNKNOWN);
        assertThat(result.unansweredSignedAt())
                .hasValueSatisfying(at -> assertThat(at).isBetween(before, Instant.now()));
        await("it lands after the client gave up")
                .atMost(Duration.ofSeconds(10))
                .until(() -> read(set.owner()).found().isPresent());
        assertThat(apply(Change.publish(set)).verdict()).isEqualTo(Verdict.AS_ASKED);
        assertThat(primary.dig(set.owner().name(), "TXT")).hasSize(1);
    }

    @Test
    void aServerThatIsDownIsUnavailableAndKeepsWhatItAcknowledgedThroughKill9() {
        try (BindBed own = BindBed.start(0, BedZone.of("example.org."))) {
            TxtRRset set = Given.rsa2048("s1._domainkey.example.org");
            Zone zone = own.zone("example.org.");
            assertThat(updater.apply(zone, fence(), List.of(Change.publish(set)))
                            .get(0)
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            own.primary().kill();
            UpdateResult down =
                    updater.apply(zone, fence(), List.of(Change.withdraw(set))).get(0);
            assertThat(down.verdict()).as(down.cameBack()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(down.unansweredSignedAt()).isEmpty();
            assertThat(updater.read(zone, List.of(set.owner())).get(0).kind()).isEqualTo(PrimaryAnswer.Kind.UNKNOWN);
            own.primary().start();
            assertThat(updater.read(zone, List.of(set.owner())).get(0).found()).contains(set);
        }
    }

    @Test
    void whatStandsAtNamesIsReadInTheOrderAsked() {
        TxtRRset set = publish("read");
        List<PrimaryAnswer> answers = updater.read(
                zone(),
                List.of(
                        OwnerName.of("none._domainkey.example.org"),
                        set.owner(),
                        OwnerName.of("taken._domainkey.example.org")));
        assertThat(answers)
                .extracting(PrimaryAnswer::kind)
                .containsExactly(PrimaryAnswer.Kind.NOTHING, PrimaryAnswer.Kind.TXT, PrimaryAnswer.Kind.OBSTACLE);
        assertThat(answers.get(1).found()).contains(set);
    }

    /** Of a daemon that has made each call of this class, one after the other. */
    private static Optional<Fence> fence() {
        return Optional.of(new Fence(EPOCH.incrementAndGet(), "it"));
    }

    private TxtRRset publish(String selector) {
        TxtRRset set = Given.txt(selector + "._domainkey.example.org", "v=DKIM1; p=abc");
        UpdateResult result = apply(Change.publish(set));
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
        return set;
    }

    private UpdateResult apply(Change change) {
        return updater.apply(zone(), fence(), List.of(change)).get(0);
    }

    private PrimaryAnswer read(OwnerName owner) {
        return updater.read(zone(), List.of(owner)).get(0);
    }

    private static Zone zone() {
        return bed.zone("example.org.");
    }

    private static DnsSettings settings(TsigKey key) {
        return Given.settings(key, DnsSettings.DEFAULT_FUDGE, bed.settings().primaries());
    }

    private DnsjavaZoneUpdater updater(Clock clock, Timeouts timeouts) {
        return new DnsjavaZoneUpdater(
                clock,
                timeouts,
                (server, theirs, sentAt, receivedAt) -> clocks.add(Duration.between(theirs, receivedAt)));
    }

    /** How many TXT of names that begin so the zone holds, as a transfer shows it. */
    private static long axfr(String beginning) {
        return bed.primary().axfr("example.org").stream()
                .filter(line -> line.startsWith(beginning) && line.contains("\tTXT\t"))
                .count();
    }
}
