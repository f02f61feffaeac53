package org.selectord.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;
import static org.selectord.admin.RunningAdmin.ADMIN;
import static org.selectord.admin.RunningAdmin.OPERATE;
import static org.selectord.admin.RunningAdmin.READ;
import static org.selectord.admin.Samples.EXAMPLE;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.admin.AdminSettings.Open;
import org.selectord.admin.api.DomainList;
import org.selectord.admin.api.DomainStatus;
import org.selectord.admin.api.Explanation;
import org.selectord.admin.api.HistoryPage;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.OrderStatus;
import org.selectord.admin.api.Problem;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Order;
import org.slf4j.LoggerFactory;

class AdminServerTest {
    @TempDir
    Path directory;

    RunningAdmin admin;

    @BeforeEach
    void start() throws Exception {
        admin = new RunningAdmin(directory);
        admin.registry.with(Samples.signing(EXAMPLE));
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    private static Problem problem(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        Problem problem = Json.read(answer.body(), Problem.class);
        assertThat(problem.status()).isEqualTo(status);
        assertThat(problem.hint()).isPresent();
        return problem;
    }

    private static <T> T ok(HttpResponse<String> answer, Class<T> type) {
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        return Json.read(answer.body(), type);
    }

    // ---- who may ask

    @ParameterizedTest
    @CsvSource({
        "GET,  /v1/domains",
        "GET,  /v1/domains/example.org",
        "GET,  /v1/domains/example.org/explain",
        "GET,  /v1/domains/example.org/history",
        "POST, /v1/domains/example.org/rotate",
        "POST, /v1/domains/example.org/retry",
        "POST, /v1/domains/example.org/rollback",
        "POST, /v1/domains/example.org/remove",
        "GET,  /v1/clock",
        "POST, /v1/clock/trust",
        "GET,  /v1/orders/1",
        "GET,  /v1/events",
        "POST, /v1/reload",
        "GET,  /openapi.yaml",
        "GET,  /v1/nothing-here"
    })
    void nothingIsAnsweredWithoutAToken(String method, String path) throws Exception {
        HttpResponse<String> none = admin.send(method, path, "", "");
        problem(none, 401);
        assertThat(none.headers().firstValue("WWW-Authenticate"))
                .hasValueSatisfying(value -> assertThat(value).startsWith("Bearer"));
        problem(admin.send(method, path, "token-that-nobody-holds", ""), 401);
        assertThat(admin.wakes).isZero();
        assertThat(admin.reloads).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/domains/example.org/rotate, token-that-may-read",
        "POST, /v1/domains/example.org/retry, token-that-may-read",
        "POST, /v1/reload, token-that-may-read",
        "POST, /v1/reload, token-that-may-operate"
    })
    void aRoleThatIsTooLowIsForbidden(String method, String path, String token) throws Exception {
        Problem problem = problem(admin.send(method, path, token, ""), 403);
        assertThat(problem.detail()).contains("needs");
        assertThat(admin.wakes).isZero();
        assertThat(admin.reloads).isZero();
    }

