package org.selectord.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said about configurations in which something is wrong. */
class ProblemsTest {
    @TempDir
    Path directory;

    /** A configuration, a line of it that is put into one that is sound, and what is said about it. */
    record Case(String written, List<String> said) {
        @Override
        public String toString() {
            return written;
        }
    }

    /** The table beside this class: a line that is written, and indented below it what is said, without the file's name. */
    static Stream<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        try (InputStream table = ProblemsTest.class.getResourceAsStream("problems.txt")) {
            String text = new String(table.readAllBytes(), StandardCharsets.UTF_8);
            text.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> {
                        if (line.startsWith("    ")) {
                            cases.get(cases.size() - 1).said().add(line.strip());
                        } else {
                            cases.add(new Case(line, new ArrayList<>()));
                        }
                    });
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyProblemIsSaidWithItsPlace(Case row) throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        files.secretFile("open.pass", "x\n", "rw-r--r--");
        files.secretFile("shared.pass", "x\n", "rw-rw----");
        files.secretFile("empty.pass", "\n", "rw-------");
        files.secretFile("lines.pass", "one\ntwo\n", "rw-------");
        files.secretFile("sha1.key", "key k { algorithm hmac-sha1; secret c2VjcmV0; };", "rw-------");
        Files.createDirectory(directory.resolve("directory"));
        String written = row.written().replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
        if (written.startsWith("! ")) {
            files.only(written.substring(2));
        } else {
            files.with(written);
        }

