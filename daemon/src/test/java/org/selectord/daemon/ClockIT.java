package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.selectord.bed.FakeClock;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.NameServer;

/**
 * Wall clocks that jump under selectord and under its primary, and a selectord that does not run for a while: nothing comes early, nothing waits for ever,
 * and {@code explain} says it. The primary is Knot, for named does not bear libfaketime. One story of one installation, in order; another, with BIND, is
 * stopped meanwhile.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClockIT {
    private static final String DOMAIN = SelectordBed.DOMAIN;
    /** Settle time 1 s, grace and its margin. */
    private static final Duration LEAST_TO_WITHDRAWAL = Duration.ofSeconds(12);

    private static final Duration STOPPED = Duration.ofSeconds(70);
    private static final Duration SLEEPERS_GRACE = Duration.ofSeconds(100);

    private final FakeClock ours = FakeClock.right();
    private final FakeClock theirs = FakeClock.right();
    private final SelectordBed bed = SelectordBed.create(0);
    /** Unlike named it bears libfaketime. */
    private final NameServer knot = NameServer.knot(
            NameServer.freePort(),
            BedZone.of(DOMAIN + ".").negativeTtl(1),
            bed.bind().secret(),
            theirs.environment());

    private final SelectordBed sleeper = SelectordBed.create(1);

    private final ScheduledExecutorService meanwhile = Executors.newScheduledThreadPool(2);
    private final CompletableFuture<Instant> withdrawnAt = new CompletableFuture<>();
    private Instant flippedAt = Instant.MAX;
    private List<String> beforeTheStop = List.of();

    @BeforeAll
    void start() {
        bed.witness("[tsig, ntp]")
                .dns("primaries", "[\"127.0.0.1:" + knot.address().getPort() + "\"]")
                .dns("authoritative", "[\"127.0.0.1:" + knot.address().getPort() + "\"]")
                .dns("fudge", "300s")
                .policy("grace_period", "10s")
                .environment(ours.environment());
        bed.start().startOpenDkim();
        sleeper.policy("grace_period", SLEEPERS_GRACE.toSeconds() + "s").start().startOpenDkim();
        bed.awaitStandby();
        sleeper.awaitStandby();
    }

    @AfterAll
    void close() {
        meanwhile.shutdownNow();
        sleeper.close();
        bed.close();
        knot.close();
        ours.close();
        theirs.close();
    }

    /** In the middle of a grace period, with a standby on its way; somebody outside sees all the while what is served. */
    @Test
    @Order(1)
    void oneIsStoppedForSeventySeconds() {
        String retired = sleeper.awaitStandby().get(0);
        assertThat(sleeper.ctl("rotate", "now", DOMAIN, "--wait=60s").exit()).isZero();
        flippedAt = Instant.now();
        beforeTheStop = sleeper.awaitStandby();
        signal("STOP");
        Future<?> unused = meanwhile.schedule(() -> signal("CONT"), STOPPED.toSeconds(), TimeUnit.SECONDS);
        unused = meanwhile.scheduleWithFixedDelay(
                () -> {
                    if (sleeper.bind().primary().dig(owner(retired), "TXT").isEmpty()) {
                        withdrawnAt.complete(Instant.now());
                    }
                },
                0,
                500,
                TimeUnit.MILLISECONDS);
    }

    @Test
    @Order(2)
    void aYearForwardEndsNoGracePeriodThoughThePrimaryIsAYearAheadToo() {
        bed.awaitStandby();
        String retired = rotated();
        Instant flipped = Instant.now();

        jump("+365d", "+365d");

        assertThatTheClockIsNotTrusted("our clock has jumped since a witness last agreed with it");
        assertThatItIsServedFor(retired, flipped, LEAST_TO_WITHDRAWAL.plusSeconds(3));
        assertThat(bed.inState("RETIRED")).containsExactly(retired);

        rightAgain();

        awaitWithdrawn(retired);
    }

    @Test
    @Order(3)
    void aDayBackHoldsEverythingIsSaidAndHoldsNothingWhenTheClockIsRight() {
        List<String> before = bed.awaitStandby();

        jump("-1d", "-1d");

        assertThatTheClockIsNotTrusted("our clock");
        assertThat(bed.ctl("rotate", "now", DOMAIN, "--wait=3s").exit()).isEqualTo(3);
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(0));

        rightAgain();

        awaitActive(before.get(1));
        awaitWithdrawn(before.get(0));
    }

    /** Only ours: TSIG says it too, and what it refused is tried again later; a person need not wait for that. */
    @Test
    @Order(4)
    void aYearForwardAloneIsSaidAndWithdrawsNothing() {
        bed.awaitStandby();
        String retired = rotated();
        Instant flipped = Instant.now();

        jump("+365d", "+0");

        assertThatTheClockIsNotTrusted("our clock has jumped since a witness last agreed with it");
        assertThatItIsServedFor(retired, flipped, LEAST_TO_WITHDRAWAL.plusSeconds(3));

        assertThat(bed.ctl("explain", DOMAIN).out()).contains("BADTIME", "s ahead of the server's");

        rightAgain();
        assertThat(bed.ctl("retry", DOMAIN).exit()).isZero();

        awaitWithdrawn(retired);
    }

    @Test
    @Order(4)
    void aDayBackAloneHoldsEverythingToo() {
        List<String> before = bed.awaitStandby();

        jump("-1d", "+0");

        assertThatTheClockIsNotTrusted("our clock");
        assertThat(bed.ctl("rotate", "now", DOMAIN, "--wait=3s").exit()).isEqualTo(3);
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(0));

        rightAgain();
        assertThat(bed.ctl("retry", DOMAIN).exit()).isZero();

        awaitActive(before.get(1));
        awaitWithdrawn(before.get(0));
    }

    /** The wall clock says how long it was, the monotonic clock stood still; then NTP agrees, and the time that has passed counts. */
    @Test
    @Order(5)
    void afterASuspendOfTwoHoursWhatIsOverIsDoneOnceNtpAgrees() {
        bed.awaitStandby();
        String retired = rotated();

        jump("+2h", "+2h");

        assertThatTheClockIsNotTrusted("our clock has jumped since a witness last agreed with it");
        assertThat(knot.dig(owner(retired), "TXT")).isNotEmpty();

        ours.synchronised(true);

        awaitWithdrawn(retired);
        assertThat(bed.ctl("explain", DOMAIN).out()).doesNotContain("not trusted");
        List<String> keys = bed.awaitStandby();
        assertThat(bed.ctl("rotate", "now", DOMAIN, "--wait=60s").exit()).isZero();
        assertThat(bed.inState("ACTIVE")).containsExactly(keys.get(1));
    }

    @Test
    @Order(6)
    void theOneThatWasStoppedGoesOnWithNothingLostAndNothingEarly() throws Exception {
        Instant gone = withdrawnAt.get(4, TimeUnit.MINUTES);
        assertThat(gone).isAfter(flippedAt.plus(SLEEPERS_GRACE));

        Output rotated = sleeper.ctl("rotate", "now", DOMAIN, "--wait=60s");

        assertThat(rotated.exit())
                .as(rotated.out() + rotated.err() + sleeper.log())
                .isZero();
        assertThat(sleeper.inState("ACTIVE")).containsExactly(beforeTheStop.get(1));
        assertThat(sleeper.bind().primary().dig(owner(beforeTheStop.get(0)), "TXT"))
                .isNotEmpty();
        assertThat(sleeper.ctl("explain", DOMAIN).out()).doesNotContain("halted", "not trusted");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder(
                            "kill", "-" + name, Long.toString(sleeper.process().pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A clock that was set is not one that NTP keeps. */
    private void jump(String oursTo, String theirsTo) {
        ours.synchronised(false).set(oursTo);
        theirs.set(theirsTo);
    }

    /** NTP sets the clock first and is content after that; libfaketime looks once a second. */
    private void rightAgain() {
        ours.set("+0");
        theirs.set("+0");
        await().pollDelay(Duration.ofMillis(2500)).until(() -> true);
        ours.synchronised(true);
    }

    /** Flips; the selector that signed before. */
    private String rotated() {
        String before = bed.inState("ACTIVE").get(0);
        Output rotated = bed.ctl("rotate", "now", DOMAIN, "--wait=60s");
        assertThat(rotated.exit()).as(rotated.out() + rotated.err() + bed.log()).isZero();
        return before;
    }

    private void assertThatTheClockIsNotTrusted(String why) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(bed.ctl("explain", DOMAIN).out()).contains("clock is not trusted", why, "NTP"));
    }

    private void assertThatItIsServedFor(String selector, Instant from, Duration time) {
        await().atMost(time.plusSeconds(30))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    assertThat(knot.dig(owner(selector), "TXT"))
                            .as(selector + " at " + Instant.now() + ": " + bed.log())
                            .isNotEmpty();
                    return Duration.between(from, Instant.now()).compareTo(time) > 0;
                });
    }

    private void awaitWithdrawn(String selector) {
        await("the withdrawal of " + selector + ": " + explain())
                .atMost(Duration.ofSeconds(90))
                .until(() -> knot.dig(owner(selector), "TXT").isEmpty());
    }

    private void awaitActive(String selector) {
        await("the flip to " + selector + ": " + explain())
                .atMost(Duration.ofSeconds(90))
                .until(() -> bed.inState("ACTIVE").equals(List.of(selector)));
    }

    private String explain() {
        return bed.ctl("explain", DOMAIN).out() + bed.log();
    }

    private static String owner(String selector) {
        return selector + "._domainkey." + DOMAIN;
    }
}
