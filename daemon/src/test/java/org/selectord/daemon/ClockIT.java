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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.selectord.bed.FakeClock;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.NameServer;
import tools.jackson.databind.JsonNode;

/**
 * Wall clocks that jump under selectord and under its primary, and a selectord that does not run for a while: nothing comes early, nothing waits for ever,
 * and {@code explain} says it. The primary is Knot, for named does not bear libfaketime. They wait more than they compute, so all go on at the same time, each in
 * an installation of its own.
 */
@Execution(ExecutionMode.CONCURRENT)
class ClockIT {
    private static final String DOMAIN = SelectordBed.DOMAIN;
    /** Settle time 1 s, grace and its margin. */
    private static final Duration LEAST_TO_WITHDRAWAL = Duration.ofSeconds(12);

    private static final Duration STOPPED = Duration.ofSeconds(70);
    private static final Duration SLEEPERS_GRACE = Duration.ofSeconds(100);

    /** In the middle of a grace period, with BIND; somebody outside sees all the while what is served. */
    @Test
    void oneThatIsStoppedForSeventySecondsGoesOnWithNothingLostAndNothingEarly() throws Exception {
        ScheduledExecutorService meanwhile = Executors.newScheduledThreadPool(2);
        try (SelectordBed sleeper = SelectordBed.create(1)) {
            sleeper.policy("grace_period", SLEEPERS_GRACE.toSeconds() + "s")
                    .start()
                    .startOpenDkim();
            String retired = sleeper.awaitStandby().get(0);
            assertThat(sleeper.ctl("rotate", "now", DOMAIN, "--wait=60s").exit())
                    .isZero();
            Instant flippedAt = since(sleeper, retired); // the command comes back later than that
            List<String> beforeTheStop = sleeper.awaitStandby();
            CompletableFuture<Instant> withdrawnAt = new CompletableFuture<>();
            signal(sleeper, "STOP");
            Future<?> unused = meanwhile.schedule(() -> signal(sleeper, "CONT"), STOPPED.toSeconds(), TimeUnit.SECONDS);
            unused = meanwhile.scheduleWithFixedDelay(
                    () -> {
                        if (sleeper.bind().primary().dig(owner(retired), "TXT").isEmpty()) {
                            withdrawnAt.complete(Instant.now());
                        }
                    },
                    0,
                    500,
                    TimeUnit.MILLISECONDS);

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
        } finally {
            meanwhile.shutdownNow();
        }
    }

    /** When the key reached the state that it is in. */
    private static Instant since(SelectordBed bed, String selector) {
        for (JsonNode key : bed.domain().get("keys")) {
            if (key.get("selector").asString().equals(selector)) {
                return Instant.parse(key.get("since").asString());
            }
        }
        throw new AssertionError("no key " + selector + " in " + bed.domain());
    }

