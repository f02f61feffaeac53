package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.bed.Evidence;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Http;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the packaged daemon and its commands answer to people who ask for something wrong, and to those who ask for something right. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AdminIT {
    private static final String DOMAIN = SelectordBed.DOMAIN;
    private static final String ROTATE = "/v1/domains/" + DOMAIN + "/rotate";
    private static final String OTHER = "example.net";
    private static final String WRONG_TOKEN = "0bad70c3".repeat(8);

    private final SelectordBed bed = SelectordBed.create(
            0,
            BedZone.of(DOMAIN + ".").signing(DOMAIN).negativeTtl(1),
            BedZone.of(OTHER + ".").signing(OTHER).negativeTtl(1));
    private final Evidence evidence = new Evidence(bed);

    /** OpenDKIM is not started: no order is ever done, so that two of them meet. */
    @BeforeAll
    void start() {
        bed.start();
        evidence.await(
                "a first sweep", Duration.ofSeconds(20), () -> get("/readyz").status() == 200);
    }

    @AfterAll
    void close() {
        bed.close();
    }

    private Http get(String path) {
        return bed.http("GET", path, Optional.empty());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    // ---- wrong requests

    @ParameterizedTest
    @CsvSource({
        "GET,  /v1/domains/unknown.example,         404, unknown domain",
        "GET,  /v1/domains/unknown.example/explain, 404, unknown domain",
        "POST, /v1/domains/unknown.example/rotate,  404, unknown domain",
        "POST, /v1/domains/unknown.example/retry,   404, unknown domain",
        "GET,  /v1/domains/exa%20mple.org,          400, bad request",
        "POST, /v1/domains/exa%20mple.org/rotate,   400, bad request",
        "POST, /v1/domains/-.example/rotate,        400, bad request",
        "GET,  /v1/orders/999,                      404, unknown order",
        "GET,  /v1/orders/many,                     400, bad request",
        "GET,  /v1/nothing,                         404, unknown route"
    })
    @Order(1)
    void whatDoesNotExistOrIsNoNameIsAProblemDocumentThatSaysSo(String method, String path, int status, String title) {
        Http answer = bed.http(method, path, Optional.empty());

        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().get("content-type")).containsExactly("application/problem+json");
        assertThat(json(answer.body()).get("title").asString()).isEqualTo(title);
        assertThat(json(answer.body()).get("hint").asString()).isNotBlank();
        assertThat(orders()).isEmpty();
    }

    private List<Evidence.Entry> orders() {
        return evidence.history().stream()
                .filter(entry -> entry.event().equals("ORDER"))
                .toList();
    }

    @Test
    @Order(1)
    void theCommandsExitWithOneAndSayWhatWasWrongWithTheDomain() {
        Output unknown = bed.ctl("rotate", "now", "unknown.example");
        assertThat(unknown.exit()).isEqualTo(1);
        assertThat(unknown.err())
                .contains("no domain unknown.example is known here")
                .contains("selectorctl status");
        assertThat(bed.ctl("explain", "unknown.example").exit()).isEqualTo(1);
        assertThat(bed.ctl("status", "unknown.example").exit()).isEqualTo(1);
        Output bad = bed.ctl("rotate", "now", "exa mple.org");
        assertThat(bad.exit()).isEqualTo(1);
        assertThat(bad.err()).contains("bad request (400)").contains("exa mple.org");
        assertThat(bed.ctl("rotate", "soon").exit()).isEqualTo(2);
        assertThat(orders()).isEmpty();
    }

    @Test
    @Order(1)
    void withoutATokenAndWithAWrongOneNothingIsOrdered() {
        for (Optional<String> token : List.of(Optional.<String>empty(), Optional.of(WRONG_TOKEN))) {
            for (String path : List.of("/v1/domains", "/v1/nothing")) {
                assertThat(bed.http("GET", path, Optional.empty(), token).status())
                        .isEqualTo(401);
            }
            Http answer = bed.http("POST", ROTATE, Optional.empty(), token);
            assertThat(answer.status()).as(answer.body()).isEqualTo(401);
            assertThat(answer.headers().get("www-authenticate")).containsExactly("Bearer realm=\"selectord\"");
        }
        bed.write("wrong.token", WRONG_TOKEN + "\n");
        Output refused = bed.ctl(
                "rotate",
                "now",
                DOMAIN,
                "--token-file",
                bed.home().resolve("wrong.token").toString());
        assertThat(refused.exit()).as(refused.out() + refused.err()).isEqualTo(1);
        assertThat(refused.err()).contains("no valid token (401)");
        assertThat(orders()).isEmpty();
    }

    @Test
    @Order(1)
    void anOversizedBodyIsRefused() {
        Http answer = bed.http("POST", ROTATE, Optional.of(" ".repeat(64 * 1024 + 1)));

        assertThat(answer.status()).as(answer.body()).isEqualTo(413);
        assertThat(answer.body()).contains("body too large");
        assertThat(bed.http("POST", ROTATE, Optional.of("{\"scope\": \"store\"}"))
                        .status())
                .isEqualTo(400);
        assertThat(orders()).isEmpty();
    }

    @Test
    @Order(1)
    void aWrongMethodIsAnsweredWithTheRightOnes() {
        Http deleted = bed.http("DELETE", "/v1/domains/" + DOMAIN, Optional.empty());
        Http got = get(ROTATE);

        assertThat(deleted.status()).isEqualTo(405);
        assertThat(deleted.headers().get("allow")).containsExactly("GET, HEAD");
        assertThat(got.status()).isEqualTo(405);
        assertThat(got.headers().get("allow")).containsExactly("POST");
        assertThat(orders()).isEmpty();
    }

    // ---- right requests

    @Test
    @Order(2)
    void aSecondRotateNowIsTheSameOrder() {
        Http first = bed.http("POST", ROTATE, Optional.empty());
        Http second = bed.http("POST", ROTATE, Optional.of("{}"));
        Output third = bed.ctl("rotate", "now", DOMAIN);

        assertThat(first.status()).isEqualTo(202);
        assertThat(second.status()).isEqualTo(202);
        int number = json(first.body()).get("number").asInt();
        assertThat(json(second.body()).get("number").asInt()).isEqualTo(number);
        assertThat(third.exit()).isZero();
        assertThat(third.out()).contains("order " + number + ",");
        assertThat(orders()).hasSize(1);
        assertThat(bed.ctl("rotate", "now", DOMAIN, "--wait=1s").exit())
                .as("it waits, for no signer is there")
                .isEqualTo(3);
    }

    @Test
    @Order(2)
    void statusIsJsonWithTheDomainAndItsDueTime() {
        Output status = bed.ctl("status", "--json");

        assertThat(status.exit()).isZero();
        JsonNode domain = json(status.out()).get("domains").get(0);
        assertThat(domain.get("domain").asString()).isEqualTo(DOMAIN);
        assertThat(domain.get("keys")).isNotEmpty();
        assertThat(domain.get("next").get("due").asString()).isNotBlank();
        assertThat(bed.ctl("status").out()).contains(DOMAIN);
    }

    @Test
    @Order(2)
    void promtoolFindsNothingToSayAboutTheMetrics() throws Exception {
        Peers.require("promtool");
        String metrics =
                bed.http("GET", "/metrics", Optional.empty(), Optional.empty()).body();
        assertThat(metrics).contains("selectord_domains{").contains("selectord_step_seconds_bucket{");
        Process promtool = new ProcessBuilder(
                        Peers.find("promtool").orElseThrow().toString(), "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (OutputStream in = promtool.getOutputStream()) {
            in.write(metrics.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(promtool.waitFor()).isZero();
    }

    // ---- configuration

    @Test
    @Order(3)
    void aBrokenConfigurationChangesNothingAndEveryProblemIsNamed() throws Exception {
        Path file = bed.home().resolve("selectord.yaml");
        String sound = Files.readString(file);
        JsonNode before = bed.domain().get("keys");
        assertThat(bed.ctl("check-config", file.toString()).exit()).isZero();
        bed.write("selectord.yaml", sound.replace("grace_period:", "grace_perod:") + "nonsense: 1\n");

        Output reloaded = bed.ctl("reload");

        assertThat(reloaded.exit()).isEqualTo(1);
        assertThat(reloaded.err())
                .contains("grace_perod")
                .contains("nonsense")
                .containsPattern("selectord.yaml:[0-9]+:[0-9]+: error: ")
                .contains("nothing was changed");
        Output checked = bed.ctl("check-config", file.toString());
        assertThat(checked.exit()).isEqualTo(1);
        assertThat(checked.out()).contains("grace_perod").contains("nonsense");
        hangUp();
        evidence.await(
                "SIGHUP refused in the log",
                Duration.ofMinutes(1),
                () -> bed.log().contains("was not reloaded: nothing has changed"));
        assertThat(bed.log().lines().filter(line -> line.contains("reload: ")))
                .anyMatch(line -> line.contains("grace_perod"))
                .anyMatch(line -> line.contains("nonsense"));
        assertThat(bed.domain().get("listed").asBoolean()).isTrue();
        assertThat(bed.domain().get("keys").size()).isEqualTo(before.size());
        assertThat(bed.process().isAlive()).isTrue();
        bed.write("selectord.yaml", sound);
        assertThat(bed.ctl("check-config", file.toString()).exit()).isZero();
    }

    private void hangUp() throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(
                                "kill", "-HUP", Long.toString(bed.process().pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    @Order(4)
    void aDomainOfANewFileIsEnrolledByAReload() throws Exception {
        assertThat(get("/v1/domains/" + OTHER).status()).isEqualTo(404);
        Path directory = Files.createDirectory(bed.home().resolve("domains.d"));
        Unprivileged.own(directory);
        bed.write(
                "domains.d/net.yaml", "domains:\n  " + OTHER + ": {policy: default, dns: bind, signers: [opendkim]}\n");

        Output reloaded = bed.ctl("reload");

        assertThat(reloaded.exit()).as(reloaded.err()).isZero();
        assertThat(get("/v1/domains/" + OTHER).status()).isEqualTo(200);
        evidence.await(
                "its record at the primary",
                Duration.ofSeconds(20),
                () -> bed.bind().primary().axfr(OTHER).stream()
                        .anyMatch(line -> line.contains("._domainkey." + OTHER + ".") && line.contains("v=DKIM1")));
        assertThat(bed.ctl("status", "--json").out()).contains(OTHER).contains(DOMAIN);
        hangUp();
        evidence.await(
                "SIGHUP heard",
                Duration.ofMinutes(1),
                () -> bed.log()
                        .lines()
                        .anyMatch(line -> line.contains("reloaded ")
                                && line.contains("selectord.yaml")
                                && !line.contains("not")));
    }

    @Test
    @Order(4)
    void aSecondSelectordOnTheSameRegistryIsRefused() {
        Output second = bed.runSelectord(
                "--config", bed.home().resolve("selectord.yaml").toString());

        assertThat(second.exit()).isEqualTo(1);
        assertThat(second.out() + second.err())
                .contains("selectord did not start: another selectord (process "
                        + bed.process().pid() + ")")
                .contains("stop the other one");
        assertThat(get("/readyz").status()).isEqualTo(200);
    }

    @Test
    @Order(4)
    void withoutItsConfigurationItDoesNotStartAndSaysWhichFileIsMissing() {
        Output missing =
                bed.runSelectord("--config", bed.home().resolve("missing.yaml").toString());

        assertThat(missing.exit()).isEqualTo(1);
        assertThat(missing.out() + missing.err()).contains("missing.yaml").contains("there is no such file");
        assertThat(bed.runSelectord("--nonsense").exit()).isEqualTo(2);
        Output checked =
                bed.ctl("check-config", bed.home().resolve("missing.yaml").toString());
        assertThat(checked.exit()).isEqualTo(1);
    }

    // ---- and after all of that

    @Test
    @Order(5)
    void noSecretIsInTheLogNorInTheMetricsNorInTheArgumentsNorInTheRegistry() throws Exception {
        Matcher tsig = Pattern.compile("secret \"([^\"]+)\"")
                .matcher(Files.readString(bed.bind().keyFile()));
        assertThat(tsig.find()).isTrue();
        String[] secrets = {
            tsig.group(1),
            "correct horse",
            SelectordBed.token(),
            WRONG_TOKEN,
            "BEGIN PRIVATE",
            "BEGIN ENCRYPTED PRIVATE"
        };
        Process ps = new ProcessBuilder(
                        "ps",
                        "-ww",
                        "-o",
                        "args=",
                        "-p",
                        Long.toString(bed.process().pid()))
                .start();
        String arguments = new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Path registry = bed.home().resolve("registry");
        String rows = Files.readString(registry.resolve("registry.db"), StandardCharsets.ISO_8859_1)
                + Files.readString(registry.resolve("registry.db-wal"), StandardCharsets.ISO_8859_1);

        assertThat(arguments).contains("org.selectord.daemon.Main").doesNotContain(secrets);
        assertThat(bed.log()).contains("PUBLISH done").doesNotContain(secrets);
        assertThat(get("/metrics").body()).contains("selectord_").doesNotContain(secrets);
        assertThat(rows).contains("v=DKIM1").doesNotContain(secrets);
        assertThat(bed.stop()).isZero();
        assertThat(bed.log()).contains("stopped").doesNotContain(secrets);
    }
}
