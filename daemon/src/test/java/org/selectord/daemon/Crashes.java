package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.bed.Evidence;
import org.selectord.bed.Evidence.Entry;
import org.selectord.bed.SelectordBed;
import tools.jackson.databind.JsonNode;

/**
 * Killed before and after each effect, selectord ends in the same state: one ACTIVE key, one READY standby, nothing open, nothing twice, nothing early. One
 * bed lives through all of a class, so that each death also meets what the deaths before it left behind.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class Crashes {
    static final int KILLED = 137;
    private static final String ROTATE = "/v1/domains/" + SelectordBed.DOMAIN + "/rotate";
    /** Settle time 1 s, grace 3 s, margin 1 s. */
    private static final Duration LEAST_TO_WITHDRAWAL = Duration.ofSeconds(5);

    final SelectordBed bed = SelectordBed.create(1).policy("grace_period", "3s").policy("rollback_period", "1s");
    final Evidence evidence = new Evidence(bed);

    /** The steps around which it is killed. */
    abstract List<String> effects();

    /** How many keys there are before the first order. */
    abstract int keysAtFirst();

    @AfterAll
    void close() {
        bed.close();
    }

    /** The start that has to recover from the first death dies itself, on the other side of the same effect. */
    @ParameterizedTest
    @MethodSource("effects")
    @Order(2)
    void killedBeforeAndAfterThisEffectItEndsInTheSameState(String verb) {
        bed.kill9();
        bed.launch(failpoint(verb + ":before"));
        rotateUnlessDead();
        assertThat(bed.awaitExit()).as(verb + ": " + bed.log()).isEqualTo(KILLED);
        bed.launch(failpoint(verb + ":after"));
        assertThat(bed.awaitExit()).as(verb + ": " + bed.log()).isEqualTo(KILLED);

        bed.start();

        awaitTheSameState();
    }

    static String failpoint(String point) {
        return "-D" + Failpoints.PROPERTY + "=" + point;
    }

    /** An earlier rotation's key may have its turn before the order can be placed: then that is the death that was wanted. */
    private void rotateUnlessDead() {
        evidence.await("an answer", Duration.ofSeconds(40), () -> !bed.process().isAlive() || answers());
        try {
            bed.http("POST", ROTATE, Optional.empty());
        } catch (UncheckedIOException e) {
            assertThat(bed.awaitExit()).isEqualTo(KILLED);
        }
    }

    private boolean answers() {
        try {
            return bed.http("GET", "/healthz", Optional.empty()).status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** One ACTIVE, one READY standby, no order and no intent open, no private half and no record that no key of the registry accounts for. */
    final void awaitTheSameState() {
        evidence.await("the same state as ever", Duration.ofSeconds(40), () -> {
            JsonNode now = evidence.explain();
            return bed.inState("ACTIVE").size() == 1
                    && bed.inState("READY").size() == 1
                    && now.get("intents").isEmpty()
                    && now.get("orders").isEmpty()
                    && now.get("halts").isEmpty()
                    && evidence.keyFiles().size() == evidence.held();
        });
        assertThat(evidence.keysEver()).as("no second key: " + bed.log()).isEqualTo(keysWanted());
    }

    /** Those of the beginning, and one an order. */
    private int keysWanted() {
        return keysAtFirst()
                + (int) evidence.history().stream()
                        .filter(entry ->
                                entry.event().equals("ORDER") && entry.text().matches("ROTATE_NOW [0-9]+ placed"))
                        .count();
    }

    /** named is stopped as soon as the new key signs: the update for the next standby is due then, and who asks or updates gets no answer. */
    final void orderAndStopNamedInTheMiddle() {
        String standby = bed.awaitStandby().get(1);
        assertThat(bed.http("POST", ROTATE, Optional.empty()).status()).isEqualTo(202);
        evidence.await(
                "the flip", Duration.ofSeconds(20), () -> bed.inState("ACTIVE").equals(List.of(standby)));
        bed.bind().primary().freezeProcess();
        evidence.await(
                "an update under way or waiting",
                Duration.ofSeconds(40),
                () -> isUnderWay("PUBLISH") || !evidence.explain().get("waits").isEmpty());
    }

    private boolean isUnderWay(String step) {
        for (JsonNode intent : evidence.explain().get("intents")) {
            if (intent.get("step").asString().equals(step)) {
                return true;
            }
        }
        return false;
    }

    @Test
    @Order(5)
    void afterAllOfThemNothingIsLeftBehindAndNothingWasWithdrawnBeforeItsGraceWasOver() {
        evidence.await(
                "the end of all but two keys",
                Duration.ofSeconds(60),
                () -> bed.inState("REMOVED").size() == keysWanted() - 2
                        && evidence.explain().get("intents").isEmpty());

        assertThat(evidence.keyFiles()).hasSize(2);
        assertThat(evidence.records()).hasSize(2);
        List<Entry> history = evidence.history();
        for (String selector : bed.inState("REMOVED")) {
            assertThat(Evidence.fromRetiredToWithdrawal(history, selector))
                    .as("from RETIRED to the withdrawal of " + selector)
                    .hasValueSatisfying(period -> assertThat(period).isGreaterThanOrEqualTo(LEAST_TO_WITHDRAWAL));
        }
        assertThat(history.stream().filter(entry -> entry.event().equals("GENERATED")))
                .as("keys that were ever made")
                .hasSize(keysWanted());
        assertThat(bed.stop()).isZero();
    }
}