    private static void signal(SelectordBed bed, String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(bed.process().pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aYearForwardEndsNoGracePeriodThoughThePrimaryIsAYearAheadToo() {
        try (Installation there = new Installation()) {
            there.bed.awaitStandby();
            String retired = there.rotated();
            Instant flipped = Instant.now();

            there.jump("+365d", "+365d");

            there.assertThatTheClockIsNotTrusted("our clock has jumped since a witness last agreed with it");
            there.assertThatItIsServedFor(retired, flipped, LEAST_TO_WITHDRAWAL.plusSeconds(3));
            assertThat(there.bed.inState("RETIRED")).containsExactly(retired);

            there.rightAgain();

            there.awaitWithdrawn(retired);
        }
    }

    @Test
    void aDayBackHoldsEverythingIsSaidAndHoldsNothingWhenTheClockIsRight() {
        try (Installation there = new Installation()) {
            List<String> before = there.bed.awaitStandby();

            there.jump("-1d", "-1d");

            there.assertThatTheClockIsNotTrusted("our clock");
            assertThat(there.bed.ctl("rotate", "now", DOMAIN, "--wait=3s").exit())
                    .isEqualTo(3);
            assertThat(there.bed.inState("ACTIVE")).containsExactly(before.get(0));

            there.rightAgain();

            there.awaitActive(before.get(1));
            there.awaitWithdrawn(before.get(0));
        }
    }

    /** Only ours: TSIG says it too, and what it refused is tried again later; a person need not wait for that. */
    @Test
    void aYearForwardAloneIsSaidAndWithdrawsNothing() {
        try (Installation there = new Installation()) {
            there.bed.awaitStandby();
            String retired = there.rotated();
            Instant flipped = Instant.now();

            there.jump("+365d", "+0");

            there.assertThatTheClockIsNotTrusted("our clock has jumped since a witness last agreed with it");
            there.assertThatItIsServedFor(retired, flipped, LEAST_TO_WITHDRAWAL.plusSeconds(3));

            assertThat(there.bed.ctl("explain", DOMAIN).out()).contains("BADTIME", "s ahead of the server's");

            there.rightAgain();
            assertThat(there.bed.ctl("retry", DOMAIN).exit()).isZero();

            there.awaitWithdrawn(retired);
        }
    }

    @Test
    void aDayBackAloneHoldsEverythingToo() {
        try (Installation there = new Installation()) {
            List<String> before = there.bed.awaitStandby();

            there.jump("-1d", "+0");

            there.assertThatTheClockIsNotTrusted("our clock");
            assertThat(there.bed.ctl("rotate", "now", DOMAIN, "--wait=3s").exit())
                    .isEqualTo(3);
            assertThat(there.bed.inState("ACTIVE")).containsExactly(before.get(0));

            there.rightAgain();
            assertThat(there.bed.ctl("retry", DOMAIN).exit()).isZero();

            there.awaitActive(before.get(1));
            there.awaitWithdrawn(before.get(0));
        }
    }

    /** The wall clock says how long it was, the monotonic clock stood still; then NTP agrees, and the time that has passed counts. */
    @Test
    void afterASuspendOfTwoHoursWhatIsOverIsDoneOnceNtpAgrees() {
        try (Installation there = new Installation()) {
            there.bed.awaitStandby();
            String retired = there.rotated();

            there.jump("+2h", "+2h");

            there.assertThatTheClockIsNotTrusted("our clock has jumped since a witness last agreed with it");
            assertThat(there.knot.dig(owner(retired), "TXT")).isNotEmpty();

            there.ours.synchronised(true);

            there.awaitWithdrawn(retired);
            assertThat(there.bed.ctl("explain", DOMAIN).out()).doesNotContain("not trusted");
            List<String> keys = there.bed.awaitStandby();
            assertThat(there.bed.ctl("rotate", "now", DOMAIN, "--wait=60s").exit())
                    .isZero();
            assertThat(there.bed.inState("ACTIVE")).containsExactly(keys.get(1));
        }
    }

    /** selectord and Knot, each by a clock that a test sets; awaited until there is a standby by whoever needs one. */
    private static final class Installation implements AutoCloseable {
        private final FakeClock ours = FakeClock.right();
        private final FakeClock theirs = FakeClock.right();
        private final SelectordBed bed = SelectordBed.create(0);
        /** Unlike named it bears libfaketime. */
        private final NameServer knot = NameServer.knot(
                NameServer.freePort(),
                BedZone.of(DOMAIN + ".").negativeTtl(1),
                bed.bind().secret(),
                theirs.environment());

        Installation() {
            bed.witness("[tsig, ntp]")
                    .dns("primaries", "[\"127.0.0.1:" + knot.address().getPort() + "\"]")
                    .dns("authoritative", "[\"127.0.0.1:" + knot.address().getPort() + "\"]")
                    .dns("fudge", "300s")
                    .policy("grace_period", "10s")
                    .environment(ours.environment());
            bed.start().startOpenDkim();
        }

        @Override
        public void close() {
            bed.close();
            knot.close();
            ours.close();
            theirs.close();
        }

        /** A clock that was set is not one that NTP keeps. */
        void jump(String oursTo, String theirsTo) {
            ours.synchronised(false).set(oursTo);
            theirs.set(theirsTo);
        }

        /** NTP sets the clock first and is content after that; libfaketime looks once a second. */
        void rightAgain() {
            ours.set("+0");
            theirs.set("+0");
            await().pollDelay(Duration.ofMillis(2500)).until(() -> true);
            ours.synchronised(true);
        }

        /** Flips; the selector that signed before. */
        String rotated() {
            String before = bed.inState("ACTIVE").get(0);
            Output rotated = bed.ctl("rotate", "now", DOMAIN, "--wait=60s");
            assertThat(rotated.exit())
                    .as(rotated.out() + rotated.err() + bed.log())
                    .isZero();
            return before;
        }

        void assertThatTheClockIsNotTrusted(String why) {
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(bed.ctl("explain", DOMAIN).out()).contains("clock is not trusted", why, "NTP"));
        }

        void assertThatItIsServedFor(String selector, Instant from, Duration time) {
            await().atMost(time.plusSeconds(30))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        assertThat(knot.dig(owner(selector), "TXT"))
                                .as(selector + " at " + Instant.now() + ": " + bed.log())
                                .isNotEmpty();
                        return Duration.between(from, Instant.now()).compareTo(time) > 0;
                    });
        }

        void awaitWithdrawn(String selector) {
            await("the withdrawal of " + selector + ": " + explain())
                    .atMost(Duration.ofSeconds(90))
                    .until(() -> knot.dig(owner(selector), "TXT").isEmpty());
        }

        void awaitActive(String selector) {
            await("the flip to " + selector + ": " + explain())
                    .atMost(Duration.ofSeconds(90))
                    .until(() -> bed.inState("ACTIVE").equals(List.of(selector)));
        }

        private String explain() {
            return bed.ctl("explain", DOMAIN).out() + bed.log();
        }
    }

    private static String owner(String selector) {
        return selector + "._domainkey." + DOMAIN;
    }
}