    @Test
    void aHigherRoleMayDoWhatALowerOneMay() throws Exception {
        ok(admin.get("/v1/domains", ADMIN), DomainList.class);
        ok(admin.get("/v1/domains", OPERATE), DomainList.class);
        ok(admin.post("/v1/domains/example.org/rotate", ADMIN), OrderStatus.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/readyz", "/metrics", "/"})
    void healthAndMetricsAndThePageNeedNoTokenWhereTheyAreOpen(String path) throws Exception {
        assertThat(admin.get(path, "").statusCode()).isEqualTo(200);
    }

    @Test
    void healthAndMetricsNeedATokenWhereTheyAreNotOpen() throws Exception {
        try (RunningAdmin closed = new RunningAdmin(directory, Set.of())) {
            problem(closed.get("/healthz", ""), 401);
            problem(closed.get("/readyz", ""), 401);
            problem(closed.get("/metrics", ""), 401);
            assertThat(closed.get("/healthz", READ).statusCode()).isEqualTo(200);
            assertThat(closed.get("/metrics", READ).statusCode()).isEqualTo(200);
        }
        try (RunningAdmin half = new RunningAdmin(directory, Set.of(Open.METRICS))) {
            problem(half.get("/healthz", ""), 401);
            assertThat(half.get("/metrics", "").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aStormOfBadTokensIsSlowedDownAndValidOnesAreAnsweredMeanwhile() throws Exception {
        List<Integer> answers = IntStream.range(0, 40)
                .mapToObj(i -> {
                    try {
                        return admin.get("/v1/domains", "guess" + i).statusCode();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
        assertThat(answers).contains(401, 429);
        ok(admin.get("/v1/domains", READ), DomainList.class);
    }

    @Test
    void everyPostIsWrittenDownWithWhoAsked() throws Exception {
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(Gate.class);
        heard.start();
        log.addAppender(heard);
        log.setLevel(Level.INFO);
        try {
            admin.post("/v1/domains/example.org/rotate", OPERATE);
            admin.post("/v1/reload", OPERATE);
            admin.post("/v1/reload", "");
            admin.get("/v1/domains", READ);
            await().until(() -> heard.list.size() >= 3); // a line is written after its answer was sent
        } finally {
            log.setLevel(null);
            log.detachAppender(heard);
        }
        List<String> lines =
                heard.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
        assertThat(lines)
                .containsExactly(
                        "ops (operate) asked POST /v1/domains/example.org/rotate from 127.0.0.1: 202, ROTATE_NOW, order 1",
                        "ops (operate) asked POST /v1/reload from 127.0.0.1: 403",
                        "somebody without a valid token asked POST /v1/reload from 127.0.0.1: 401");
        assertThat(String.join("\n", lines)).doesNotContain(OPERATE);
    }

    // ---- what is answered

    @Test
    void theListSaysWhatEachDomainSignsWithAndWhatIsDueNext() throws Exception {
        admin.registry.with(Samples.halted(SigningDomain.of("halted.example.org")));
        admin.registry.with(ManagedDomain.enrolled(SigningDomain.of("new.example.org")));

        DomainList list = ok(admin.get("/v1/domains", READ), DomainList.class);

        assertThat(list.clock().trusted()).isTrue();
        assertThat(list.domains())
                .extracting(DomainStatus::domain, DomainStatus::state)
                .containsExactly(
                        tuple("example.org", "signing"),
                        tuple("halted.example.org", "halted"),
                        tuple("new.example.org", "waiting"));
        DomainStatus example = list.domains().get(0);
        assertThat(example.signing()).singleElement().satisfies(signing -> {
            assertThat(signing.selector()).isEqualTo("s1");
            assertThat(signing.ageSeconds()).isEqualTo(Duration.ofDays(89).toSeconds());
        });
        assertThat(example.keys()).extracting("state").containsExactly("ACTIVE", "PUBLISHED");
        assertThat(example.next())
                .hasValueSatisfying(next -> assertThat(next.because()).isNotEmpty());
        assertThat(example.waits())
                .singleElement()
                .satisfies(wait -> assertThat(wait.waitingFor()).isEqualTo("the milter did not answer"));
        assertThat(list.domains().get(1).halts()).singleElement().satisfies(halt -> {
            assertThat(halt.reason()).isEqualTo("flip_proven_bad");
            assertThat(halt.remedy()).contains("selectorctl retry halted.example.org");
        });
        assertThat(list.domains().get(2).next())
                .hasValueSatisfying(next -> assertThat(next.step()).isEqualTo("GENERATE"));
    }

    @Test
    void theListGoesOnWhereThePageEnds() throws Exception {
        for (int i = 0; i < 7; i++) {
            admin.registry.with(Samples.signing(SigningDomain.of("d" + i + ".example.org")));
        }
        DomainList first = ok(admin.get("/v1/domains?limit=5", READ), DomainList.class);
        assertThat(first.domains()).hasSize(5);
        assertThat(first.next()).hasValue("d4.example.org");
        DomainList second = ok(admin.get("/v1/domains?limit=5&after=d4.example.org", READ), DomainList.class);
        assertThat(second.domains())
                .extracting(DomainStatus::domain)
                .containsExactly("d5.example.org", "d6.example.org", "example.org");
        assertThat(second.next()).isEmpty();
    }

    @Test
    void oneDomainIsFoundHoweverItsNameIsWritten() throws Exception {
        assertThat(ok(admin.get("/v1/domains/EXAMPLE.org.", READ), DomainStatus.class)
                        .domain())
                .isEqualTo("example.org");
    }

    @Test
    void anUnlistedDomainIsShownAsSuchAndTakesNoOrders() throws Exception {
        admin.unlisted.add(EXAMPLE);
        DomainStatus status = ok(admin.get("/v1/domains/example.org", READ), DomainStatus.class);
        assertThat(status.listed()).isFalse();
        assertThat(status.state()).isEqualTo("unlisted");
        problem(admin.post("/v1/domains/example.org/rotate", OPERATE), 409);
        problem(admin.post("/v1/domains/example.org/retry", OPERATE), 409);
        assertThat(admin.wakes).isZero();
    }

    @Test
    void explainNamesTheServerThatIsSilentAndTheStepsToCome() throws Exception {
        admin.trusted = false;
        admin.doubt = () -> Optional.of("no witness of time has agreed with our clock since start");
        Explanation explanation = ok(admin.get("/v1/domains/example.org/explain", READ), Explanation.class);
        assertThat(explanation.clock().doubt()).isPresent();
        assertThat(explanation.clock().trusted()).isFalse();
        assertThat(explanation.zone())
                .hasValueSatisfying(
                        zone -> assertThat(zone.negativeTtlSeconds()).isEqualTo(300));
        assertThat(explanation.keys().get(1).servers())
                .extracting("server", "verdict")
                .containsExactly(
                        tuple("ns1.example.org. 192.0.2.1:53", "EXACT"),
                        tuple("ns2.example.org. 192.0.2.2:53", "SILENT"));
        assertThat(explanation.keys().get(0).signers())
                .singleElement()
                .satisfies(signer -> assertThat(signer.use()).isEqualTo("USING"));
        assertThat(explanation.steps())
                .anySatisfy(step -> assertThat(step.because())
                        .anySatisfy(because -> assertThat(because).contains("ns2.example.org.")));
        assertThat(explanation.steps()).isSortedAccordingTo(Comparator.comparing(step -> step.due()));
    }

    @Test
    void historyIsTheNewestFirstOfOneDomainOrOfAll() throws Exception {
        SigningDomain other = SigningDomain.of("other.example.org");
        admin.registry
                .with(Samples.signing(other))
                .with(Samples.event(EXAMPLE, Samples.NOW.minusSeconds(3), "PUBLISHED", "first"))
                .with(Samples.event(other, Samples.NOW.minusSeconds(2), "READY", "second"))
                .with(Samples.event(EXAMPLE, Samples.NOW.minusSeconds(1), "ACTIVE", "third"));
        assertThat(ok(admin.get("/v1/events", READ), HistoryPage.class).entries())
                .extracting("text")
                .containsExactly("third", "second", "first");
        assertThat(ok(admin.get("/v1/domains/example.org/history?limit=1", READ), HistoryPage.class)
                        .entries())
                .extracting("text")
                .containsExactly("third");
    }

    // ---- orders

    @Test
    void rotateIsTakenOnceAndAskingAgainAnswersTheSameOrder() throws Exception {
        HttpResponse<String> first = admin.post("/v1/domains/example.org/rotate", OPERATE);
        HttpResponse<String> second = admin.send("POST", "/v1/domains/example.org/rotate", ADMIN, "{}");

        assertThat(first.statusCode()).isEqualTo(202);
        OrderStatus order = ok(first, OrderStatus.class);
        assertThat(order.askedBy()).isEqualTo("ops");
        assertThat(order.state()).isEqualTo("OPEN");
        assertThat(first.headers().firstValue("Location")).hasValue("/v1/orders/" + order.number());
        assertThat(second.statusCode()).isEqualTo(202);
        assertThat(ok(second, OrderStatus.class).number()).isEqualTo(order.number());
        assertThat(ok(second, OrderStatus.class).askedBy()).isEqualTo("ops");
        assertThat(admin.wakes).isOne();
    }

    @Test
    void anOpenOrderSaysWhatItsDomainWaitsFor() throws Exception {
        OrderStatus placed = ok(admin.post("/v1/domains/example.org/rotate", OPERATE), OrderStatus.class);
        OrderStatus order = ok(admin.get("/v1/orders/" + placed.number(), READ), OrderStatus.class);
        assertThat(order.progress()).singleElement().satisfies(chain -> {
            assertThat(chain.selector()).hasValue("s2");
            assertThat(chain.keyState()).hasValue("PUBLISHED");
            assertThat(chain.waitingFor()).singleElement().asString().contains("ASK_SERVERS", "ns2.example.org.");
        });
    }

    @Test
    void whatIsUnderWayIsSaidToBe() throws Exception {
        SigningDomain domain = SigningDomain.of("publishing.example.org");
        admin.registry.with(Samples.publishing(domain));
        OrderStatus order = ok(admin.post("/v1/domains/" + domain + "/rotate", OPERATE), OrderStatus.class);
        assertThat(order.progress())
                .singleElement()
                .satisfies(chain -> assertThat(chain.waitingFor())
                        .containsExactly("PUBLISH at zone example.org. at main is under way"));
    }

    @Test
    void aClosedOrderIsAnsweredWithItsResultAndTheStatesReachedMeanwhile() throws Exception {
        admin.registry.with(Samples.closed(17, EXAMPLE, Order.Result.DONE, "s1 signs"));
        OrderStatus order = ok(admin.get("/v1/orders/17", READ), OrderStatus.class);
        assertThat(order.state()).isEqualTo("CLOSED");
        assertThat(order.result()).hasValue("DONE");
        assertThat(order.why()).hasValue("s1 signs");
        assertThat(order.progress()).isEmpty();
    }

    @Test
    void retryIsDoneWhenItIsAnsweredAndClearsTheHalt() throws Exception {
        SigningDomain domain = SigningDomain.of("halted.example.org");
        admin.registry.with(Samples.halted(domain));
        HttpResponse<String> answer = admin.post("/v1/domains/halted.example.org/retry", OPERATE);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(ok(answer, OrderStatus.class).result()).hasValue("DONE");
        assertThat(admin.registry.find(domain).orElseThrow().halts()).isEmpty();
    }

    // ---- what is refused

    @ParameterizedTest
    @ValueSource(strings = {"nodots", "under_score.org", "-a.org", "a..org", "%20.org", "a%00b.org"})
    void aBadDomainNameIsABadRequest(String name) throws Exception {
        problem(admin.get("/v1/domains/" + name, READ), 400);
        problem(admin.post("/v1/domains/" + name + "/rotate", OPERATE), 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/domains/a%2Fb.org", "/v1/%2e%2e/metrics", "/v1/domains/a.org;x=1"})
    void aPathThatCouldBeReadInTwoWaysIsRefused(String path) throws Exception {
        HttpResponse<String> answer = admin.get(path, READ);
        assertThat(answer.statusCode()).isBetween(400, 404);
        problem(answer, answer.statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "{\"compromise\": true}", "\"x\"", "1 2"})
    void aBodyThatSaysAnythingIsABadRequest(String body) throws Exception {
        problem(admin.send("POST", "/v1/domains/example.org/rotate", OPERATE, body), 400);
        problem(admin.send("POST", "/v1/reload", ADMIN, body), 400);
        assertThat(admin.wakes).isZero();
        assertThat(admin.reloads).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1001", "many", "99999999999999999999"})
    void aLimitThatIsNoneIsABadRequest(String limit) throws Exception {
        problem(admin.get("/v1/domains?limit=" + limit, READ), 400);
        problem(admin.get("/v1/events?limit=" + limit, READ), 400);
    }

    @Test
    void whatIsNotKnownIsNotFound() throws Exception {
        problem(admin.get("/v1/domains/unknown.example.org", READ), 404);
        problem(admin.get("/v1/domains/unknown.example.org/explain", READ), 404);
        problem(admin.get("/v1/domains/unknown.example.org/history", READ), 404);
        problem(admin.post("/v1/domains/unknown.example.org/rotate", OPERATE), 404);
        problem(admin.get("/v1/orders/4711", READ), 404);
        problem(admin.get("/v1/orders/abc", READ), 400);
        problem(admin.get("/v1/nothing-here", READ), 404);
        problem(admin.get("/v1/domains/", READ), 404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DELETE | /v1/domains/example.org        | GET, HEAD",
                "GET    | /v1/domains/example.org/rotate | POST",
                "PUT    | /v1/reload                     | POST",
                "POST   | /healthz                       | GET, HEAD",
                "OPTIONS| /v1/domains                    | GET, HEAD",
                "PATCH  | /                              | GET, HEAD"
            })
    void aWrongMethodIsToldTheRightOnes(String method, String path, String allowed) throws Exception {
        HttpResponse<String> answer = admin.send(method, path, ADMIN, "");
        problem(answer, 405);
        assertThat(answer.headers().firstValue("Allow")).hasValue(allowed);
    }

    @Test
    void anOversizedBodyIsRefusedAndNothingIsOrdered() throws Exception {
        String path = "/v1/domains/example.org/rotate";
        problem(admin.send("POST", path, OPERATE, " ".repeat(Gate.BODY_LIMIT + 1)), 413);
        assertThat(admin.wakes).isZero();
        assertThat(admin.send("POST", path, OPERATE, " ".repeat(Gate.BODY_LIMIT))
                        .statusCode())
                .isEqualTo(202);
    }

    @Test
    void anOversizedBodyThatDoesNotSayItsLengthIsRefusedToo() throws Exception {
        String chunk = "2000\r\n" + " ".repeat(0x2000) + "\r\n";
        String answer = raw(
                "POST /v1/domains/example.org/rotate HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                        + OPERATE + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(9) + "0\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 413").contains("application/problem+json");
        assertThat(admin.wakes).isZero();
    }

    @Test
    void whatIsNoHttpIsAnsweredWithAProblemThatDoesNotNameTheServer() throws Exception {
        String answer = raw("GET /v1/domains HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(20_000) + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 431").contains("application/problem+json");
        assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("jetty").doesNotContain("server:");
        assertThat(raw("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
    }

    private String raw(String request) throws Exception {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), admin.server.address().getPort())) {
            socket.setSoTimeout(5000);
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    // ---- when something does not work

    @Test
    void aRegistryThatCannotBeUsedIsSaidAndNothingIsOrdered() throws Exception {
        admin.registry.breaks("registry.db: no space left on the disk");
        for (String path : List.of(
                "/v1/domains",
                "/v1/domains/example.org",
                "/v1/domains/example.org/explain",
                "/v1/events",
                "/v1/orders/1")) {
            Problem problem = problem(admin.get(path, READ), 503);
            assertThat(problem.detail()).contains("no space left on the disk");
        }
        problem(admin.post("/v1/domains/example.org/rotate", OPERATE), 503);
        assertThat(admin.wakes).isZero();
        admin.registry.mends();
        assertThat(admin.post("/v1/domains/example.org/rotate", OPERATE).statusCode())
                .isEqualTo(202);
    }

    @Test
    void readinessFallsWithTheRegistryAndComesBackWithIt() throws Exception {
        assertThat(admin.get("/readyz", "").body()).contains("\"ready\"", "registry", "sweep");
        admin.registry.breaks("registry.db: no space left on the disk");
        Problem problem = problem(admin.get("/readyz", ""), 503);
        assertThat(problem.problems()).containsExactly("registry: registry.db: no space left on the disk");
        assertThat(admin.get("/healthz", "").statusCode()).isEqualTo(200);
        admin.registry.mends();
        assertThat(admin.get("/readyz", "").statusCode()).isEqualTo(200);
    }

    @Test
    void readinessNamesEachCheckThatFails() throws Exception {
        admin.unready.add("it has not run yet");
        assertThat(problem(admin.get("/readyz", ""), 503).problems()).containsExactly("sweep: it has not run yet");
    }

    @Test
    void anErrorOfOursIsAnIncidentAndTellsNoMore() throws Exception {
        admin.doubt = () -> {
            throw new IllegalArgumentException("our own mistake");
        };
        HttpResponse<String> answer = admin.get("/v1/domains", READ);
        assertThat(problem(answer, 500).detail()).contains("incident");
        assertThat(answer.body()).doesNotContain("mistake");
    }

    // ---- reload

    @Test
    void reloadTakesTheConfigurationAndTheTokens() throws Exception {
        admin.tokens(RunningAdmin.line("root", "admin", ADMIN));
        assertThat(admin.get("/v1/domains", READ).statusCode()).isEqualTo(200);
        assertThat(admin.post("/v1/reload", ADMIN).body()).isEqualTo("{\"reloaded\":true}");
        assertThat(admin.reloads).isOne();
        problem(admin.get("/v1/domains", READ), 401);
    }

    @Test
    void aReloadWithAProblemInTheConfigurationChangesNothing() throws Exception {
        admin.tokens(RunningAdmin.line("root", "admin", ADMIN));
        admin.reloadProblems.add("selectord.yaml:3:7: polices is not known here; policies?");
        assertThat(problem(admin.post("/v1/reload", ADMIN), 422).problems()).isEqualTo(admin.reloadProblems);
        assertThat(admin.get("/v1/domains", READ).statusCode()).isEqualTo(200);
    }

    @Test
    void aReloadWithAProblemInTheTokensChangesNothing() throws Exception {
        Files.writeString(admin.tokensFile, "root admin sha256:short\n");
        assertThat(problem(admin.post("/v1/reload", ADMIN), 422).problems())
                .singleElement()
                .asString()
                .contains("tokens:1:");
        assertThat(admin.reloads).isZero();
        assertThat(admin.get("/v1/domains", READ).statusCode()).isEqualTo(200);
        Files.setPosixFilePermissions(admin.tokensFile, PosixFilePermissions.fromString("rw-r--r--"));
        problem(admin.post("/v1/reload", ADMIN), 422);
    }

    // ---- the server

    @Test
    void metricsAreInTheTextFormatOfPrometheus() throws Exception {
        HttpResponse<String> answer = admin.get("/metrics", "");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(answer.body()).contains("selectord_domains 1");
    }

    @Test
    void theStatusPageIsSelfContainedAndMayRunItsOwnScriptOnly() throws Exception {
        HttpResponse<String> answer = admin.get("/", "");
        assertThat(answer.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
        assertThat(answer.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy)
                        .contains("default-src 'none'")
                        .containsPattern("script-src 'sha256-[^']+'")
                        .doesNotContain("unsafe"));
        assertThat(Pattern.compile("(src|href)\\s*=|https?://|innerHTML|@import")
                        .matcher(answer.body())
                        .find())
                .isFalse();
        assertThat(answer.body()).doesNotContain("example.org");
    }

    @Test
    void answersAreNotKeptByCachesAndDoNotNameTheServer() throws Exception {
        HttpResponse<String> answer = admin.get("/v1/domains", READ);
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(answer.headers().map()).doesNotContainKeys("server", "x-powered-by");
    }

    @Test
    void closeIsOverWithinTwoSecondsWhateverIsUnderWay() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicReference<Throwable> ended = new AtomicReference<>();
        RunningAdmin slow = new RunningAdmin(directory);
        slow.doubt = () -> {
            entered.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Optional.empty();
        };
        Thread client = new Thread(() -> {
            try {
                slow.get("/v1/domains", READ);
            } catch (Exception e) {
                ended.set(e);
            }
        });
        client.start();
        entered.await();
        long began = System.nanoTime();
        slow.close();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
        never.countDown();
        client.join(5000);
        assertThat(client.isAlive()).isFalse();
    }

    @Test
    void aPortThatIsTakenIsSaidWithWhatToDo() throws Exception {
        AdminSettings taken = new AdminSettings(admin.server.address(), admin.tokensFile, Set.of());
        AdminServer second = admin.anotherAt(taken);
        assertThatThrownBy(second::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("127.0.0.1")
                .hasMessageContaining("admin.listen");
    }
}
