package org.selectord.signer.opendkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.bed.KeysInMemory;
import org.selectord.bed.OpenDkimBed;
import org.selectord.bed.ScriptedServers;
import org.selectord.bed.TestKey;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Deadline;
import org.selectord.proof.KeptOpenConnection;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;
import org.selectord.rotation.Finding;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Proof;
import org.selectord.rotation.Wanted;

/** What a real OpenDKIM makes of what it is told. */
class OpenDkimSignerIT {
    private static final TestKey S1 = TestKey.of("example.org", "s1", 1);
    private static final TestKey S2 = TestKey.of("example.org", "s2", 2);
    private static final TestKey OTHERS = TestKey.of("other.example", "mail", 1);
    private static final TestKey FOREIGN = TestKey.of("example.org", "mail", 1);
    private static final SigningDomain DOMAIN = S1.domain();

    private final ScriptedServers servers = new ScriptedServers("ns1", "ns2").serve(S1, S2, OTHERS, FOREIGN);
    private OpenDkimBed bed;
    private OpenDkimSigner signer;

    @BeforeAll
    static void requirePeers() {
        Peers.require("opendkim");
    }

    @BeforeEach
    void createTables() throws IOException {
        bed = OpenDkimBed.create();
        signer = signer(bed.reloadCommand());
        signer.createAbsentTables();
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    private OpenDkimSigner signer(Trigger reload) {
        return signer(bed.settings(reload));
    }

    private OpenDkimSigner signer(OpenDkimSettings settings) {
        return new OpenDkimSigner(settings, new KeysInMemory().with(S1, S2), servers);
    }

    private Outcome tell(TestKey... keys) {
        return tell(signer, false, keys);
    }

    private static Outcome tell(OpenDkimSigner signer, boolean cut, TestKey... keys) {
        Set<org.selectord.rotation.SigningKey> wanted =
                Set.of(keys).stream().map(TestKey::signingKey).collect(java.util.stream.Collectors.toSet());
        return only(signer.apply(Map.of(DOMAIN, new Wanted(wanted, ScriptedServers.zone("example.org"))), cut));
    }

    private Outcome look() {
        return only(signer.inUse(Map.of(DOMAIN, ScriptedServers.zone("example.org"))));
    }

    private static Outcome only(Map<SigningDomain, Outcome> outcomes) {
        assertThat(outcomes).hasSize(1);
        return outcomes.values().iterator().next();
    }

    private static Finding.InUse found(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
        return (Finding.InUse) ((Outcome.Done) outcome).finding();
    }

    private static void assertSigns(Outcome outcome, Proof.Kind kind, String... selectors) {
        Finding.InUse found = found(outcome);
        assertThat(found.seen().stream().map(Selector::name))
                .as(found.proof().evidence())
                .containsExactlyInAnyOrder(selectors);
        assertThat(found.proof().kind()).as(found.proof().evidence()).isEqualTo(kind);
    }

    private MailMessage mailOf(SigningDomain domain) {
        ProbeAnswer answer = new MilterProbe(bed.address())
                .show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(10)));
        assertThat(answer).isInstanceOf(ProbeAnswer.Passed.class);
        return ((ProbeAnswer.Passed) answer).message();
    }

    /** Lines that are not ours: another domain, and one for a domain that is ours. */
    private String foreignLines(TestKey... keys) {
        StringBuilder keyTable = new StringBuilder("# by hand\r\n");
        StringBuilder signingTable = new StringBuilder("\n");
        for (TestKey key : keys) {
            Path file = bed.home().resolve(key.domain() + ".private");
            bed.write(file, key.pem().reveal());
            assertThat(file.toFile().setReadable(false, false) && file.toFile().setReadable(true, true))
                    .isTrue();
            keyTable.append(key.domain() + "-key " + key.domain() + ":" + key.selector() + ":" + file + "\n");
            signingTable.append("*@" + key.domain() + "\t" + key.domain() + "-key # theirs\n");
        }
        bed.write(bed.directory().resolve("KeyTable"), keyTable.toString());
        bed.write(bed.directory().resolve("SigningTable"), signingTable.toString());
        return signingTable.toString();
    }

    @Test
    void theFirstKeyWithAbsentTables() {
        bed.start();
        assertSigns(look(), Proof.Kind.VERIFIED);

        Outcome told = tell(S1);

        assertSigns(told, Proof.Kind.VERIFIED, "s1");
        assertThat(found(told).proof().evidence())
                .isEqualTo("s=s1 d=example.org a=rsa-sha256: verifies with the key served by ns1, ns2");
        assertThat(found(told).drain()).isEqualTo(Duration.ofHours(1));
        assertSigns(look(), Proof.Kind.VERIFIED, "s1");
    }

    @Test
    void aFlipToASecondSelectorAndBack() {
        bed.start();
        tell(S1);

        assertSigns(tell(S2), Proof.Kind.VERIFIED, "s2");
        assertSigns(tell(S1), Proof.Kind.VERIFIED, "s1");
        assertSigns(tell(), Proof.Kind.VERIFIED);
    }

    @Test
    void aReloadBySignalToThePidFile() {
        bed.start();
        tell(S1);
        tell(S2);

        // both key files are its user's by now, and a table's owner is kept
        assertSigns(tell(signer(bed.reloadSignal()), false, S1), Proof.Kind.VERIFIED, "s1");
    }

    @Test
    void withoutAReloadTheOldSelectorIsWhatIsSeen() {
        bed.start();
        tell(S1);

        Outcome told = tell(signer(new Trigger.Command(List.of("false"))), false, S2);

        assertSigns(told, Proof.Kind.VERIFIED, "s1");
        assertThat(found(told).proof().evidence()).contains("\"false\" ended with status 1");
    }

    @Test
    void aConfigurationThatCannotBeLoadedKeepsTheOldSelector() {
        bed.start();
        tell(S1);
        bed.configure("NoSuchParameter yes");

        assertSigns(tell(S2), Proof.Kind.VERIFIED, "s1");
    }

    @Test
    void aDomainOfSomebodyElseIsSignedThroughoutAndItsLinesStay() throws InterruptedException, IOException {
        String foreign = foreignLines(OTHERS);
        bed.start();
        Queue<String> unsigned = new ConcurrentLinkedQueue<>();
        AtomicBoolean done = new AtomicBoolean();
        Thread watcher = new Thread(() -> {
            while (!done.get()) {
                MailMessage mail = mailOf(OTHERS.domain());
                boolean signed = mail.headers().get(0).value().contains("s=mail;");
                if (!signed) {
                    unsigned.add(mail.headers().toString());
                }
            }
        });
        Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
        watcher.setUncaughtExceptionHandler((thread, failure) -> failed.add(failure));
        watcher.start();

        for (int round = 0; round < 5; round++) {
            assertSigns(tell(S1), Proof.Kind.VERIFIED, "s1");
            assertSigns(tell(S2), Proof.Kind.VERIFIED, "s2");
        }
        tell();
        done.set(true);
        watcher.join();

        assertThat(failed).isEmpty();
        assertThat(unsigned).isEmpty();
        assertThat(Files.readString(bed.directory().resolve("SigningTable"))).endsWith("# END selectord\n" + foreign);
    }

    @Test
    void aForeignLineForOurDomainSignsOnIsOverruledAndIsBackWhenOursIsGone() {
        foreignLines(FOREIGN);
        bed.start();
        assertSigns(look(), Proof.Kind.VERIFIED, "mail");

        assertSigns(tell(S1), Proof.Kind.VERIFIED, "s1");
        assertSigns(tell(), Proof.Kind.VERIFIED, "mail");
    }

    @Test
    void otherOctetsUnderOurPathAreProvenBad() {
        bed.start();
        tell(S1);

        bed.write(
                bed.directory().resolve("keys/example.org/s1.private"),
                S1.impostor().pem().reveal());

        assertSigns(look(), Proof.Kind.BAD, "s1");
        assertThat(found(look()).proof().evidence()).contains("does not verify");
    }

    @Test
    void aKeyFileThatIsMissingIsARefusalAndBad() throws IOException {
        bed.start();
        tell(S1);

        Files.delete(bed.directory().resolve("keys/example.org/s1.private"));

        assertSigns(look(), Proof.Kind.BAD);
        assertThat(found(look()).proof().evidence()).contains("refused it for now (4xx)");
    }

    @Test
    void aKeyFileThatIsNoKeyIsARefusalAndBad() {
        bed.start();
        tell(S1);

        bed.write(bed.directory().resolve("keys/example.org/s1.private"), "garbage\n");

        assertSigns(look(), Proof.Kind.BAD);
    }

    @Test
    void aRecordThatOneServerLacksIsBadAndASilentServerLeavesItUnproven() {
        bed.start();
        servers.silent("ns2");
        assertSigns(tell(S1), Proof.Kind.UNPROVEN, "s1");

        servers.serveAt("ns1", S1.owner());
        assertSigns(look(), Proof.Kind.BAD, "s1");
    }

    @Test
    void serversThatHangLeaveItUnprovenWithinTheCallsTime() {
        bed.start();
        tell(S1);
        OpenDkimSigner hasty = new OpenDkimSigner(
                bed.settings(bed.reloadCommand()),
                new KeysInMemory().with(S1),
                new ScriptedServers("ns1").hanging(),
                new OpenDkimSigner.Limits(Duration.ofSeconds(2), Duration.ofMillis(300), Duration.ofMillis(300)));

        Instant began = Instant.now();
        Outcome seen = only(hasty.inUse(Map.of(DOMAIN, ScriptedServers.zone("example.org"))));

        assertSigns(seen, Proof.Kind.UNPROVEN, "s1");
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(4));
    }

    @Test
    void whenItIsStoppedNothingIsSeenAndTheTablesWaitForIt() {
        bed.start();
        tell(S1);
        bed.stop();

        assertThat(look()).isInstanceOf(Outcome.NotYet.class);
        assertThat(tell(S2))
                .asInstanceOf(type(Outcome.Unknown.class))
                .satisfies(unknown -> assertThat(unknown.cameBack()).contains("Connection refused"));

        bed.start();
        assertSigns(look(), Proof.Kind.VERIFIED, "s2");
    }

    @Test
    void aConnectionKeptOpenGoesOnWithTheOldSelector() throws IOException {
        bed.start();
        tell(S1);
        try (KeptOpenConnection open = new KeptOpenConnection(bed.address())) {
            assertThat(open.selectorsOf(DOMAIN)).containsExactly("s1");

            assertSigns(tell(S2), Proof.Kind.VERIFIED, "s2");

            assertThat(open.selectorsOf(DOMAIN))
                    .as("this is what the settle time is for")
                    .containsExactly("s1");
        }
    }

    @Test
    void aRestartCutsOpenConnectionsAndLeavesNothingToSettle() throws IOException {
        bed.start();
        tell(S1);
        OpenDkimSettings restarting = restartingBy(new Trigger.Signal("TERM", bed.pidFile()));
        Thread supervisor = new Thread(() -> {
            bed.awaitEnd();
            bed.start();
        });
        supervisor.start();

        Outcome told = tell(signer(restarting), true, S2);

        assertSigns(told, Proof.Kind.VERIFIED, "s2");
        assertThat(found(told).drain()).isEqualTo(Duration.ZERO);
    }

    @Test
    void aRestartThatFailedLeavesOpenConnectionsToSettle() {
        bed.start();
        tell(S1);

        Outcome told = tell(signer(restartingBy(new Trigger.Command(List.of("false")))), true, S1);

        assertSigns(told, Proof.Kind.VERIFIED, "s1");
        assertThat(found(told).drain()).isEqualTo(Duration.ofHours(1));
    }

    private OpenDkimSettings restartingBy(Trigger restart) {
        OpenDkimSettings usual = bed.settings(bed.reloadCommand());
        return new OpenDkimSettings(
                usual.id(),
                usual.conf(),
                usual.directory(),
                usual.reload(),
                Optional.of(restart),
                usual.settle(),
                usual.probe());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "InternalHosts 192.0.2.1",
                "Canonicalization simple/simple",
                "Canonicalization relaxed/relaxed",
                "Canonicalization simple/relaxed",
                "OversignHeaders From,Subject,Reply-To",
                "Diagnostics yes",
                "SignatureTTL 3600",
                "MaximumSignedBytes 20",
                "SignHeaders *,+X-Other",
                "RemoveOldSignatures yes",
                "Mode sv",
                "SoftwareHeader yes",
            })
    void whateverElseItIsToldToDoTheSignatureVerifies(String option) {
        bed.configure(option).start();

        assertSigns(tell(S1), Proof.Kind.VERIFIED, "s1");
    }

    @Test
    void aListOfPeersThatHidesTheMessageIsNamed() {
        bed.configure("PeerList 127.0.0.1").start();

        assertThat(look())
                .asInstanceOf(type(Outcome.NotYet.class))
                .satisfies(notYet -> assertThat(notYet.waitingFor().text()).contains("PeerList"));
    }

    @Test
    void onAUnixSocketItIsTheSame() throws IOException {
        bed.close();
        bed = OpenDkimBed.onUnixSocket();
        signer = signer(bed.reloadCommand());
        signer.createAbsentTables();
        bed.start();

        assertSigns(tell(S1), Proof.Kind.VERIFIED, "s1");
        assertSigns(tell(S2), Proof.Kind.VERIFIED, "s2");
    }

    @Test
    void dkimpyVerifiesItToo() throws IOException, InterruptedException {
        bed.start();
        tell(S1);
        byte[] mail = mailOf(DOMAIN).octets();

        assertThat(dkimpy(mail, S1.record())).isEqualTo("True");
        assertThat(dkimpy(mail, S2.record())).isEqualTo("False");
    }

    /** With Debian's own Python, which is the one that has it. */
    private static String dkimpy(byte[] mail, String record) throws IOException, InterruptedException {
        Path python = Path.of("/usr/bin/python3");
        requireDkimpy(python);
        Process process = new ProcessBuilder(
                        python.toString(),
                        "-c",
                        "import dkim, sys\n"
                                + "print(dkim.verify(sys.stdin.buffer.read(), dnsfunc=lambda name, timeout=5: sys.argv[1].encode() if name == b's1._domainkey.example.org.' else None))",
                        record)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().write(mail);
        process.getOutputStream().close();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    private static void requireDkimpy(Path python) throws IOException, InterruptedException {
        boolean there = Files.isExecutable(python)
                && new ProcessBuilder(python.toString(), "-c", "import dkim")
                                .start()
                                .waitFor()
                        == 0;
        if (!there) {
            Peers.require("dkimpy (python3-dkim)");
        }
    }
}