        assertThat(files.problems().stream().map(said -> said.replace("selectord.yaml:", "")))
                .isEqualTo(row.said());
        boolean error = row.said().stream().anyMatch(said -> said.contains(": error: "));
        assertThat(files.load().configuration().isEmpty())
                .as("no configuration where there is an error")
                .isEqualTo(error);
    }

    @Test
    void allProblemsOfAllFilesAreSaidAtOnceInTheirOrder() throws IOException {
        Files.createDirectory(directory.resolve("domains.d"));
        Files.writeString(
                directory.resolve("domains.d/b.yaml"), "domains:\n  example.org: {}\n  example.net: {plicy: x}\n");
        Files.writeString(directory.resolve("domains.d/a.yaml"), "admin: {}\nnonsense: [\n");
        Files.writeString(directory.resolve("domains.d/c.yaml"), "admin: {}\ndomains: {example.com: {dns: maine}}\n");
        Files.writeString(directory.resolve("domains.d/d.yml"), "domains: {}\n");
        Files.writeString(directory.resolve("domains.d/.e.yaml"), "left by an editor: [");
        ConfigFiles files = new ConfigFiles(directory).only("""
                admin: {listen: "192.0.2.1:8953"}
                keystore:
                  passphrase: hunter2hunter2
                registry: {url: "jdbc:postgresql:x"}
                dns:
                  main:
                    primaries: [ns1]
                    tsig: tsig.key
                    tsig: other.key
                signers:
                  opendkim: {type: opendkim, reload: [reload], probe: "inet:8891"}
                policies:
                  default:
                    grace_period: 5d
                    selector: "s{date:yyyy}"
                domains:
                  example.org: {polcy: default}
                """);

        assertThat(files.problems())
                .containsExactly(
                        "domains.d/a.yaml:3:1: error: no YAML: expected the node content, but found '<stream end>'"
                                + " (while parsing a flow node from line 3, column 1)",
                        "domains.d/b.yaml:2:3: error: example.org is listed already, at selectord.yaml:17:3",
                        "domains.d/b.yaml:3:17: error: unknown key domains.example.net.plicy: did you mean policy?",
                        "domains.d/c.yaml:1:1: error: admin belongs into the main file; here stand domains only",
                        "domains.d/c.yaml:2:30: error: domains.example.com.dns: there is no \"maine\" in dns: did you mean main?",
                        "domains.d/d.yml:1:1: warning: this file is not read: its name does not end in .yaml",
                        "selectord.yaml:1:17: error: admin.listen: \"192.0.2.1:8953\" is not on loopback: tokens would cross"
                                + " the network in clear, and TLS is not in this version",
                        "selectord.yaml:3:15: error: keystore.passphrase: a secret is given by reference, \"${file:PATH}\""
                                + ", \"${credential:NAME}\" or \"${env:NAME}\", never itself",
                        "selectord.yaml:4:17: error: registry.url: postgresql is not in this version",
                        "selectord.yaml:7:17: error: dns.main.primaries: \"ns1\" is no address and port, as in 192.0.2.1:53"
                                + " or \"[2001:db8::1]:53\"",
                        "selectord.yaml:9:5: error: duplicate key tsig: it stands in line 8 already",
                        "selectord.yaml:14:19: error: policies.default.grace_period: 5d is less than queue_lifetime + 1d ="
                                + " 6d: mail that waits longer in a queue will fail verification; where that cannot"
                                + " happen, say grace_unsafe: true",
                        "selectord.yaml:15:15: warning: policies.default.selector: 0 secret bits; below 40 somebody may ask"
                                + " for a selector before it is published, and a resolver may remember that there was"
                                + " none: use {random:8}",
                        "selectord.yaml:15:15: warning: policies.default.selector: a domain never has a selector twice, so"
                                + " while its date says the same no second key is made, not even by rotate now: use"
                                + " {random:8} or {sequence}",
                        "selectord.yaml:17:17: error: unknown key domains.example.org.polcy: did you mean policy?");
    }

    @Test
    void aFileThatIsNotThereOrNoTextIsSaid() throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        Path absent = directory.resolve("absent.yaml");
        assertThat(ConfigFiles.reader().read(absent).problems())
                .hasToString("[" + absent + ":1:1: error: there is no such file]");
        Files.write(files.main(), new byte[] {'a', ':', (byte) 0xff});
        assertThat(ConfigFiles.reader().read(files.main()).problems())
                .hasToString("[" + files.main() + ":1:1: error: this is no UTF-8 text]");
    }

    @Test
    void noSecretIsQuotedWhereverItWasWritten() throws IOException {
        List<String> places = List.of(
                "keystore: {passphrase: %s}",
                "keystore: {passphrase: [%s]}",
                "keystore: {passphrase: {%s: 1}}",
                "keystore: {passphrase: \"${%s}\"}",
                "keystore: {passphrase: \"${env:%s\"}",
                "keystore: {passphrase: %s",
                "keystore: {passphrase: \"%s}",
                "keystore: {passphrase: *%s}",
                "keystore: {passphrase: @%s}",
                "dns: {main: {primaries: [192.0.2.1], tsig: %s}}",
                "dns: {main: {primaries: [192.0.2.1], tsig: /%s}}",
                "dns: {main: {primaries: [192.0.2.1], tsig: {name: k, secret: %s}}}",
                "dns: {main: {primaries: [192.0.2.1], tsig: {name: k, secret: [%s, %s]}}}",
                "registry: {url: \"jdbc:postgresql://u:%s@db/x\"}",
                "registry: {url: \"jdbc:mysql://u:%s@db/x\"}");
        for (String place : places) {
            List<String> said = new ConfigFiles(directory)
                    .with(place.replace("%s", ConfigFiles.SECRET))
                    .problems();
            assertThat(said)
                    .as(place)
                    .isNotEmpty()
                    .noneMatch(text -> text.contains(ConfigFiles.SECRET.substring(0, 8)));
        }
    }

    @Test
    void noSecretBehindAReferenceIsQuoted() throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        files.secretFile("bad", "-----" + ConfigFiles.SECRET + "*\n" + ConfigFiles.SECRET + "\n", "rw-------");
        List<String> said = files.with("keystore: {passphrase: \"${file:bad}\"}")
                .with(
                        "dns: {a: {primaries: [192.0.2.1], tsig: {name: k, secret: \"${file:bad}\"}}, b: {primaries: [192.0.2.1], tsig: bad}}")
                .with("domains: {}")
                .problems();

        assertThat(said).hasSize(3).noneMatch(text -> text.contains(ConfigFiles.SECRET.substring(0, 8)));
    }
}
