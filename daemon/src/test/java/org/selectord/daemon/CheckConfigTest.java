package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.config.ConfigurationReader;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsFinding.Kind;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CheckConfigTest {
    private static final String SOUND = """
            keystore: {passphrase: "${env:PASSPHRASE}"}
            dns: {main: {primaries: ["127.0.0.1:53"], tsig: tsig.key}}
            signers: {opendkim: {type: opendkim, conf: opendkim.conf, directory: dkim, reload: [reload], probe: "inet:8891@127.0.0.1"}}
            domains: {example.org: {}, example.net: {}}
            """;

    @TempDir
    Path directory;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private Optional<RightsCheck> rights = Optional.empty();

    @BeforeEach
    void aTsigKey() throws IOException {
        Path key = Files.writeString(
                directory.resolve("tsig.key"), "key selectord { algorithm hmac-sha256; secret c2VjcmV0; };");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }

    @BeforeEach
    void anOpenDkimConfThatNamesOurTables() throws IOException {
        Files.writeString(directory.resolve("opendkim.conf"), """
                KeyTable     file:%1$s/dkim/KeyTable
                SigningTable refile:%1$s/dkim/SigningTable
                RequireSafeKeys no
                """.formatted(directory));
    }

    @Test
    void aSoundFileIsOkAndWhatWasUnderstoodIsShown() throws IOException {
        assertThat(check(SOUND, false)).isZero();
        assertThat(printed())
                .contains("selectord.yaml: ok\n")
                .contains("admin     127.0.0.1 port 8953, open without a token: health, metrics\n")
                .contains("time      witnesses: ntp, tsig\n")
                .contains(
                        "dns       main (updates to 127.0.0.1:53 with TSIG key selectord., proven on every server of the zone)")
                .contains(
                        "signers   opendkim (opendkim, " + directory.resolve("opendkim.conf") + ", tables and keys in ")
                .contains(
                        "policies  default (a key signs for 89d to 90d; the next one may sign 10s + N + max(1m, 10% of N)"
                                + " after it is published, in time where N, the zone's negative TTL, is at most 80d; a retired"
                                + " one stays published for 169h, so at most 3 are published at once)\n")
                .contains("domains   2: example.org, example.net\n")
                .doesNotContain("correct horse")
                .doesNotContain("c2VjcmV0");
    }

    @Test
    void warningsAreShownAndAreOk() throws IOException {
        assertThat(check(SOUND + "time: {witness: none}\n", false)).isZero();
        assertThat(printed()).contains("selectord.yaml:5:17: warning: ").contains("selectord.yaml: ok, 1 warning\n");
    }

    @Test
    void everyErrorIsShownAndTheFileIsNotOk() throws IOException {
        assertThat(check(SOUND + "polices: {}\ntime: {witness: gps}\n", false)).isOne();
        assertThat(printed())
                .contains("selectord.yaml:5:1: error: unknown key polices: did you mean policies?\n")
                .contains("selectord.yaml:6:17: error: ")
                .contains("selectord.yaml: not ok, 2 errors\n");
    }

    @Test
    void aSignerThatReadsOtherTablesIsAnError() throws IOException {
        Path conf = Files.writeString(directory.resolve("opendkim.conf"), "KeyTable file:/etc/dkim/KeyTable\n");

        assertThat(check(SOUND, false)).isOne();
        assertThat(printed())
                .contains(conf + ":1:1: error: signers.opendkim: ")
                .contains("KeyTable     file:" + directory.resolve("dkim/KeyTable"))
                .contains("selectord.yaml: not ok, ");
    }

    @Test
    void whatThePrimarySaysStandsAtTheDomainItConcernsWithTheLinesToAdd() throws IOException {
        answers(Kind.TOO_NARROW, "_domainkey.example.net");
        assertThat(check(SOUND, false)).isOne();
        assertThat(printed())
                .contains("selectord.yaml:4:28: error: dns.main: said:\n    deny;\n    grant;\n")
                .contains("selectord.yaml: not ok, 1 error\n");
    }

    @Test
    void whatConcernsSeveralDomainsStandsAtTheirDns() throws IOException {
        answers(Kind.TOO_WIDE);
        assertThat(check(SOUND, false)).isZero();
        assertThat(printed())
                .contains("selectord.yaml:2:7: warning: dns.main: said:\n    deny;\n    grant;\n")
                .contains("selectord.yaml: ok, 1 warning\n");
    }

    @Test
    void noServerIsAskedAboutAFileWithAnError() throws IOException {
        answers(Kind.TOO_NARROW);
        assertThat(check(SOUND + "polices: {}\n", false)).isOne();
        assertThat(printed()).doesNotContain("said");
    }

    /** Both domains are in the root zone, where this is found. */
    private void answers(Kind kind, String... names) {
        Set<OwnerName> owners = Stream.of(names).map(OwnerName::of).collect(Collectors.toSet());
        rights = Optional.of(new RightsCheck(
                (dns, owner) -> new Location.At(OwnerName.of("."), 60, Optional.empty()),
                (zone, needed) -> List.of(new RightsFinding(kind, owners, "said:", List.of("deny;", "grant;"))),
                new Random(1),
                System::nanoTime));
    }

    @Test
    void aProgramGetsTheSameAsJson() throws IOException {
        assertThat(check(SOUND + "polices: {}\n", true)).isOne();
        JsonNode answer = JsonMapper.shared().readTree(printed());
        assertThat(answer.get("ok").booleanValue()).isFalse();
        assertThat(answer.has("summary")).isFalse();
        JsonNode problem = answer.get("problems").get(0);
        assertThat(problem.get("severity").stringValue()).isEqualTo("error");
        assertThat(problem.get("file").stringValue()).endsWith("selectord.yaml");
        assertThat(problem.get("line").intValue()).isEqualTo(5);
        assertThat(problem.get("column").intValue()).isOne();
        assertThat(problem.get("text").stringValue()).isEqualTo("unknown key polices: did you mean policies?");
    }

    @Test
    void aProgramGetsWhatWasUnderstoodAsJson() throws IOException {
        assertThat(check(SOUND, true)).isZero();
        JsonNode answer = JsonMapper.shared().readTree(printed());
        assertThat(answer.get("ok").booleanValue()).isTrue();
        assertThat(answer.get("problems").size()).isZero();
        assertThat(answer.get("summary").get("policies").stringValue()).startsWith("default (");
    }

    private int check(String text, boolean json) throws IOException {
        Path file = Files.writeString(directory.resolve("selectord.yaml"), text);
        ConfigurationReader reader = new ConfigurationReader(Map.of("PASSPHRASE", "correct horse"), Clock.systemUTC());
        return new CheckConfig(reader, rights, Optional.empty(), new PrintStream(printed, true, StandardCharsets.UTF_8))
                .run(file, json);
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }
}
