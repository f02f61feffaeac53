package org.selectord.signer.opendkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.bed.KeysInMemory;
import org.selectord.bed.ScriptedServers;
import org.selectord.bed.TestKey;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;
import org.selectord.proof.MilterAddress;
import org.selectord.rotation.Finding;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Pace;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.SigningKey;
import org.selectord.rotation.Wanted;

/** What is told to files; what a real OpenDKIM makes of it is in {@link OpenDkimSignerIT}. Here nobody listens on the socket. */
class OpenDkimSignerTest {
    private static final TestKey S1 = TestKey.of("example.org", "s1", 1);
    private static final TestKey S2 = TestKey.of("example.org", "s2", 2);
    private static final TestKey NET = TestKey.of("example.net", "n1", 1);

    @TempDir
    Path temporary;

    private final KeysInMemory keys = new KeysInMemory().with(S1, S2, NET);
    private Trigger reload = new Trigger.Command(List.of("true"));
    private MilterAddress socket = new MilterAddress.Inet("127.0.0.1", 1);
    private Path directory;

    @BeforeEach
    void place() throws IOException {
        directory = temporary.resolve("selectord");
        conf("");
    }

    private void conf(String further) throws IOException {
        Files.writeString(
                temporary.resolve("opendkim.conf"),
                "RequireSafeKeys no\nKeyTable " + directory + "/KeyTable\nSigningTable refile:" + directory
                        + "/SigningTable\n" + further + "\n");
    }

    private OpenDkimSigner signer() throws IOException {
        OpenDkimSigner signer = new OpenDkimSigner(
                new OpenDkimSettings(
                        new SignerId("opendkim"),
                        temporary.resolve("opendkim.conf"),
                        directory,
                        reload,
                        Optional.empty(),
                        OpenDkimSettings.DEFAULT_SETTLE,
                        socket),
                keys,
                new ScriptedServers("ns1"),
                new OpenDkimSigner.Limits(Duration.ofSeconds(3), Duration.ofMillis(200), Duration.ofMillis(200)));
        signer.createAbsentTables();
        return signer;
    }

    private static Map<SigningDomain, Wanted> wanted(TestKey... keys) {
        Map<SigningDomain, Wanted> wanted = new LinkedHashMap<>();
        for (TestKey key : keys) {
            wanted.put(key.domain(), wanted(key.domain(), key.signingKey()));
        }
        return wanted;
    }

    private static Wanted wanted(SigningDomain domain, SigningKey... keys) {
        return new Wanted(Set.of(keys), ScriptedServers.zone(domain.name()));
    }

    private Map<SigningDomain, Outcome> apply(TestKey... wanted) throws IOException {
        return signer().apply(wanted(wanted), false);
    }

    private static void assertNotYet(@Nullable Outcome outcome, Pace pace, String reason) {
        assertThat(outcome).asInstanceOf(type(Outcome.NotYet.class)).satisfies(notYet -> {
            assertThat(notYet.pace()).isEqualTo(pace);
            assertThat(notYet.waitingFor().text()).contains(reason);
        });
    }

    private Outcome only(Map<SigningDomain, Outcome> outcomes) {
        assertThat(outcomes).hasSize(1);
        return outcomes.values().iterator().next();
    }

    private String keyTable() throws IOException {
        return Files.readString(directory.resolve("KeyTable"));
    }

    private String signingTable() throws IOException {
        return Files.readString(directory.resolve("SigningTable"));
    }

