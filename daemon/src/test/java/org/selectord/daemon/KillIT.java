package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.Evidence;
import org.selectord.bed.Evidence.Entry;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.Verifier;
import org.selectord.dnsupdate.bed.Bind;
import org.selectord.key.SigningDomain;
import org.selectord.proof.MailMessage;
import org.selectord.rotation.Verb;
import tools.jackson.databind.JsonNode;

/**
 * kill -9 of anything at any moment, round after round, while {@code rotate now} is ordered again and again; {@link OutsideWatch} and dkimpy judge. The
 * seed is printed; {@code -Dselectord.seed=N} in the JVM of the tests chooses the same victims and moments again. {@code deploy/check --long}: 100 rounds.
 */
class KillIT {
    private static final int ROUNDS = Boolean.getBoolean("selectord.long") ? 100 : 12;
    private static final SigningDomain DOMAIN = new SigningDomain(SelectordBed.DOMAIN);
    /** Settle time 1 s, grace 3 s, margin 1 s. */
    private static final Duration LEAST_TO_WITHDRAWAL = Duration.ofSeconds(5);

    private static final List<Verb> STEPS =
            List.of(Verb.GENERATE, Verb.PUBLISH, Verb.ACTIVATE, Verb.FORGET, Verb.DESTROY, Verb.WITHDRAW);

    private enum Victim {
        SELECTORD_AT_A_STEP,
        SELECTORD,
        PRIMARY,
        SELECTORD_AND_PRIMARY,
        SECONDARY,
        OPENDKIM
    }

    private final long seed = Long.getLong("selectord.seed", new Random().nextInt(100_000));
    private final Random random = new Random(seed);
    private final SelectordBed bed =
            SelectordBed.create(1).policy("grace_period", "3s").policy("rollback_period", "1s");
    private final Evidence evidence = new Evidence(bed);
    private final Evidence.Growing history = evidence.growing();
    private final List<String> killed = new ArrayList<>();
    private final OutsideWatch watch = new OutsideWatch(
                    bed.openDkim().address(),
                    List.of(primary().address(), bed.bind().secondary(0).address()),
                    List.of(DOMAIN))
            .forgivingSilence();

    @BeforeEach
    void requireVerifiers() {
        Verifier.require();
    }

    @AfterEach
    void close() {
        watch.close();
        bed.close();
    }

    @Test
    void whateverIsKilledAndWheneverAllMailVerifiesAndTheEndIsTheSame() {
        System.out.println("seed " + seed + ", " + ROUNDS + " rounds");
        bed.start().startOpenDkim();
        bed.awaitStandby();
        watch.start();

        for (int round = 0; round < ROUNDS; round++) {
            Victim victim = Victim.values()[random.nextInt(Victim.values().length)];
            orderRotation();
            kill(victim);
            assertThatAMessageVerifies(round);
            history.read();
        }

        System.out.println("killed: " + killed);
        awaitTheSameState();
        assertThatNothingIsLeftBehind();
        assertThat(watch.breaches()).as("seed " + seed + ", killed " + killed).isEmpty();
        assertThat((long) watch.looks())
                .as("looks in " + watch.watched())
                .isGreaterThan(watch.watched().dividedBy(OutsideWatch.INTERVAL) / 10);
    }

    private Bind primary() {
        return bed.bind().primary();
    }

    /** Whoever is asked may be dead. */
    private void orderRotation() {
        try {
            bed.http("POST", "/v1/domains/" + SelectordBed.DOMAIN + "/rotate", Optional.empty());
        } catch (UncheckedIOException e) {
            killed.add("no answer to an order");
        }
    }

