package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.bed.Verifier;
import org.selectord.key.KeyRecord;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.bed.VaultServer;
import org.selectord.proof.Deadline;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;

/**
 * The packaged daemon with its keys in a real Vault, beside a real BIND and a real OpenDKIM. Vault comes and goes; signing goes on. One story of one
 * installation, in order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VaultIT {
    private static final String DOMAIN = SelectordBed.DOMAIN;
    private static final Pattern ORDER = Pattern.compile("order (\\d+)");

    private final VaultServer vault = VaultServer.raft();
    private final SelectordBed bed = SelectordBed.create(0);
    private final List<String> commandLines = new ArrayList<>();
    private String secretId = "";

    @BeforeAll
    void start() {
        Verifier.require();
        vault.mount("dkim", 2).shippedPolicy("selectord", "dkim");
        String roleId = vault.role("daemon", "selectord", ",\"token_ttl\":\"20s\",\"token_max_ttl\":\"60s\"");
        secretId = vault.secretId("daemon");
        bed.write("vault.secret-id", secretId + "\n");
        bed.keystore(
                "{type: vault, address: \"%s\", timeout: 2s, spares: 0, approle: {role_id: %s, secret_id: \"${file:%s}\"}}"
                        .formatted(vault.address(), roleId, bed.home().resolve("vault.secret-id")));
        bed.environment(Map.of("SELECTORD_LOG", "TRACE")).start().startOpenDkim();
    }

    @AfterAll
    void close() {
        bed.close();
        vault.close();
    }

    @Test
    @Order(1)
    void checkConfigLogsInToVaultAndSaysWhatIsWrongWithIt() {
        String file = bed.home().resolve("selectord.yaml").toString();
        Output sound = bed.runSelectord("check-config", file);
        assertThat(sound.exit()).as(sound.out() + sound.err()).isZero();
        assertThat(sound.out()).contains("keystore  Vault at " + vault.address() + ", dkim/keys/{fingerprint}");

        vault.policy("selectord", "path \"dkim/data/keys/*\" { capabilities = [\"create\", \"read\"] }");
        Output narrow = bed.runSelectord("check-config", file);
        vault.shippedPolicy("selectord", "dkim");

        assertThat(narrow.exit()).isOne();
        assertThat(narrow.out())
                .contains("selectord.yaml:5:1: error: keystore: could not list the private keys in dkim/keys at ")
                .contains("403 ", "compare it with deploy/vault/selectord.hcl");
    }

    @Test
    @Order(2)
    void aVaultSealedInTheMiddleOfARotationHoldsItAndNothingElseAndItEndsByItself() throws Exception {
        List<String> before = bed.awaitStandby();
        awaitStoredIsWhatIsNeeded();

        vault.seal();
        Output waited = bed.ctl("rotate", "now", DOMAIN, "--wait=4s");

        assertThat(waited.exit()).as(waited.out() + waited.err()).isEqualTo(3);
        awaitExplained(
                "the private half of " + before.get(1) + " of " + DOMAIN + " cannot be had",
                "503 Vault is sealed",
                "unseal it (vault operator unseal)");
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(0));
        assertSignedBy(before.get(0));

        vault.unseal();

        awaitDone(order(waited));
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(1));
        assertSignedBy(before.get(1));
        awaitStoredIsWhatIsNeeded();
    }

    @Test
    @Order(3)
    void aVaultThatIsKilledHoldsTheEndOfTheOldKeyAndNothingElse() throws Exception {
        List<String> before = bed.awaitStandby();
        Output rotated = bed.ctl("rotate", "now", DOMAIN, "--wait=90s");
        assertThat(rotated.exit()).as(rotated.out() + rotated.err()).isZero();
        vault.kill();

        awaitExplained("keystore: ", "at " + vault.address(), "cannot connect: nobody listens there");
        assertSignedBy(before.get(1));

        vault.start();
        vault.unseal();

        awaitStoredIsWhatIsNeeded();
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(1));
    }

    @Test
    @Order(4)
    void aDaemonThatIsStartedWhileVaultIsSealedIsThereSaysSoAndGoesOnByItself() throws Exception {
        List<String> before = bed.awaitStandby();
        assertThat(bed.stop()).isZero();
        vault.seal();

        bed.start();

        assertThat(bed.log()).contains("cannot be used yet: Vault at " + vault.address() + " did not let us in: 503");
        Output waited = bed.ctl("rotate", "now", DOMAIN, "--wait=3s");
        assertThat(waited.exit()).isEqualTo(3);
        awaitExplained("503 Vault is sealed");
        assertSignedBy(before.get(0));

        vault.unseal();

        awaitDone(order(waited));
        assertSignedBy(before.get(1));
    }

    @Test
    @Order(5)
    void anotherKeystoreNeedsARestart() {
        bed.keystore("{type: file, directory: %s, passphrase: \"${file:%s}\"}"
                .formatted(bed.home().resolve("keys"), bed.home().resolve("keystore.pass")));

        Output reloaded = bed.ctl("reload");

        assertThat(reloaded.exit()).isOne();
        assertThat(reloaded.out() + reloaded.err()).contains("keystore has changed", "restart selectord");
    }

    /** After all that, at TRACE: keys are in Vault and in the files that OpenDKIM reads, and nowhere else. */
    @Test
    @Order(6)
    void noSecretIsInALogAnAnswerTheRegistryOrACommandLine() throws Exception {
        bed.awaitStandby();
        List<String> secrets = new ArrayList<>(List.of(secretId, vault.rootToken(), "hvs."));
        for (String name : stored()) {
            String pem = vault.api("GET", "dkim/data/keys/" + name, "")
                    .get("data")
                    .asObject()
                    .get("data")
                    .asObject()
                    .getString("private_key", "");
            pem.lines().filter(line -> !line.startsWith("-")).forEach(secrets::add);
        }
        assertThat(secrets).hasSizeGreaterThan(20);
        commandLines.add(commandLine());
        String said = bed.log()
                + String.join("\n", commandLines)
                + bed.ctl("explain", DOMAIN).out()
                + bed.ctl("history", DOMAIN, "--json").out()
                + bed.http("GET", "/metrics", Optional.empty()).body()
                + bed.http("GET", "/v1/domains/" + DOMAIN, Optional.empty()).body();
        assertThat(said).contains("selectord_keys", "Vault is sealed");

        for (String secret : secrets) {
            assertThat(said.contains(secret)).as("said: " + secret).isFalse();
            for (Path file : filesOfTheRegistry()) {
                String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(content.contains(secret)).as(file + ": " + secret).isFalse();
            }
        }
        assertThat(commandLines).allMatch(line -> line.contains("selectord"));
    }

    // ---- the installation of the story

    private String commandLine() throws IOException {
        String pid = Long.toString(bed.process().pid());
        return new String(Files.readAllBytes(Path.of("/proc", pid, "cmdline")), StandardCharsets.UTF_8)
                .replace('\0', ' ');
    }

    private List<Path> filesOfTheRegistry() throws IOException {
        try (Stream<Path> files = Files.walk(bed.home().resolve("registry"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** Names of what is in Vault. */
    private List<String> stored() {
        List<String> names = new ArrayList<>();
        vault.api("GET", "dkim/metadata/keys?list=true", "")
                .get("data")
                .asObject()
                .get("keys")
                .asArray()
                .forEach(name -> names.add(name.asString()));
        return names.stream().filter(name -> name.length() == 64).sorted().toList();
    }

    /** Of the ACTIVE key and the READY one, as the primary serves them. */
    private List<String> needed() {
        return Stream.of("ACTIVE", "READY")
                .flatMap(state -> bed.inState(state).stream())
                .map(selector -> bed.bind().primary().dig(selector + "._domainkey." + DOMAIN, "TXT"))
                .map(strings -> KeyRecord.parse(String.join("", strings).replaceAll("\"\\s*\"|\"", ""))
                        .publicHalf()
                        .orElseThrow()
                        .fingerprint()
                        .hex())
                .sorted()
                .toList();
    }

    /** Nothing lost, and nothing left behind. */
    private void awaitStoredIsWhatIsNeeded() {
        bed.awaitStandby();
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(stored()).hasSize(2).isEqualTo(needed()));
    }

    /** A message that OpenDKIM signs now, and what receivers of mail say of it. */
    private void assertSignedBy(String selector) throws IOException {
        SigningDomain domain = new SigningDomain(DOMAIN);
        ProbeAnswer answer = new MilterProbe(bed.openDkim().address())
                .show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(5)));
        assertThat(answer).isInstanceOf(ProbeAnswer.Passed.class);
        MailMessage message = ((ProbeAnswer.Passed) answer).message();
        assertThat(OutsideWatch.selectorOf(message, domain)).contains(selector);
        Path file = bed.home().resolve("message.eml");
        Files.write(file, message.octets());
        for (Verifier verifier : Verifier.values()) {
            assertThat(verifier.accepts(file, bed.bind().primary().address()))
                    .as(verifier + " on a message signed by " + selector)
                    .isTrue();
        }
    }

    private String explain() {
        Output explained = bed.ctl("explain", DOMAIN);
        assertThat(explained.exit()).as(explained.err()).isZero();
        return explained.out();
    }

    private void awaitExplained(String... parts) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(explain()).contains(parts));
    }

    private static String order(Output rotated) {
        Matcher matcher = ORDER.matcher(rotated.out());
        assertThat(matcher.find()).as(rotated.out()).isTrue();
        return matcher.group(1);
    }

    private void awaitDone(String order) {
        await().atMost(Duration.ofSeconds(90))
                .untilAsserted(() -> assertThat(bed.http("GET", "/v1/orders/" + order, Optional.empty())
                                .body())
                        .contains("\"result\":\"DONE\""));
    }
}
