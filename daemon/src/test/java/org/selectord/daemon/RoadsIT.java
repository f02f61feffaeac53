package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.Bind;

/** The roads beside the scheduled rotation, on a real BIND with a secondary and a real OpenDKIM. */
@Execution(ExecutionMode.CONCURRENT)
class RoadsIT {
    private static final String DOMAIN = SelectordBed.DOMAIN;

    private final SelectordBed bed = SelectordBed.create(1);

    @AfterEach
    void close() {
        bed.close();
    }

    private Output done(String... arguments) {
        Output output = bed.ctl(arguments);
        assertThat(output.exit()).as(output.out() + output.err() + bed.log()).isZero();
        return output;
    }

    private static String owner(String selector) {
        return selector + "._domainkey." + DOMAIN;
    }

    private static List<String> served(Bind server, String selector) {
        return server.dig(owner(selector), "TXT");
    }

    private boolean everyServerSays(String selector, String text) {
        return served(bed.bind().primary(), selector).toString().contains(text)
                && served(bed.bind().secondary(0), selector).toString().contains(text);
    }

    @Test
    void backToTheKeyBeforeAndThenAwayFromItBecauseItIsCompromised() {
        bed.policy("grace_period", "30s")
                .policy("rollback_period", "25s")
                .start()
                .startOpenDkim();
        String first = bed.awaitStandby().get(0);
        done("rotate", "now", DOMAIN, "--wait=30s");
        assertThat(bed.inState("ACTIVE")).doesNotContain(first);

        done("rollback", DOMAIN, "--wait=30s");
        assertThat(bed.inState("ACTIVE")).containsExactly(first);
        assertThat(done("explain", DOMAIN).out()).contains("resume");
        done("resume", DOMAIN);
        bed.awaitStandby();

        long asked = System.nanoTime();
        Output compromised = done("rotate", "now", DOMAIN, "--compromised", "--wait=30s");

        assertThat(compromised.out()).contains("exposure");
        assertThat(bed.inState("REVOKED")).containsExactly(first);
        assertThat(everyServerSays(first, "\"v=DKIM1; p=\""))
                .as(served(bed.bind().primary(), first).toString())
                .isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(10));
        assertThat(bed.ctl("rollback", DOMAIN).err()).contains("compromised");
        await().atMost(Duration.ofSeconds(90))
                .until(() -> served(bed.bind().primary(), first).isEmpty());
        done("history", "--verify");
    }

    @Test
    void whatSomebodyTookOutOfTheZoneComesBackAndADomainThatIsRemovedLeavesNothing() {
        bed.audit("1s").start().startOpenDkim();
        List<String> before = bed.awaitStandby();

        bed.bind().primary().nsupdate("update delete " + owner(before.get(0)) + ". TXT");
        await().atMost(Duration.ofSeconds(20)).until(() -> everyServerSays(before.get(0), "v=DKIM1"));

        Output removed = done("domain", "remove", DOMAIN, "--wait=120s");

        assertThat(removed.out()).contains("private half destroyed");
        for (String selector : before) {
            assertThat(served(bed.bind().primary(), selector)).isEmpty();
            assertThat(served(bed.bind().secondary(0), selector)).isEmpty();
        }
        assertThat(bed.ctl("rotate", "now", DOMAIN).err()).contains("selectorctl resume");
    }
}