    @Test
    void absentTablesAreCreatedForTheirOwnerOnlyAndPresentOnesLeftAlone() throws IOException {
        signer();
        assertThat(keyTable()).startsWith("# BEGIN selectord").endsWith("# END selectord\n");
        assertThat(Files.getPosixFilePermissions(directory.resolve("SigningTable")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(directory)).isEqualTo(PosixFilePermissions.fromString("rwx------"));

        Files.writeString(directory.resolve("KeyTable"), "mine a:b:/c\n");
        signer();
        assertThat(keyTable()).isEqualTo("mine a:b:/c\n");
    }

    @Test
    void whatWasWrittenButNotSeenIsUnknown() throws IOException {
        assertThat(only(apply(S1)))
                .asInstanceOf(type(Outcome.Unknown.class))
                .satisfies(unknown -> assertThat(unknown.cameBack()).contains("inet:1@127.0.0.1 did not answer"));

        assertThat(signingTable()).contains("*@example.org selectord.s1._domainkey.example.org\n");
        assertThat(directory.resolve("keys/example.org/s1.private"))
                .hasContent(S1.pem().reveal());
    }

    @Test
    void aReloadThatFailedIsSaidWithWhatWasSeen() throws IOException {
        reload = new Trigger.Command(List.of("sh", "-c", "echo no such unit; exit 5"));

        assertThat(only(apply(S1)))
                .asInstanceOf(type(Outcome.Unknown.class))
                .satisfies(unknown -> assertThat(unknown.cameBack()).endsWith("ended with status 5: no such unit"));
    }

    @Test
    void aLookThatNobodyAnswersIsNotYet() throws IOException {
        Outcome outcome = only(signer().inUse(Map.of(S1.domain(), ScriptedServers.zone("example.org"))));

        assertNotYet(outcome, Pace.QUICK, "did not answer");
    }

    @Test
    void allDomainsOfACallAreInOneRewrite() throws IOException {
        apply(S1, NET);

        assertThat(signingTable().lines())
                .containsSubsequence(
                        "*@example.net selectord.n1._domainkey.example.net",
                        "*@example.org selectord.s1._domainkey.example.org");
    }

    @Test
    void tablesThatAreAsToldAlreadyAreNotWrittenAgain() throws IOException {
        apply(S1);
        Object keyTable = Files.getAttribute(directory.resolve("KeyTable"), "unix:ino");
        Object signingTable = Files.getAttribute(directory.resolve("SigningTable"), "unix:ino");

        apply(S1);

        assertThat(Files.getAttribute(directory.resolve("KeyTable"), "unix:ino"))
                .isEqualTo(keyTable);
        assertThat(Files.getAttribute(directory.resolve("SigningTable"), "unix:ino"))
                .isEqualTo(signingTable);
    }

    @Test
    void ourBlockIsPutFirstEvenWhereItsLinesNeedNoChange() throws IOException {
        apply(S1);
        String block = signingTable();
        Files.writeString(directory.resolve("SigningTable"), "*@example.org mail\n" + block);

        apply(S1);

        assertThat(signingTable()).isEqualTo(block + "*@example.org mail\n");
    }

    @Test
    void modeAndOwnerOfATableAreKept() throws IOException {
        signer();
        Path table = directory.resolve("SigningTable");
        Files.setPosixFilePermissions(table, PosixFilePermissions.fromString("rw-r-----"));
        Object owner = Files.getOwner(table);

        apply(S1);

        assertThat(Files.getPosixFilePermissions(table)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
        assertThat(Files.getOwner(table)).isEqualTo(owner);
    }

    @Test
    void aConfigurationThatWouldNotHeedUsIsNotWrittenFor() throws IOException {
        conf("MultipleSignatures yes");

        assertNotYet(only(apply(S1)), Pace.SLOW, "MultipleSignatures is on");
        assertThat(signingTable()).doesNotContain("example.org");
        assertThat(directory.resolve("keys/example.org")).doesNotExist();
    }

    @Test
    void damagedMarkersAreLeftAsTheyAre() throws IOException {
        signer();
        Files.writeString(directory.resolve("SigningTable"), "# BEGIN selectord\n*@example.com mail\n");

        assertNotYet(only(apply(S1)), Pace.SLOW, "SigningTable: line 2 stands between selectord's markers");
        assertThat(signingTable()).isEqualTo("# BEGIN selectord\n*@example.com mail\n");
        assertThat(keyTable()).doesNotContain("example.org");
    }

    @Test
    void aLineThatOpenDkimCannotLoadHoldsEverythingUp() throws IOException {
        signer();
        Files.writeString(directory.resolve("SigningTable"), "*@(example.com mail\n");

        assertNotYet(only(apply(S1)), Pace.SLOW, "cannot compile the pattern");
        assertThat(signingTable()).isEqualTo("*@(example.com mail\n");
    }

    @Test
    void oneKeyADomainIsAllThatOpenDkimCanDo() throws IOException {
        Map<SigningDomain, Outcome> outcomes =
                signer().apply(Map.of(S1.domain(), wanted(S1.domain(), S1.signingKey(), S2.signingKey())), false);

        assertNotYet(only(outcomes), Pace.SLOW, "example.org shall sign with s1 and s2");
    }

    @Test
    void aPrivateHalfThatIsAbsentHoldsUpItsOwnDomainOnly() throws IOException {
        TestKey absent = TestKey.of("example.com", "c1", 1);

        Map<SigningDomain, Outcome> outcomes = apply(absent, S1);

        assertNotYet(outcomes.get(absent.domain()), Pace.SLOW, "the private half of c1 of example.com cannot be had");
        assertNotYet(
                outcomes.get(absent.domain()),
                Pace.SLOW,
                "if it is lost, run: selectorctl rotate now example.com, and for a key that never signed:"
                        + " selectorctl rotate now example.com --compromised --selector c1");
        assertThat(outcomes.get(S1.domain())).isInstanceOf(Outcome.Unknown.class);
        assertThat(signingTable()).contains("*@example.org").doesNotContain("example.com");
    }

    @Test
    void aKeystoreThatRefusesIsForAPersonAndOneThatIsAwayIsAskedOnce() throws IOException {
        keys.fails(new PrivateKeyStoreDeniedException("permission denied"));
        assertNotYet(only(apply(S1)), Pace.SLOW, "permission denied");

        keys.fails(new PrivateKeyStoreUnavailableException("timeout"));
        int before = keys.reads();
        Map<SigningDomain, Outcome> outcomes = apply(S1, NET);

        assertNotYet(outcomes.get(S1.domain()), Pace.QUICK, "timeout");
        assertNotYet(outcomes.get(NET.domain()), Pace.QUICK, "the keystore did not answer");
        assertThat(keys.reads() - before).isEqualTo(1);
    }

    @Test
    void anotherKeyAtOurPathIsNeverOverwrittenNorTold() throws IOException {
        apply(S1);
        TestKey impostor = S2.impostor();
        Path file = directory.resolve("keys/example.org/s2.private");
        Files.writeString(file, impostor.pem().reveal());

        assertNotYet(only(apply(S2)), Pace.SLOW, file + " is there already and holds something else");
        assertThat(file).hasContent(impostor.pem().reveal());
        assertThat(signingTable()).contains("selectord.s1.");
    }

    @Test
    void aTableThatCannotBeWrittenLeavesWhatOpenDkimSignsWith() throws IOException {
        apply(S1);
        String before = signingTable();
        Files.createDirectories(directory.resolve(".SigningTable.new/in-the-way"));

        assertNotYet(only(apply(S2)), Pace.SLOW, "cannot be written");
        assertThat(signingTable()).isEqualTo(before);
        assertThat(keyTable())
                .as("both keys, so that either SigningTable finds its own")
                .contains("s1.private", "s2.private");
    }

    @Test
    void aKeyThatWasNotToldLeavesNoCopyButOneThatWasThereBeforeStays() throws IOException {
        apply(S1);
        apply(S2);
        Files.createDirectories(directory.resolve(".SigningTable.new/in-the-way"));

        apply(S1, NET);

        assertThat(directory.resolve("keys/example.net/n1.private")).doesNotExist();
        assertThat(directory.resolve("keys/example.org/s1.private")).exists();
        assertThat(directory.resolve("keys/example.org/s2.private")).exists();
    }

    @Test
    void withAnEmptySetOurLinesOfThatDomainGoAndItsKeyFileStays() throws IOException {
        apply(S1, NET);

        signer().apply(Map.of(S1.domain(), wanted(S1.domain())), false);

        assertThat(signingTable()).doesNotContain("example.org").contains("*@example.net");
        assertThat(directory.resolve("keys/example.org/s1.private")).exists();
    }

    @Test
    void aCallOverManyDomainsEndsInTimeAndAnswersEveryOne() throws IOException {
        try (ServerSocketChannel silent =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100)) {
            socket = new MilterAddress.Inet("127.0.0.1", ((InetSocketAddress) silent.getLocalAddress()).getPort());
            OpenDkimSigner signer = signer();
            Instant began = Instant.now();

            Map<SigningDomain, Outcome> told = signer.apply(wanted(S1, NET), false);
            Map<SigningDomain, Outcome> seen = signer.inUse(
                    Map.of(S1.domain(), ScriptedServers.zone("a"), NET.domain(), ScriptedServers.zone("b")));

            assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(8));
            assertThat(told.values()).hasSize(2).allMatch(Outcome.Unknown.class::isInstance);
            assertThat(seen.values()).hasSize(2).allMatch(Outcome.NotYet.class::isInstance);
        }
    }