    private void kill(Victim victim) {
        switch (victim) {
            case SELECTORD_AT_A_STEP -> killAtAStep();
            case SELECTORD -> {
                pause(1500);
                bed.kill9();
                pause(300);
                bed.start();
            }
            case PRIMARY -> {
                pause(1500);
                primary().kill();
                pause(1000);
                primary().start();
            }
            case SELECTORD_AND_PRIMARY -> {
                pause(1500);
                primary().kill();
                bed.kill9();
                primary().start();
                bed.start();
            }
            case SECONDARY -> {
                pause(1500);
                bed.bind().secondary(0).kill();
                pause(1000);
                bed.bind().secondary(0).start();
            }
            case OPENDKIM -> {
                pause(1500);
                bed.openDkim().stop();
                pause(300);
                bed.startOpenDkim();
            }
        }
        killed.add(victim.name());
    }

    /** Dies before or after an effect; where that step does not come in time, at the end of that time. */
    private void killAtAStep() {
        Verb step = STEPS.get(random.nextInt(STEPS.size()));
        String point = step + (random.nextBoolean() ? ":before" : ":after");
        bed.kill9();
        Process armed = bed.launch("-D" + Failpoints.PROPERTY + "=" + point);
        long until = System.nanoTime() + Duration.ofSeconds(6).toNanos();
        await().atMost(Duration.ofSeconds(30)).until(() -> !armed.isAlive() || System.nanoTime() > until);
        killed.add(point + (armed.isAlive() ? " (did not come)" : ""));
        bed.kill9();
        bed.start();
    }

    private void pause(int atMostMillis) {
        Duration time = Duration.ofMillis(1 + random.nextInt(atMostMillis));
        await().atMost(Duration.ofMinutes(1))
                .pollDelay(time)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> true);
    }

    private void assertThatAMessageVerifies(int round) {
        MailMessage message = watch.signed(DOMAIN).orElseThrow();
        Path file = bed.home().resolve("letter" + round + ".eml");
        try {
            Files.write(file, message.octets());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(Verifier.DKIMPY.accepts(file, primary().address()))
                .as("round " + round + ", seed " + seed + ", killed " + killed + ": " + message + bed.log())
                .isTrue();
    }

    /** One ACTIVE, one READY standby, no order and no intent open, no private half that no key of the registry accounts for. */
    private void awaitTheSameState() {
        evidence.await("the same state as ever, seed " + seed + ", killed " + killed, Duration.ofSeconds(60), () -> {
            JsonNode now = evidence.explain();
            return bed.inState("ACTIVE").size() == 1
                    && bed.inState("READY").size() == 1
                    && now.get("intents").isEmpty()
                    && now.get("orders").isEmpty()
                    && now.get("halts").isEmpty()
                    && evidence.keyFiles().size() == evidence.held();
        });
    }

    private void assertThatNothingIsLeftBehind() {
        evidence.await(
                "the end of all but two keys, seed " + seed + ", killed " + killed,
                Duration.ofSeconds(60),
                () -> bed.inState("REMOVED").size() == evidence.keysEver() - 2
                        && evidence.explain().get("intents").isEmpty());
        assertThat(evidence.keyFiles()).hasSize(2);
        assertThat(evidence.records()).hasSize(2);
        assertThatNothingWasWithdrawnEarly(history.read());
    }

    /**
     * By what was seen from outside of the last mail that a key signed. From RETIRED on it can be less: a flip whose proof a dead server holds up ends late,
     * and its signer stopped using the old key when it was told.
     */
    private void assertThatNothingWasWithdrawnEarly(List<Entry> history) {
        int seen = 0;
        for (String selector : bed.inState("REMOVED")) {
            Optional<Instant> lastUsed = watch.lastUsed(selector, DOMAIN);
            if (lastUsed.isPresent()) {
                assertThat(Evidence.withdrawalAt(history, selector))
                        .as("the withdrawal of " + selector + ", seed " + seed + ", killed " + killed)
                        .hasValueSatisfying(at ->
                                assertThat(at).isAfterOrEqualTo(lastUsed.get().plus(LEAST_TO_WITHDRAWAL)));
                seen++;
            }
        }
        assertThat(seen).as("keys that were seen to sign and to go").isPositive();
    }
}
