package org.selectord.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.selectord.admin.Samples.EXAMPLE;
import static org.selectord.admin.Samples.NOW;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.admin.RunningAdmin;
import org.selectord.admin.Samples;
import org.selectord.admin.api.Json;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Order;

/** The orders of selectorctl, in process, against a real admin server. */
class OrderCommandsTest {
    @TempDir
    Path directory;

    private RunningAdmin admin;
    private Map<String, String> environment = Map.of();
    private InstantSource clock = InstantSource.fixed(NOW);
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws Exception {
        admin = new RunningAdmin(directory);
        admin.registry.with(Samples.rotated(EXAMPLE));
        Path token = Files.writeString(directory.resolve("root.token"), RunningAdmin.ADMIN + "\n");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        environment = Map.of("SELECTORD_ADMIN", admin.url(), "SELECTORD_TOKEN_FILE", token.toString());
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    private int run(String... args) {
        return Selectorctl.run(args, environment, new PrintWriter(out), new PrintWriter(err), clock);
    }

    private String printed() {
        return out.toString();
    }

    private Order order(long number) {
        return admin.registry.order(number).orElseThrow();
    }

    private ManagedDomain domain() {
        return admin.registry.find(EXAMPLE).orElseThrow();
    }

    @Test
    void aCompromiseIsOrderedWithItsScopeAndSelector() {
        assertThat(run("rotate", "now", "example.org", "--compromised", "--scope", "store", "--selector", "s2"))
                .isZero();

        assertThat(printed()).contains("example.org: order 1, asked by root");
        assertThat(order(1).kind()).isEqualTo(Order.Kind.COMPROMISED);
        assertThat(order(1).detail()).containsOnly(Map.entry("scope", "store"), Map.entry("selector", "s2"));
    }

    @Test
    void everyListedDomainMayBeCompromisedAtOnce() {
        assertThat(run("rotate", "now", "--all", "--compromised")).isZero();
        assertThat(order(1).kind()).isEqualTo(Order.Kind.COMPROMISED);
        assertThat(order(1).detail()).containsOnly(Map.entry("scope", "key"));
    }

    @Test
    void waitingForACompromiseEndsWithTheEndOfTheExposure() throws Exception {
        clock = InstantSource.system();
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> run("rotate", "now", "example.org", "--compromised", "--wait"));
        await().until(() -> admin.wakes == 1);
        Order open = order(1);
        admin.registry.with(new Order(
                1,
                EXAMPLE,
                open.kind(),
                open.key(),
                open.detail(),
                "root",
                NOW,
                Optional.of(new Order.Closing(
                        NOW, Order.Result.DONE, "s2 revoked on every server; exposure ends at 2026-11-21T13:00:00Z"))));

        assertThat(code.get()).isZero();
        assertThat(printed()).contains("order 1 DONE: s2 revoked on every server; exposure ends at");
    }

    @Test
    void explainSaysThatAKeyIsCompromised() {
        assertThat(run("rotate", "now", "example.org", "--compromised")).isZero();
        assertThat(run("explain", "example.org")).isZero();
        assertThat(printed())
                .contains("COMPROMISED, said order 1 now (2026-11-21 12:00:00 UTC); not revoked everywhere yet");
    }

    @Test
    void aRollbackSaysItsNumberAndStatusShowsThatTheDomainIsHeld() {
        assertThat(run("rollback", "example.org")).isZero();
        assertThat(run("status", "example.org")).isZero();
        assertThat(printed())
                .contains("example.org: order 1, asked by root")
                .contains("ROLLED_BACK by root now (2026-11-21 12:00:00 UTC)", "`selectorctl resume` ends it");
    }

    @Test
    void aRollbackThatCannotBeIsRefusedWithTheReason() {
        admin.registry.with(Samples.signing(EXAMPLE));

        assertThat(run("rollback", "example.org", "--wait")).isOne();
        assertThat(err.toString()).contains("order refused (409)", "nothing to go back to");
    }

    @Test
    void aPauseIsShownUntilResume() {
        assertThat(run("pause", "example.org", "--reason", "moving")).isZero();
        assertThat(printed()).contains("example.org: no new key, no flip by the calendar, no withdrawal until resume");
        assertThat(run("status")).isZero();
        assertThat(printed()).contains("example.org: PAUSED by root", ": moving; `selectorctl resume` ends it");
        assertThat(run("resume", "example.org")).isZero();
        assertThat(domain().hold()).isEmpty();
    }

    @Test
    void aWaiverIsShownUntilItsEnd() {
        assertThat(run("waive", "example.org", "--signer", "opendkim", "--for", "48h", "--reason", "burnt down"))
                .isZero();
        assertThat(run("status", "example.org")).isZero();
        assertThat(printed())
                .contains(
                        "goes on without signer opendkim by the word of root, until in 2 d (2026-11-23 12:00:00 UTC): burnt down");
    }

    @Test
    void aWaiverOfAServerThatIsNotThereSaysWhichAre() {
        assertThat(run("waive", "example.org", "--signer", "x", "--for", "48h", "--reason", "y"))
                .isOne();
        assertThat(err.toString()).contains("no signer of this domain is named x", "known here: opendkim");
    }

    @Test
    void aKeyIsAdoptedWithItsPrivateHalf() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        PrivateKeyPem pem = PrivateKeyPem.of(generator.generateKeyPair());
        Path file = Files.writeString(directory.resolve("mail.pem"), pem.reveal());

        assertThat(run("domain", "adopt", "example.org", "mail", "--key", file.toString()))
                .isZero();