    @Test
    void aKeyThatIsStillToldIsNotForgotten() throws IOException {
        apply(S1);

        assertNotYet(signer().forget(S1.signingKey()), Pace.SLOW, "still makes OpenDKIM sign with s1 of example.org");
        assertThat(directory.resolve("keys/example.org/s1.private")).exists();
    }

    @Test
    void aKeyThatALineOfSomebodyElseUsesIsNotForgotten() throws IOException {
        apply(S1);
        apply(S2);
        Files.writeString(
                directory.resolve("KeyTable"),
                keyTable() + "x example.org:s1:" + directory + "/keys/example.org/s1.private\n");

        assertNotYet(signer().forget(S1.signingKey()), Pace.SLOW, "still makes OpenDKIM sign");
    }

    @Test
    void aForgottenKeyIsGoneFromTheDirectoryAndFromKeyTable() throws IOException {
        apply(S1);
        apply(S2);
        assertThat(keyTable()).contains("s1.private");

        Outcome forgotten = signer().forget(S1.signingKey());

        assertThat(forgotten)
                .isEqualTo(new Outcome.Done(new Finding.Forgotten(
                        new SignerId("opendkim"), S1.signingKey().id())));
        assertThat(signer().forget(S1.signingKey()))
                .as("absent already is fine")
                .isEqualTo(forgotten);
        assertThat(directory.resolve("keys/example.org/s1.private")).doesNotExist();
        assertThat(keyTable()).doesNotContain("s1.private").contains("s2.private");
        assertThat(signingTable()).contains("selectord.s2.");
    }

    @Test
    void itsDrainPeriodIsTheSettleTime() throws IOException {
        assertThat(signer().drainPeriod()).isEqualTo(Duration.ofHours(1));
    }
}
