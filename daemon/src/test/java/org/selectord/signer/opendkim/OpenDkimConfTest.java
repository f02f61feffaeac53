package org.selectord.signer.opendkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.proof.MilterAddress;
import org.selectord.rotation.SignerId;

class OpenDkimConfTest {
    private static final String LAX = "RequireSafeKeys no\n"; // the test's directory is below /tmp

    @TempDir
    Path temporary;

    private Path conf;
    private Path directory;

    @BeforeEach
    void place() {
        conf = temporary.resolve("opendkim.conf");
        directory = temporary.resolve("selectord");
    }

    private OpenDkimSettings settings(Path at) {
        return new OpenDkimSettings(
                new SignerId("opendkim"),
                conf,
                at,
                new Trigger.Command(List.of("true")),
                Optional.empty(),
                OpenDkimSettings.DEFAULT_SETTLE,
                MilterAddress.parse("inet:8891"));
    }

    private List<String> problems(String text) throws IOException {
        Files.writeString(conf, LAX + text.replace("DIR", directory.toString()).replace("TMP", temporary.toString()));
        return OpenDkimConf.read(conf).problems(settings(directory));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "KeyTable file:DIR/KeyTable\nSigningTable refile:DIR/SigningTable\n",
                "KeyTable refile:DIR/KeyTable\nSigningTable refile:DIR/SigningTable\n",
                "keytable\tDIR/KeyTable   # ours\r\n  SIGNINGTABLE  refile:DIR/SigningTable \t\r\n",
                "KeyTable /elsewhere\nKeyTable DIR/KeyTable\nSigningTable refile:DIR/SigningTable",
                "BaseDirectory DIR\nKeyTable file:KeyTable\nSigningTable refile:./SigningTable\n",
                "KeyTable DIR/../selectord/KeyTable\nSigningTable refile:DIR/SigningTable\nDomain example.com\nSelector mail\nKeyFile /k\n",
                "KeyTable DIR/KeyTable\nSigningTable refile:DIR/SigningTable\nMultipleSignatures no\nMode sv\nSignatureAlgorithm rsa-sha256\n",
            })
    void aConfigurationThatReadsOurTablesHasNoProblem(String text) throws IOException {
        assertThat(problems(text)).isEmpty();
    }

    @Test
    void aSingleKeyIsCarriedOverByItsExactLines() throws IOException {
        assertThat(
                        problems(
                                "Domain example.com, example.net\nSelector mail\nKeyFile /etc/dkimkeys/mail.private\nSubDomains yes\n"))
                .containsExactly("""
                        TMP/opendkim.conf does not make OpenDKIM read selectord's tables (KeyTable is not set, SigningTable is not set). \
                        First carry over what signs today, so that it goes on: add to TMP/selectord/KeyTable, below the line "# END selectord":
                            mail._domainkey.example.com example.com:mail:/etc/dkimkeys/mail.private
                            mail._domainkey.example.net example.net:mail:/etc/dkimkeys/mail.private
                        and to TMP/selectord/SigningTable:
                            *@example.com mail._domainkey.example.com
                            *@*.example.com mail._domainkey.example.com
                            *@example.net mail._domainkey.example.net
                            *@*.example.net mail._domainkey.example.net
                        Then set in TMP/opendkim.conf these two lines, and restart OpenDKIM:
                            KeyTable     file:TMP/selectord/KeyTable
                            SigningTable refile:TMP/selectord/SigningTable""".replace("TMP", temporary.toString()));
    }

    @Test
    void domainsInAFileAreCarriedOverToo() throws IOException {
        Files.writeString(temporary.resolve("domains"), "# ours\nexample.com\n\nexample.net # too\n");

        assertThat(problems("Domain file:TMP/domains\nSelector mail\nKeyFile /k\n"))
                .singleElement()
                .asString()
                .contains(
                        "    *@example.com mail._domainkey.example.com\n    *@example.net mail._domainkey.example.net\n");
    }

    @Test
    void otherTablesAreCarriedOverLineByLine() throws IOException {
        Files.writeString(temporary.resolve("KT"), "# old\nmail example.com:mail:/k # yes\n\n");
        Files.writeString(temporary.resolve("ST"), "boss@example.com mail\n*@example.com mail\n");

        assertThat(problems("KeyTable TMP/KT\nSigningTable refile:TMP/ST\n"))
                .singleElement()
                .asString()
                .contains("KeyTable is " + temporary + "/KT")
                .contains("KeyTable, below the line \"# END selectord\":\n    mail example.com:mail:/k\nand to")
                .contains("SigningTable:\n    boss@example.com mail\n    *@example.com mail\nThen set");
    }

    @Test
    void aPlainSigningTableIsCarriedOverAsPatternsInTheOrderInWhichItWasAsked() throws IOException {
        Files.writeString(temporary.resolve("KT"), "k a:b:/c\n");
        Files.writeString(
                temporary.resolve("ST"),
                "* k6\n.example.com k4\nexample.com k2\nboss@* k5\n.news.example.com k4a\nboss@.example.com k3\nboss@example.com k1 i@example.com\n");

        assertThat(problems("KeyTable TMP/KT\nSigningTable file:TMP/ST\n"))
                .singleElement()
                .asString()
                .contains("""
                            boss@example.com k1 i@example.com
                            *@example.com k2
                            boss@*.example.com k3
                            *@*.news.example.com k4a
                            *@*.example.com k4
                            boss@* k5
                            * k6
                        """);
    }

    @Test
    void ourSigningTableReadAsAPlainFileIsNamedWithItsForeignLinesAsPatterns() throws IOException {
        Files.createDirectory(directory);
        Files.writeString(
                directory.resolve("SigningTable"),
                "# BEGIN selectord\n*@example.org selectord.s1._domainkey.example.org\n# END selectord\nexample.com mail\n");

        assertThat(problems("KeyTable DIR/KeyTable\nSigningTable DIR/SigningTable\n"))
                .singleElement()
                .asString()
                .contains("    *@example.com mail\n")
                .doesNotContain("selectord.s1");
    }

    @Test
    void aTableThatIsNoTextFileIsNamed() throws IOException {
        assertThat(problems("KeyTable dsn:mysql://db/keys\nSigningTable dsn:mysql://db/signing\n"))
                .singleElement()
                .asString()
                .contains("# the content of dsn:mysql://db/keys, as lines of a text file");
    }

    @Test
    void aLinkToOurTablesIsOurTables() throws IOException {
        Files.createDirectory(directory);
        Files.createFile(directory.resolve("KeyTable"));
        Files.createFile(directory.resolve("SigningTable"));
        Files.createSymbolicLink(temporary.resolve("link"), directory);

        assertThat(problems("KeyTable TMP/link/KeyTable\nSigningTable refile:TMP/link/SigningTable\n"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "MultipleSignatures yes, MultipleSignatures is on",
        "MultipleSignatures 1, MultipleSignatures is on",
        "Mode v, Mode is v",
        "SignatureAlgorithm ed25519-sha256, SignatureAlgorithm is ed25519-sha256",
        "SignatureAlgorithm rsa-sha1, SignatureAlgorithm is rsa-sha1",
        "ChangeRootDirectory /var/chroot, ChangeRootDirectory is /var/chroot",
        "Include /does/not/exist, /does/not/exist cannot be read: there is no such file",
        "Include TMP/opendkim.conf, includes files more than 5 deep",
    })
    void whatWeCannotOverruleIsNamed(String line, String problem) throws IOException {
        List<String> problems = problems("KeyTable DIR/KeyTable\nSigningTable refile:DIR/SigningTable\n" + line + "\n");

        assertThat(problems).isNotEmpty().allSatisfy(text -> assertThat(text).contains(problem));
    }

    @Test
    void includedFilesCount() throws IOException {
        Files.writeString(
                temporary.resolve("tables.conf"),
                "SigningTable refile:" + directory + "/SigningTable\nMultipleSignatures yes\n");

        assertThat(problems("KeyTable DIR/KeyTable\nInclude TMP/tables.conf\nMultipleSignatures no\n"))
                .isEmpty();
        assertThat(problems("KeyTable DIR/KeyTable\nMultipleSignatures no\nInclude TMP/tables.conf\n"))
                .singleElement()
                .asString()
                .contains("MultipleSignatures");
    }

    @Test
    void aConfigurationThatIsNotThereIsNamed() {
        assertThat(OpenDkimConf.read(conf).problems(settings(directory)))
                .singleElement()
                .asString()
                .contains(conf + " cannot be read: there is no such file");
    }

    @Test
    void aDirectoryThatAnybodyCanWriteToIsNamed() throws IOException {
        String tables =
                "KeyTable DIR/KeyTable\nSigningTable refile:DIR/SigningTable\n".replace("DIR", directory.toString());
        Files.createDirectory(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

        Files.writeString(conf, tables);
        assertThat(OpenDkimConf.read(conf).problems(settings(directory)))
                .singleElement()
                .asString()
                .contains("anybody can write to " + directory)
                .endsWith("chmod 700 " + directory);

        Files.writeString(conf, tables + "RequireSafeKeys false\n");
        assertThat(OpenDkimConf.read(conf).problems(settings(directory))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/open dkim", "/etc/dkim:1", "/etc/d#kim", "/etc/%/keys", "/etc/d\u00fckim"})
    void aDirectoryThatCannotStandInATableIsRefused(String path) {
        assertThatThrownBy(() -> settings(Path.of(path))).isInstanceOf(IllegalArgumentException.class);
    }
}
