package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/** The real BIND refuses what comes from the past. */
@Timeout(60)
class FenceIT {
    private static final String FENCE = "_selectord._domainkey.example.org";
    private static final Timeouts IMPATIENT = new Timeouts(Duration.ofMillis(700), Duration.ofSeconds(3));
    private static final AtomicLong EPOCH = new AtomicLong(1_000);
    private static BindBed bed;

    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);

    @BeforeAll
    static void start() {
        bed = BindBed.start(
                0,
                BedZone.of("example.org."),
                BedZone.of("odd.example."),
                BedZone.of("left.example."),
                BedZone.of("shut.example.")
                        .with("_domainkey.shut.example. NS ns.elsewhere.example.")
                        .signing("shut.example."),
                BedZone.of("signed.example.").option("dnssec-policy default;", "inline-signing yes;"));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    @Test
    void theFirstMessageOfACallPutsItsFenceInPlaceOfTheLastCalls() {
        Fence first = next();
        assertThat(publish(first, "first").verdict()).isEqualTo(Verdict.AS_ASKED);
        assertThat(bed.primary().dig(FENCE, "TXT")).containsExactly("\"" + first + "\"");
        Fence second = next();
        assertThat(publish(second, "second").verdict()).isEqualTo(Verdict.AS_ASKED);
        assertThat(bed.primary().dig(FENCE, "TXT")).containsExactly("\"" + second + "\"");
        assertThat(bed.primary().axfr("example.org"))
                .filteredOn(line -> line.startsWith("_selectord"))
                .singleElement()
                .satisfies(line -> assertThat(line).contains("\t0\tIN\tTXT\t"));
    }

    @ParameterizedTest(name = "with a fence: {0}")
    @ValueSource(booleans = {true, false})
    void aMessageReplayedOctetByOctetAfterTheNextCallChangesNothing(boolean fenced) throws IOException {
        String owner = "replayed" + fenced + "._domainkey.example.org";
        Change publish = Change.publish(Given.rsa2048(owner));
        try (Between recorder = new Between(bed.primary().address(), number -> {})) {
            Zone recorded = zone(recorder.address());
            assertThat(apply(recorded, fenced, publish).verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(apply(recorded, fenced, Change.withdraw(Given.rsa2048(owner)))
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            byte[] old = recorder.updates().get(0);
            Message answer = Between.send(bed.primary().address(), old);
            assertThat(answer.getRcode())
                    .as("what the server says to it: " + answer)
                    .isEqualTo(fenced ? Rcode.NXRRSET : Rcode.NOERROR);
            assertThat(bed.primary().dig(owner, "TXT"))
                    .as("without a fence it rises from the dead")
                    .hasSize(fenced ? 0 : 1);
        }
    }

    /** So it stays when the last domain of a zone has gone: deploy/docs/decisions/005-fence-in-the-zone.md. */
    @Test
    void whoTakesTheFenceAwayWithinTheFudgeLetsTheFirstMessageOfTheZoneInAgain() throws IOException {
        TxtRRset set = Given.rsa2048("s1._domainkey.left.example");
        try (Between recorder = new Between(bed.primary().address(), number -> {})) {
            Zone recorded = zone("left.example", recorder.address());
            assertThat(apply(recorded, true, Change.publish(set)).verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(apply(recorded, true, Change.withdraw(set)).verdict()).isEqualTo(Verdict.AS_ASKED);
            byte[] first = recorder.updates().get(0);
            assertThat(Between.send(bed.primary().address(), first).getRcode()).isEqualTo(Rcode.YXDOMAIN);

            bed.primary().nsupdate("update delete _selectord._domainkey.left.example. TXT");
            assertThat(Between.send(bed.primary().address(), first).getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(bed.primary().dig("s1._domainkey.left.example", "TXT")).hasSize(1);
        }
    }

    /** A signer fell back to a key whose withdrawal was never answered: it is published again where it still stands. */
    @Test
    void aPublicationThatFindsItsRecordThereClosesTheWayForALateWithdrawalToo() throws IOException {
        TxtRRset set = Given.rsa2048("fellback._domainkey.example.org");
        assertThat(apply(zone(), true, Change.publish(set)).verdict()).isEqualTo(Verdict.AS_ASKED);
        CountDownLatch never = new CountDownLatch(1);
        try (Between slow = new Between(bed.primary().address(), number -> never.await())) {
            DnsjavaZoneUpdater impatient = new DnsjavaZoneUpdater(Clock.systemUTC(), IMPATIENT, Given.UNHEARD);
            assertThat(impatient
                            .apply(zone(slow.address()), Optional.of(next()), List.of(Change.withdraw(set)))
                            .get(0)
                            .verdict())
                    .isEqualTo(Verdict.UNKNOWN);
            assertThat(apply(zone(), true, Change.publish(set)).verdict()).isEqualTo(Verdict.AS_ASKED);

            Message answer =
                    Between.send(bed.primary().address(), slow.updates().get(0));

            assertThat(answer.getRcode())
                    .as("what the server says to it: " + answer)
                    .isEqualTo(Rcode.NXRRSET);
            assertThat(bed.primary().dig("fellback._domainkey.example.org", "TXT"))
                    .hasSize(1);
        } finally {
            never.countDown();
        }
    }

    private UpdateResult apply(Zone zone, boolean fenced, Change change) {
        Optional<Fence> fence = fenced ? Optional.of(next()) : Optional.empty();
        return updater.apply(zone, fence, List.of(change)).get(0);
    }

    @Test
    void aSecondMessageOfACallIsNoneToReplayEither() throws IOException {
        List<Change> changes = publishes("two", 200);
        List<Change> withdrawals = changes.stream()
                .map(change -> Change.withdraw(change.after().orElseThrow()))
                .toList();
        try (Between recorder = new Between(bed.primary().address(), number -> {})) {
            Zone recorded = zone(recorder.address());
            assertThat(updater.apply(recorded, Optional.of(next()), changes))
                    .allMatch(result -> result.verdict() == Verdict.AS_ASKED);
            assertThat(recorder.updates()).hasSizeGreaterThan(1);
            List<byte[]> old = recorder.updates();
            assertThat(updater.apply(zone(), Optional.of(next()), withdrawals))
                    .allMatch(result -> result.verdict() == Verdict.AS_ASKED);
            for (byte[] octets : old) {
                assertThat(Between.send(bed.primary().address(), octets).getRcode())
                        .isEqualTo(Rcode.NXRRSET);
            }
            assertThat(bed.primary().axfr("example.org")).noneMatch(line -> line.startsWith("two"));
        }
    }

    @ParameterizedTest(name = "{0} above, instance {1}")
    @CsvSource({"1, it", "0, it", "1, other", "0, other", "-1, other"})
    void acallBegunWithTheFenceOfAnotherSendsNothing(long above, String instance) {
        Fence standing = next();
        assertThat(publish(standing, "held" + standing.epoch()).verdict()).isEqualTo(Verdict.AS_ASKED);
        List<String> before = bed.primary().dig("example.org", "SOA");
        Fence stale = new Fence(standing.epoch() - above, instance);
        UpdateResult result = publish(stale, "stale" + standing.epoch());
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.FENCED);
        assertThat(result.heldBy()).contains(standing);
        assertThat(result.cameBack())
                .contains("was not sent", "held by instance it, epoch " + standing.epoch(), "instance " + instance);
        assertThat(bed.primary().dig("example.org", "SOA")).isEqualTo(before);
    }

    @Test
    void anOperatorTakesTheFenceOfAnotherInstanceOverByValue() {
        publish(next(), "before");
        Fence others = new Fence(next().epoch(), "other");
        replaceFence(others);
        assertThat(publish(next(), "after").heldBy()).contains(others);
        replaceFence(next());
        assertThat(publish(next(), "after").verdict()).isEqualTo(Verdict.AS_ASKED);
    }

    @Test
    void afterATakeOverInTheMiddleOfACallTheRestIsFenced() {
        // higher than the call's own, which is the next one
        Fence others = new Fence(EPOCH.get() + 2, "other");
        Between.Gate takesOver = number -> {
            if (number == 2) {
                replaceFence(others);
            }
        };
        try (Between between = new Between(bed.primary().address(), takesOver)) {
            List<UpdateResult> results =
                    updater.apply(zone(between.address()), Optional.of(next()), publishes("middle", 400));
            long done = results.stream()
                    .filter(result -> result.verdict() == Verdict.AS_ASKED)
                    .count();
            assertThat(done).isBetween(100L, 200L);
            assertThat(results.subList((int) done, 400)).allSatisfy(result -> {
                assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.FENCED);
                assertThat(result.heldBy()).contains(others);
            });
            assertThat(bed.primary().axfr("example.org"))
                    .filteredOn(line -> line.startsWith("middle"))
                    .hasSize((int) done);
            assertThat(between.updates())
                    .as("after the refusal nothing more is sent")
                    .hasSize(2);
        } finally {
            EPOCH.addAndGet(5);
            replaceFence(next());
        }
    }

    @Test
    void aMessageOfAnEarlierCallThatLandsAfterTheLookIsFollowed() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        Fence early = next();
        publish(early, "calm");
        try (Between slow = new Between(bed.primary().address(), number -> release.await());
                Between next = new Between(bed.primary().address(), number -> {
                    if (number == 1) {
                        release.countDown();
                        await("the late message lands")
                                .until(() -> !bed.primary()
                                        .dig("late._domainkey.example.org", "TXT")
                                        .isEmpty());
                    }
                })) {
            DnsjavaZoneUpdater impatient = new DnsjavaZoneUpdater(Clock.systemUTC(), IMPATIENT, Given.UNHEARD);
            Change late = Change.publish(Given.rsa2048("late._domainkey.example.org"));
            assertThat(impatient
                            .apply(zone(slow.address()), Optional.of(next()), List.of(late))
                            .get(0)
                            .verdict())
                    .isEqualTo(Verdict.UNKNOWN);
            UpdateResult result = updater.apply(
                            zone(next.address()),
                            Optional.of(next()),
                            List.of(Change.publish(Given.rsa2048("later._domainkey.example.org"))))
                    .get(0);
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
            assertThat(next.updates()).hasSize(2);
        }
    }

    @Test
    void aDaemonStoppedPastTheNextCallChangesNothingWhenItsMessageLands() throws Exception {
        String owner = "stopped._domainkey.example.org";
        publish(next(), "running");
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Between between = new Between(bed.primary().address(), number -> {
            arrived.countDown();
            release.await();
        })) {
            Process stale = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            StaleDaemon.class.getName(),
                            Integer.toString(between.address().getPort()),
                            bed.keyFile().toString(),
                            Long.toString(next().epoch()),
                            owner)
                    .redirectErrorStream(true)
                    .start();
            try {
                assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
                signal(stale, "STOP");
                Fence running = next();
                TxtRRset ours = Given.txt(owner, "v=DKIM1; p=ours");
                assertThat(updater.apply(zone(), Optional.of(running), List.of(Change.publish(ours)))
                                .get(0)
                                .verdict())
                        .isEqualTo(Verdict.AS_ASKED);
                Fence last = next();
                assertThat(updater.apply(zone(), Optional.of(last), List.of(Change.withdraw(ours)))
                                .get(0)
                                .verdict())
                        .isEqualTo(Verdict.AS_ASKED);
                release.countDown();
                signal(stale, "CONT");
                String said = new String(stale.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(said).contains("FENCED " + last);
                assertThat(bed.primary().dig(owner, "TXT")).isEmpty();
            } finally {
                stale.destroyForcibly().waitFor();
            }
        }
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TXT \"no fence\"                          | TXT \"no fence\" in 1 string",
                "TXT \"v=selectord1; e=x; i=it\"           | v=selectord1; e=x; i=it",
                "CNAME elsewhere.example.                  | CNAME elsewhere.example.",
                "SRV 0 0 25 mail.odd.example.              | records of another type",
            })
    void whatIsNoFenceIsNamedAndNotTouched(String record, String said) {
        String owner = "_selectord._domainkey.odd.example.";
        bed.primary().nsupdate("update add " + owner + " 60 " + record);
        try {
            UpdateResult result = odd(next());
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.FENCED);
            assertThat(result.heldBy()).isEmpty();
            assertThat(result.cameBack()).contains(said, owner, "was not sent");
            assertThat(bed.primary().dig(owner, "ANY")).isNotEmpty();
        } finally {
            bed.primary().nsupdate("update delete " + owner);
        }
        assertThat(odd(next()).verdict()).isEqualTo(Verdict.AS_ASKED);
        bed.primary().nsupdate("update delete " + owner, "update delete s1._domainkey.odd.example.");
    }

    @Test
    void twoFencesAreNone() {
        String owner = "_selectord._domainkey.odd.example.";
        assertThat(odd(next()).verdict()).isEqualTo(Verdict.AS_ASKED);
        bed.primary().nsupdate("update add " + owner + " 0 TXT \"v=selectord1; e=3; i=it\"");
        UpdateResult result = odd(next());
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.FENCED);
        assertThat(result.cameBack()).contains("e=3", " and TXT ");
        bed.primary().nsupdate("update delete " + owner, "update delete s1._domainkey.odd.example.");
    }

    private UpdateResult odd(Fence fence) {
        return updater.apply(
                        bed.zone("odd.example."),
                        Optional.of(fence),
                        List.of(Change.publish(Given.txt("s1._domainkey.odd.example", "v=DKIM1; p=abc"))))
                .get(0);
    }

    @Test
    void aFenceBelowADelegationCannotBe() {
        UpdateResult result = updater.apply(
                        bed.zone("shut.example."),
                        Optional.of(next()),
                        List.of(Change.publish(Given.txt("s1._domainkey.shut.example", "v=DKIM1; p=abc"))))
                .get(0);
        assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.FENCED);
        assertThat(result.cameBack()).contains("a delegation at _domainkey.shut.example. to ns.elsewhere.example.");
    }

    @Test
    void aZoneThatIsSignedInlineIsFencedToo() {
        Zone signed = bed.zone("signed.example.");
        for (int i = 0; i < 5; i++) {
            int number = i;
            List<Change> changes = IntStream.range(0, 200)
                    .mapToObj(n -> Change.publish(Given.rsa2048("s" + number + "-" + n + "._domainkey.signed.example")))
                    .toList();
            assertThat(updater.apply(signed, Optional.of(next()), changes))
                    .allSatisfy(result ->
                            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED));
            List<Change> oneTaken = List.of(
                    Change.withdraw(Given.rsa2048("s" + i + "-1._domainkey.signed.example")),
                    Change.publish(Given.txt("s" + i + "-2._domainkey.signed.example", "v=DKIM1; p=abc")));
            assertThat(updater.apply(signed, Optional.of(next()), oneTaken))
                    .extracting(UpdateResult::verdict)
                    .containsExactly(Verdict.AS_ASKED, Verdict.SOMETHING_ELSE_THERE);
        }
    }

    private UpdateResult publish(Fence fence, String selector) {
        return updater.apply(
                        zone(),
                        Optional.of(fence),
                        List.of(Change.publish(Given.txt(selector + "._domainkey.example.org", "v=DKIM1; p=abc"))))
                .get(0);
    }

    private static List<Change> publishes(String beginning, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Change.publish(Given.rsa2048(beginning + i + "._domainkey.example.org")))
                .toList();
    }

    private TxtRRset fenceNow() {
        return updater.read(zone(), List.of(OwnerName.of(FENCE))).get(0).found().orElseThrow();
    }

    private void replaceFence(Fence by) {
        TxtRRset standing = fenceNow();
        Change change = new Change(standing.owner(), Optional.of(standing), Optional.of(by.at(standing.owner())));
        assertThat(updater.apply(zone(), Optional.empty(), List.of(change))
                        .get(0)
                        .verdict())
                .isEqualTo(Verdict.AS_ASKED);
    }

    private static Fence next() {
        return new Fence(EPOCH.incrementAndGet(), "it");
    }

    private static Zone zone() {
        return bed.zone("example.org.");
    }

    private static Zone zone(InetSocketAddress primary) {
        return zone(Given.APEX.name(), primary);
    }

    private static Zone zone(String apex, InetSocketAddress primary) {
        DnsSettings dns = Given.settings(bed.key(), DnsSettings.DEFAULT_FUDGE, List.of(primary));
        return new Zone(OwnerName.of(apex), dns);
    }
}
