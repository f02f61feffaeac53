package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.selectord.bed.SelectordBed;
import org.selectord.daemon.ServedWatch.Between;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.key.SigningDomain;

/**
 * Both bounds of each transition, as in Knot's tests of rollovers: from what the servers handed out and what OpenDKIM signed, under random options. The
 * seed is printed; {@code -Dselectord.seed=N} in the JVM of the tests repeats it.
 */
class TooEarlyTooLateIT {
    private static final SigningDomain DOMAIN = new SigningDomain(SelectordBed.DOMAIN);
    /** How late a step may be on a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(20);

    private static final Duration SETTLE = Duration.ofSeconds(1);
    private static final int WITHDRAWN = 2;

    /** What one run of it lives with. */
    private record Options(
            int secondaries, Duration negativeTtl, Duration margin, Duration signingPeriod, Duration grace) {
        static Options random(Random random) {
            return new Options(
                    1 + random.nextInt(2),
                    Duration.ofSeconds(2 + random.nextInt(3)),
                    Duration.ofMillis(200 + 100L * random.nextInt(15)),
                    Duration.ofSeconds(10 + random.nextInt(5)),
                    Duration.ofSeconds(3 + random.nextInt(4)));
        }

        static final Duration GRACE_MARGIN = Duration.ofSeconds(1);

        Duration toReady() {
            return negativeTtl.plus(margin);
        }

        Duration toWithdrawal() {
            return SETTLE.plus(grace).plus(GRACE_MARGIN);
        }

        SelectordBed bed() {
            return SelectordBed.create(
                            secondaries,
                            BedZone.of(DOMAIN + ".").signing(DOMAIN.name()).negativeTtl((int) negativeTtl.toSeconds()))
                    .policy("publish_margin", margin.toMillis() + "ms")
                    .policy("signing_period", signingPeriod.toSeconds() + "s")
                    .policy("grace_period", grace.toSeconds() + "s")
                    .policy("grace_margin", GRACE_MARGIN.toSeconds() + "s")
                    .policy("rollback_period", "2s");
        }
    }

    @Test
    void everySignatureAndEveryWithdrawalComesNeitherTooEarlyNorTooLate() {
        long seed = Long.getLong("selectord.seed", new Random().nextInt(100_000));
        Options options = Options.random(new Random(seed));
        String run = "seed " + seed + ": " + options;
        System.out.println(run);

        try (SelectordBed bed = options.bed();
                ServedWatch watch = new ServedWatch(bed.openDkim().address(), servers(bed, options), DOMAIN)) {
            watch.watchServers();
            bed.start().startOpenDkim();
            watch.watchSigner();
            await(run + bed.log())
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> watch.signed().stream()
                                    .filter(selector ->
                                            watch.withdrawn(selector).isPresent())
                                    .count()
                            >= WITHDRAWN);

            List<String> selectors = List.copyOf(watch.signed());
            for (int i = 0; i <= WITHDRAWN; i++) {
                assertThatItSignedInTime(run, watch, selectors, i, options);
            }
            for (int i = 0; i < WITHDRAWN; i++) {
                assertThatItWentInTime(run, watch, selectors.get(i), selectors.get(i + 1), options);
            }
            assertThat(watch.troubles()).as(run).hasSizeLessThan(5);
        }
    }

    private static List<InetSocketAddress> servers(SelectordBed bed, Options options) {
        List<InetSocketAddress> servers =
                new ArrayList<>(List.of(bed.bind().primary().address()));
        for (int i = 0; i < options.secondaries(); i++) {
            servers.add(bed.bind().secondary(i).address());
        }
        return servers;
    }

    /** Not before N and its margin have passed everywhere; not later than that, or than the end of the period of the one before. */
    private static void assertThatItSignedInTime(
            String run, ServedWatch watch, List<String> selectors, int number, Options options) {
        String selector = selectors.get(number);
        Between everywhere = watch.everywhere(selector);
        Between signed = watch.firstSigned(selector);
        Instant due = everywhere.notAfter().plus(options.toReady());
        if (number > 0) {
            Instant periodOver =
                    watch.firstSigned(selectors.get(number - 1)).notAfter().plus(options.signingPeriod());
            due = periodOver.isAfter(due) ? periodOver : due;
        }
        assertThat(signed.notAfter())
                .as(run + ": " + selector + " signs too early; everywhere " + everywhere)
                .isAfterOrEqualTo(everywhere.notBefore().plus(options.toReady()));
        assertThat(signed.notBefore())
                .as(run + ": " + selector + " signs too late; everywhere " + everywhere)
                .isBeforeOrEqualTo(due.plus(SLACK));
    }

    private static void assertThatItWentInTime(
            String run, ServedWatch watch, String selector, String successor, Options options) {
        Between last = watch.lastSigned(selector);
        Between withdrawn = watch.withdrawn(selector).orElseThrow();
        assertThat(withdrawn.notAfter())
                .as(run + ": " + selector + " is withdrawn too early; last signed " + last)
                .isAfterOrEqualTo(last.notBefore().plus(options.toWithdrawal()));
        assertThat(withdrawn.notBefore())
                .as(run + ": " + selector + " is withdrawn too late; its successor signs since "
                        + watch.firstSigned(successor))
                .isBeforeOrEqualTo(watch.firstSigned(successor)
                        .notAfter()
                        .plus(options.toWithdrawal())
                        .plus(SLACK));
    }
}
