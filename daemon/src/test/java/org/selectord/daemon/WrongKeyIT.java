package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.Evidence;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.bed.SpoiledReload;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Deadline;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;

/** A signer that after a flip signs with a key that is not the one of the record. */
class WrongKeyIT {
    private static final Pattern SELECTOR = Pattern.compile("\\bs=([a-z0-9-]+);");
    private static final Path MAIL =
            Path.of("..", "deploy", "mail.py").toAbsolutePath().normalize();

    private final SelectordBed bed = SelectordBed.create(1);
    private final SpoiledReload reload = SpoiledReload.of(bed);
    private final List<Sighting> sightings = Collections.synchronizedList(new ArrayList<>());
    private final ScheduledExecutorService poller = Executors.newSingleThreadScheduledExecutor();

    /** Which selector a message came back with. */
    private record Sighting(Instant at, String selector) {}

    @AfterEach
    void close() {
        poller.shutdownNow();
        bed.close();
    }

    @Test
    void aSignerWithAWrongKeyIsPutBackToTheOldOneWithinSecondsAndAPersonIsAskedFor() throws Exception {
        bed.start().startOpenDkim();
        List<String> before = bed.awaitStandby();
        String old = before.get(0);
        String spoiled = before.get(1);
        Future<?> polling = poller.scheduleAtFixedRate(this::look, 0, 100, TimeUnit.MILLISECONDS);
        reload.arm();

        Output refused = bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=40s");

        assertThat(refused.exit()).as(refused.out() + refused.err() + bed.log()).isEqualTo(1);
        assertThat(refused.out()).contains("halted: flip_proven_bad").contains(spoiled);
        assertThat(reload.isArmed()).isFalse();
        new Evidence(bed).await("the old key signing again", Duration.ofSeconds(10), () -> latest().equals(old));
        assertThat(spanOf(spoiled)).as("how long the wrong key signed").isLessThan(Duration.ofSeconds(8));
        assertThat(bed.inState("ACTIVE")).containsExactly(old);
        assertThat(bed.inState("RETIRED")).containsExactly(spoiled);
        assertThat(verifiedSelector()).isEqualTo(old);

        Output explained = bed.ctl("explain", SelectordBed.DOMAIN);
        assertThat(explained.out()).contains("flip_proven_bad").contains("selectorctl retry " + SelectordBed.DOMAIN);
        assertThat(bed.http("GET", "/metrics", Optional.empty()).body())
                .containsPattern("selectord_halted_domains\\{reason=\"flip_proven_bad\"} 1");

        assertThat(bed.ctl("retry", SelectordBed.DOMAIN).exit()).isZero();
        Output rotated = bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=40s");

        assertThat(rotated.exit()).as(rotated.out() + rotated.err() + bed.log()).isZero();
        String signing = bed.inState("ACTIVE").get(0);
        assertThat(signing).isNotIn(old, spoiled);
        assertThat(verifiedSelector()).isEqualTo(signing);
        assertThat(sightings.stream().map(Sighting::selector)).doesNotContain("none");
        assertThat(polling.isDone()).as("the poller gave up").isFalse();
    }

    /** Shows OpenDKIM a message, as a mail server would. */
    private void look() {
        SigningDomain domain = new SigningDomain(SelectordBed.DOMAIN);
        ProbeAnswer answer = new MilterProbe(bed.openDkim().address())
                .show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(3)));
        String selector = answer instanceof ProbeAnswer.Passed passed ? selector(passed.message()) : "none";
        sightings.add(new Sighting(Instant.now(), selector));
    }

    private static String selector(MailMessage message) {
        return message.headers().stream()
                .filter(header -> header.name().equalsIgnoreCase("DKIM-Signature"))
                .map(header -> SELECTOR.matcher(header.value()))
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1))
                .findFirst()
                .orElse("none");
    }

    private String latest() {
        synchronized (sightings) {
            return sightings.isEmpty()
                    ? "none"
                    : sightings.get(sightings.size() - 1).selector();
        }
    }

    private Duration spanOf(String selector) {
        synchronized (sightings) {
            List<Instant> times = sightings.stream()
                    .filter(sighting -> sighting.selector().equals(selector))
                    .map(Sighting::at)
                    .toList();
            assertThat(times)
                    .as("the wrong key was never seen to sign: " + sightings)
                    .isNotEmpty();
            return Duration.between(times.get(0), times.get(times.size() - 1));
        }
    }

    /** The selector of a message that OpenDKIM signs now and dkimpy verifies, asking the primary. */
    private String verifiedSelector() throws IOException, InterruptedException {
        Path message = bed.home().resolve("message.eml");
        String[] milter =
                bed.openDkim().address().toString().replace("inet:", "").split("@", 2);
        Process signing = new ProcessBuilder(
                        "/usr/bin/python3", MAIL.toString(), "sign", milter[1], milter[0], SelectordBed.DOMAIN, "hello")
                .redirectOutput(message.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(signing.waitFor()).isZero();
        Process verifying = new ProcessBuilder(
                        "/usr/bin/python3",
                        MAIL.toString(),
                        "verify",
                        "127.0.0.1",
                        Integer.toString(bed.bind().primary().address().getPort()),
                        message.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(verifying.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(verifying.waitFor()).as(said + Files.readString(message)).isZero();
        return said;
    }
}
