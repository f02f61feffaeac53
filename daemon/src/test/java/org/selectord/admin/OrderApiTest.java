package org.selectord.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.selectord.admin.RunningAdmin.ADMIN;
import static org.selectord.admin.RunningAdmin.OPERATE;
import static org.selectord.admin.RunningAdmin.READ;
import static org.selectord.admin.Samples.EXAMPLE;
import static org.selectord.admin.Samples.NOW;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.admin.api.BreakerStatus;
import org.selectord.admin.api.ClockStatus;
import org.selectord.admin.api.DomainPlan;
import org.selectord.admin.api.DomainStatus;
import org.selectord.admin.api.Explanation;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.OrderStatus;
import org.selectord.admin.api.PlannedEvent;
import org.selectord.admin.api.Problem;
import org.selectord.key.KeyFingerprint;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.file.Passphrase;
import org.selectord.rotation.Order;

/** What people order over HTTP, how it reaches the heart, and what is refused. */
class OrderApiTest {
    private static final String DOMAIN = "/v1/domains/example.org/";

    @TempDir
    Path directory;

    RunningAdmin admin;

    @BeforeEach
    void start() throws Exception {
        admin = new RunningAdmin(directory);
        admin.registry.with(Samples.rotated(EXAMPLE));
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    private HttpResponse<String> post(String what, String token, String body) throws Exception {
        return admin.send("POST", DOMAIN + what, token, body.replace('\'', '"'));
    }

    private OrderStatus ordered(int status, String what, String token, String body) throws Exception {
        HttpResponse<String> answer = post(what, token, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        OrderStatus order = Json.read(answer.body(), OrderStatus.class);
        assertThat(answer.headers().firstValue("Location")).hasValue("/v1/orders/" + order.number());
        return order;
    }

    private Problem refused(int status, String what, String token, String body) throws Exception {
        HttpResponse<String> answer = post(what, token, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(admin.wakes).as("nothing was ordered").isZero();
        Problem problem = Json.read(answer.body(), Problem.class);
        assertThat(problem.hint()).isPresent();
        return problem;
    }

    private Order recorded(long number) {
        return admin.registry.order(number).orElseThrow();
    }

    // ---- compromise

    @Test
    void aCompromiseIsAnOrderOfItsOwnThatNamesTheKeyThatSigns() throws Exception {
        OrderStatus order = ordered(202, "rotate", OPERATE, "{'compromised': true}");

        assertThat(order.kind()).isEqualTo("COMPROMISED");
        assertThat(order.detail()).containsExactlyEntriesOf(Map.of("scope", "key"));
        assertThat(recorded(order.number()).key().orElseThrow().number()).isEqualTo(2);
        assertThat(ordered(202, "rotate", ADMIN, "{'compromised': true, 'scope': 'key'}")
                        .number())
                .as("the same order while it is open")
                .isEqualTo(order.number());
    }

    @Test
    void aCompromiseMayNameAnotherKeyAndTheWholeStore() throws Exception {
        OrderStatus order =
                ordered(202, "rotate", OPERATE, "{'compromised': true, 'scope': 'store', 'selector': 's1'}");

        assertThat(order.detail()).containsOnly(Map.entry("scope", "store"), Map.entry("selector", "s1"));
        Explanation explanation = Json.read(admin.get(DOMAIN + "explain", READ).body(), Explanation.class);
        assertThat(explanation.keys())
                .allSatisfy(key -> assertThat(key.compromise()).hasValueSatisfying(known -> {
                    assertThat(known.order()).isEqualTo(order.number());
                    assertThat(known.exposureEnds()).isEmpty();
                }));
    }

    @Test
    void aSelectorThatTheDomainNeverHadIsRefusedWithWhatToDo() throws Exception {
        Problem problem = refused(409, "rotate", OPERATE, "{'compromised': true, 'selector': 'nobody'}");

        assertThat(problem.title()).isEqualTo("order refused");
        assertThat(problem.detail()).contains("never had a key with selector nobody", "selectorctl status");
    }

    // ---- rollback, pause, resume

    @Test
    void aRollbackNamesTheKeyItGoesBackToAndHoldsTheDomain() throws Exception {
        OrderStatus order = ordered(202, "rollback", OPERATE, "");

        assertThat(order.kind()).isEqualTo("ROLL_BACK");
        assertThat(recorded(order.number()).key().orElseThrow().number()).isEqualTo(1);
        assertThat(status().hold())
                .hasValueSatisfying(hold -> assertThat(hold.kind()).isEqualTo("ROLLED_BACK"));
    }

    @Test
    void whereThereIsNothingToGoBackToARollbackIsRefused() throws Exception {
        admin.registry.with(Samples.signing(EXAMPLE));

        assertThat(refused(409, "rollback", OPERATE, "").detail()).contains("nothing to go back to");
    }

    @Test
    void aPauseIsDoneWhenItIsAnsweredAndIsShownWithItsReasonUntilResume() throws Exception {
        OrderStatus paused = ordered(200, "pause", OPERATE, "{'reason': 'moving the mail host'}");

        assertThat(paused.result()).hasValue("DONE");
        assertThat(status().hold()).hasValueSatisfying(hold -> {
            assertThat(hold.kind()).isEqualTo("PAUSED");
            assertThat(hold.askedBy()).isEqualTo("ops");
            assertThat(hold.reason()).hasValue("moving the mail host");
        });
        ordered(200, "resume", OPERATE, "");
        assertThat(status().hold()).isEmpty();
    }

    // ---- waive

    @ParameterizedTest
    @CsvSource({
        "server, ns2.example.org.",
        "server, 192.0.2.2:53",
        "server, ns2.example.org. 192.0.2.2:53",
        "signer, opendkim"
    })
    void aWaiverHoldsFromNowForAsLongAsWasSaid(String kind, String name) throws Exception {
        admin.registry.with(Samples.signing(EXAMPLE));
        OrderStatus order = ordered(
                200, "waive", OPERATE, "{'" + kind + "': '" + name + "', 'for': 'PT48H', 'reason': 'it burnt down'}");

        assertThat(order.result()).hasValue("DONE");
        assertThat(status().waivers()).singleElement().satisfies(waiver -> {
            assertThat(waiver.name()).isEqualTo(name);
            assertThat(waiver.until()).isEqualTo(NOW.plus(Duration.ofHours(48)));
            assertThat(waiver.reason()).isEqualTo("it burnt down");
            assertThat(waiver.askedBy()).isEqualTo("ops");
        });
    }

    @Test
    void aNameWithASlipInItIsNotWaivedAndTheKnownOnesAreSaid() throws Exception {
        admin.registry.with(Samples.signing(EXAMPLE));
        Problem server = refused(400, "waive", OPERATE, "{'server': 'ns3.example.org.', 'for': 'PT1H', 'reason': 'x'}");
        assertThat(server.hint().orElseThrow()).contains("ns2.example.org.", "192.0.2.2:53");
        Problem signer = refused(400, "waive", OPERATE, "{'signer': 'opendkmi', 'for': 'PT1H', 'reason': 'x'}");
        assertThat(signer.hint().orElseThrow()).contains("opendkim");
    }

    // ---- adopt, remove

    @Test
    void aKeyIsAdoptedByItsSelectorWithoutItsPrivateHalf() throws Exception {
        OrderStatus order = ordered(202, "adopt", ADMIN, "{'selector': 'mail'}");

        assertThat(order.detail()).containsOnly(Map.entry("selector", "mail"), Map.entry("as", "active"));
        assertThat(admin.keystore.list()).isEmpty();
    }

    @Test
    void aPrivateHalfIsPutIntoTheKeystoreAndTheOrderNamesItsFingerprintOnly() throws Exception {
        PrivateKeyPem pem = rsa();
        OrderStatus order = ordered(
                202,
                "adopt",
                ADMIN,
                Json.write(Map.of("selector", "mail", "private_key", pem.reveal()))
                        .replace("'", "\\u0027"));

        KeyFingerprint fingerprint = pem.publicHalf().fingerprint();
        assertThat(admin.keystore.list()).containsExactly(fingerprint);
        assertThat(order.detail())
                .containsEntry("fingerprint", fingerprint.hex())
                .hasSize(3);
        assertThat(recorded(order.number()).toString())
                .doesNotContain("PRIVATE", pem.reveal().substring(60, 90));
    }

    @Test
    void whatIsNoPrivateKeyIsRefusedWithoutBeingQuoted() throws Exception {
        Problem problem = refused(400, "adopt", ADMIN, "{'selector': 'mail', 'private_key': 'hunter2'}");

        assertThat(problem.detail()).contains("PKCS#8").doesNotContain("hunter2");
        assertThat(problem.hint().orElseThrow()).contains("openssl pkey");
    }

    @Test
    void anEd25519SeedIsTakenAsOtherProgramsWriteIt() throws Exception {
        String seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="; // RFC 8463 A.2

        ordered(202, "adopt", ADMIN, Json.write(Map.of("selector", "mail", "private_key", seed + "\n")));

        assertThat(admin.keystore.list()).hasSize(1);
    }

    @Test
    void anEncryptedKeyIsTakenWithItsPassphraseOnly() throws Exception {
        String encrypted = encrypted(rsa(), "correct horse");

        assertThat(refused(400, "adopt", ADMIN, Json.write(Map.of("selector", "mail", "private_key", encrypted)))
                        .detail())
                .contains("is encrypted", "no passphrase");
        assertThat(refused(
                                400,
                                "adopt",
                                ADMIN,
                                Json.write(
                                        Map.of("selector", "mail", "private_key", encrypted, "passphrase", "hunter2")))
                        .detail())
                .contains("its passphrase is another one")
                .doesNotContain("hunter2");
        assertThat(admin.keystore.list()).isEmpty();

        OrderStatus order = ordered(
                202,
                "adopt",
                ADMIN,
                Json.write(Map.of("selector", "mail", "private_key", encrypted, "passphrase", "correct horse")));

        assertThat(admin.keystore.list()).hasSize(1);
        assertThat(order.detail()).doesNotContainKey("passphrase").doesNotContainValue("correct horse");
    }

    private String encrypted(PrivateKeyPem key, String passphrase) throws Exception {
        FilePrivateKeyStore.open(directory.resolve("keys"), new Passphrase(passphrase.toCharArray()))
                .put(key);
        return Files.readString(
                directory.resolve("keys").resolve(key.publicHalf().fingerprint() + ".pem"));
    }

    @Test
    void aKeystoreThatCannotBeWrittenIsSaidAndNothingIsOrdered() throws Exception {
        admin.keystore.breaks();
        String body = Json.write(Map.of("selector", "mail", "private_key", rsa().reveal()));

        assertThat(refused(503, "adopt", ADMIN, body).detail()).contains("the disk is full");
    }

    @Test
    void anUnlistedDomainPutsNothingIntoTheKeystore() throws Exception {
        admin.unlisted.add(EXAMPLE);

        refused(409, "adopt", ADMIN, Json.write(Map.of("selector", "mail", "private_key", rsa().reveal())));
        assertThat(admin.keystore.list()).isEmpty();
    }

    @Test
    void aPrivateHalfWhoseOrderIsRefusedIsNoSpareAllTheSame() throws Exception {
        PrivateKeyPem pem = rsa();

        refused(
                409,
                "adopt",
                ADMIN,
                Json.write(Map.of("selector", "old", "as", "retired", "private_key", pem.reveal())));
        assertThat(admin.registry.isTaken(pem.publicHalf().fingerprint())).isTrue();
    }

    @Test
    void aRetiredKeyIsAdoptedWithTheTimeOfItsLastSignature() throws Exception {
        OrderStatus order = ordered(
                202, "adopt", ADMIN, "{'selector': 'old', 'as': 'retired', 'last_signature': '2026-11-20T00:00:00Z'}");

        assertThat(order.detail()).containsEntry("last_signature", "2026-11-20T00:00:00Z");
    }

    @Test
    void aRemovalHoldsTheDomainAndIsTakenBackByResume() throws Exception {
        ordered(202, "remove", ADMIN, "{}");
        assertThat(status().hold())
                .hasValueSatisfying(hold -> assertThat(hold.kind()).isEqualTo("LEAVING"));

        assertThat(ordered(200, "resume", OPERATE, "").why().orElseThrow()).contains("LEAVING");
        assertThat(status().hold()).isEmpty();
    }

    // ---- what is refused

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rotate   | {'scope': 'store'}",
                "rotate   | {'selector': 's1'}",
                "rotate   | {'compromised': 'yes'}",
                "rotate   | {'compromised': true, 'scope': 'all'}",
                "rotate   | {'compromised': true, 'selector': ''}",
                "rotate   | {'compromised': true, 'selectors': ['s1']}",
                "rollback | {'chain': 'dsa'}",
                "rollback | {'to': 's1'}",
                "pause    | {'reason': 7}",
                "resume   | {'reason': 'x'}",
                "retry    | {'x': 1}",
                "remove   | {'now': true}",
                "waive    |",
                "waive    | {'server': 'ns1', 'signer': 'opendkim', 'for': 'PT1H', 'reason': 'x'}",
                "waive    | {'signer': 'opendkim', 'for': '48h', 'reason': 'x'}",
                "waive    | {'signer': 'opendkim', 'for': 'PT0S', 'reason': 'x'}",
                "waive    | {'signer': 'opendkim', 'for': '-PT1H', 'reason': 'x'}",
                "waive    | {'signer': 'opendkim', 'for': 'P36500D', 'reason': 'x'}",
                "waive    | {'signer': 'opendkim', 'for': 'PT1H'}",
                "waive    | {'signer': 'opendkim', 'reason': 'x'}",
                "adopt    | {}",
                "adopt    | {'selector': 'mail', 'as': 'standby'}",
                "adopt    | {'selector': 'mail', 'last_signature': 'yesterday'}"
            })
    void whatIsNotUnderstoodIsABadRequestAndNothingIsOrdered(String what, String body) throws Exception {
        refused(400, what, ADMIN, Optional.ofNullable(body).orElse(""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rotate", "rollback", "pause", "resume", "retry", "remove", "adopt", "waive"})
    void readersOrderNothing(String what) throws Exception {
        refused(403, what, READ, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"remove", "adopt"})
    void whatChangesWhichKeysAreOursNeedsAnAdministrator(String what) throws Exception {
        refused(403, what, OPERATE, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rotate", "rollback", "pause", "resume", "retry", "remove"})
    void anUnlistedDomainTakesNoOrders(String what) throws Exception {
        admin.unlisted.add(EXAMPLE);

        assertThat(refused(409, what, ADMIN, "").title()).isEqualTo("domain not in the configuration");
    }

    // ---- the clock

    @Test
    void theClockSaysOnWhoseWordItIsTrusted() throws Exception {
        ClockStatus clock = Json.read(admin.get("/v1/clock", READ).body(), ClockStatus.class);

        assertThat(clock).isEqualTo(new ClockStatus(true, Optional.empty(), Optional.of("the primary ns1")));
    }

    @Test
    void aPersonsWordEndsADoubt() throws Exception {
        admin.trusted = false;
        admin.doubt = () -> Optional.of("no witness has agreed");
        ClockStatus before = Json.read(admin.get("/v1/clock", READ).body(), ClockStatus.class);
        assertThat(before).isEqualTo(new ClockStatus(false, Optional.of("no witness has agreed"), Optional.empty()));
        assertThat(admin.post("/v1/clock/trust", OPERATE).statusCode()).isEqualTo(403);
        assertThat(admin.trusted).isFalse();

        ClockStatus after = Json.read(admin.post("/v1/clock/trust", ADMIN).body(), ClockStatus.class);

        assertThat(after).isEqualTo(new ClockStatus(true, Optional.empty(), Optional.of("a person")));
    }

    @Test
    void aPersonsWordThatIsNotTakenIsRefusedWithTheReason() throws Exception {
        admin.clockRefusal = Optional.of("our clock is before a time it was trusted at");
        HttpResponse<String> answer = admin.post("/v1/clock/trust", ADMIN);

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(Json.read(answer.body(), Problem.class).detail()).contains("before a time");
    }

    // ---- the breaker and the plan

    @Test
    void anOpenBreakerIsShownWithItsFailuresAndHoldsFlips() throws Exception {
        admin.registry.with(Samples.openBreaker());
        BreakerStatus breaker = Json.read(admin.get("/v1/breaker", READ).body(), BreakerStatus.class);

        assertThat(breaker.open()).isTrue();
        assertThat(breaker.why().orElseThrow()).contains("canary");
        assertThat(breaker.failures())
                .containsExactly(new BreakerStatus.FailedFlip("example.org", 2, true, NOW.minusSeconds(300)));
    }

    @Test
    void aResetClosesTheBreakerSaysWhoAndWhyAndWakesTheSweep() throws Exception {
        admin.registry.with(Samples.openBreaker());
        assertThat(admin.post("/v1/breaker/reset", READ).statusCode()).isEqualTo(403);

        HttpResponse<String> answer =
                admin.send("POST", "/v1/breaker/reset", OPERATE, "{\"reason\": \"the milter is repaired\"}");

        BreakerStatus breaker = Json.read(answer.body(), BreakerStatus.class);
        assertThat(breaker.open()).isFalse();
        assertThat(breaker.failures()).isEmpty();
        assertThat(breaker.lastReset()).hasValue(NOW);
        assertThat(admin.wakes).isOne();
        assertThat(admin.registry.history(Optional.empty(), 1)).singleElement().satisfies(entry -> {
            assertThat(entry.askedBy()).isEqualTo("ops");
            assertThat(entry.text()).contains("the milter is repaired");
        });
    }

    @Test
    void aResetOfAClosedBreakerChangesNothing() throws Exception {
        assertThat(admin.post("/v1/breaker/reset", OPERATE).statusCode()).isEqualTo(200);
        assertThat(admin.wakes).isZero();
        assertThat(admin.registry.history(Optional.empty(), 1)).isEmpty();
    }

    @Test
    void thePlanOfAYearHasEveryRotationAndNothingIsDone() throws Exception {
        admin.registry.with(Samples.signing(EXAMPLE));
        DomainPlan plan = Json.read(admin.get(DOMAIN + "plan", READ).body(), DomainPlan.class);

        assertThat(plan.until()).isEqualTo(NOW.plus(Duration.ofDays(365)));
        assertThat(plan.events().stream().filter(event -> event.what().equals("ACTIVE")))
                .as("every 89 to 90 days")
                .hasSizeBetween(4, 5);
        assertThat(plan.events()).extracting(PlannedEvent::at).isSorted();
        assertThat(plan.events().get(0).selector()).hasValue("s2");
        assertThat(plan.events().get(0).because()).isNotEmpty();
        assertThat(admin.registry.find(EXAMPLE).orElseThrow()).isEqualTo(Samples.signing(EXAMPLE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1y", "P0D", "-P1D", "P1101D", "P4000D", ""})
    void aTimeThatIsNoneIsABadRequest(String period) throws Exception {
        assertThat(admin.get(DOMAIN + "plan?for=" + period, READ).statusCode()).isEqualTo(400);
    }

    @Test
    void nothingIsPlannedForAnUnlistedDomain() throws Exception {
        admin.unlisted.add(EXAMPLE);
        DomainPlan plan = Json.read(admin.get(DOMAIN + "plan", READ).body(), DomainPlan.class);

        assertThat(plan.listed()).isFalse();
        assertThat(plan.events()).isEmpty();
    }

    private DomainStatus status() throws Exception {
        return Json.read(admin.get("/v1/domains/example.org", READ).body(), DomainStatus.class);
    }

    private static PrivateKeyPem rsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return PrivateKeyPem.of(generator.generateKeyPair());
    }
}