        assertThat(admin.keystore.list()).containsExactly(pem.publicHalf().fingerprint());
        assertThat(order(1).said("selector")).hasValue("mail");
        assertThat(printed()).doesNotContain("PRIVATE");
    }

    @Test
    void aDerFileIsAdoptedAndAPassphraseComesFromAFile() throws Exception {
        byte[] der = KeyPairGenerator.getInstance("Ed25519")
                .generateKeyPair()
                .getPrivate()
                .getEncoded();
        Path file = Files.write(directory.resolve("mail.der"), der);
        Path passphrase = Files.writeString(directory.resolve("pass"), "correct horse\n");

        assertThat(run(
                        "domain",
                        "adopt",
                        "example.org",
                        "mail",
                        "--key",
                        file.toString(),
                        "--passphrase-file",
                        passphrase.toString()))
                .isZero();

        assertThat(admin.keystore.list())
                .containsExactly(PrivateKeyPem.ofPkcs8(der).publicHalf().fingerprint());
        assertThat(order(1).detail()).doesNotContainValue("correct horse");
    }

    @Test
    void aRetiredKeyIsAdoptedWithItsLastSignature() {
        assertThat(run("domain", "adopt", "example.org", "old", "--retired", "2026-11-20T00:00:00Z"))
                .isZero();
        assertThat(order(1).said("as")).hasValue("retired");
        assertThat(order(1).said("last_signature")).hasValue("2026-11-20T00:00:00Z");
    }

    @Test
    void aRemovalIsAnOrderThatTakesItsTime() {
        clock = InstantSource.system();
        assertThat(run("domain", "remove", "example.org", "--wait=1s", "--json"))
                .isEqualTo(3);
        assertThat(Json.tree(printed()).get("kind").asString()).isEqualTo("REMOVE_DOMAIN");
        assertThat(domain().isLeaving()).isTrue();
    }

    @Test
    void theClockIsTrustedOnAPersonsWordWhereItWasNot() {
        admin.trusted = false;
        admin.doubt = () -> Optional.of("no witness has agreed");
        assertThat(run("clock", "status")).isZero();
        assertThat(printed()).contains("The clock is not trusted: no witness has agreed.");
        assertThat(run("clock", "trust")).isZero();
        assertThat(printed()).contains("The clock is trusted, on the word of a person.");
        assertThat(admin.trusted).isTrue();
    }

    @Test
    void aClockThatNobodyVouchesForIsRemarkedOn() {
        admin.word = "nobody: time.witness is none, and this host's clock is believed";
        assertThat(run("status")).isZero();
        assertThat(run("explain", "example.org")).isZero();
        assertThat(printed()).contains("The clock is trusted on the word of nobody");
    }

    @Test
    void theBreakerIsShownAndReset() {
        assertThat(run("breaker", "status")).isZero();
        assertThat(printed()).contains("The breaker is closed.");
        admin.registry.with(Samples.openBreaker());
        assertThat(run("breaker", "status")).isZero();
        assertThat(printed())
                .contains(
                        "The breaker is open since 5 min ago (2026-11-21 11:55:00 UTC): the flip of a canary was proven bad")
                .contains("example.org (canary)  #2");
        assertThat(run("breaker", "reset", "--reason", "repaired")).isZero();
        assertThat(printed()).contains("It was last reset now (2026-11-21 12:00:00 UTC).");
        assertThat(admin.registry.ledger().breaker()).isEmpty();
    }

    @Test
    void thePlanIsATableOfWhatKeysBecome() {
        admin.registry.with(Samples.signing(EXAMPLE));
        assertThat(run("plan", "--for", "100d")).isZero();
        assertThat(printed().lines().findFirst().orElseThrow())
                .startsWith("WHEN ")
                .contains("DOMAIN", "KEY", "BECOMES");
        assertThat(printed().lines().map(line -> line.replaceAll(" +", " ")))
                .anySatisfy(line -> assertThat(line).endsWith("example.org s2 rsa-2048 ACTIVE"))
                .anySatisfy(line -> assertThat(line).endsWith("example.org s1 rsa-2048 RETIRED"))
                .anySatisfy(line -> assertThat(line).endsWith("example.org #3 rsa-2048 READY"));
    }

    @Test
    void whileTheBreakerIsOpenThePlanSaysSoAndMarksWhatComesOnlyAfterItsReset() {
        admin.registry.with(Samples.signing(EXAMPLE)).with(Samples.openBreaker());
        assertThat(run("plan", "--for", "100d")).isZero();
        assertThat(printed())
                .contains(
                        "The fleet's breaker is open: the flip of a canary was proven bad",
                        "selectorctl breaker reset");
        assertThat(printed().lines().map(line -> line.replaceAll(" +", " ")))
                .anySatisfy(line -> assertThat(line).endsWith("example.org s2 rsa-2048 ACTIVE, after breaker reset"))
                .anySatisfy(line -> assertThat(line).endsWith("example.org #3 rsa-2048 READY, after breaker reset"));
    }

    @Test
    void thePlanAsJsonIsOneDocumentADomain() {
        assertThat(run("plan", "example.org", "--for", "1y", "--json")).isZero();
        assertThat(Json.tree(printed()).get("events").size()).isGreaterThan(10);
    }

    @Test
    void jsonOfAnOrderIsWhatTheAdminPortAnswered() {
        assertThat(run("--json", "pause", "example.org")).isZero();
        assertThat(Json.tree(printed()).get("result").asString()).isEqualTo("DONE");
    }
}
