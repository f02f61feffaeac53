package org.selectord.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.admin.AdminTokens;
import org.selectord.dnsupdate.TsigKeyFile;
import org.selectord.dnsupdate.bed.Peers;

/** The commands of README.md, run as they stand there, but for the owners of files. */
class ReadmeIT {
    @TempDir
    private Path root;

    private Readme readme;

    @BeforeEach
    void readIt() throws IOException {
        readme = new Readme(root);
        Files.createDirectories(root.resolve("etc/selectord"));
        Files.createDirectories(root.resolve("etc/bind"));
    }

    @Test
    void itsTsigKeyIsReadBySelectordAndItsZoneByNamed() throws Exception {
        Peers.require("tsig-keygen", "named-checkconf");
        run(command("tsig-keygen"));
        assertThat(TsigKeyFile.read(root.resolve("etc/selectord/tsig.key")).keys())
                .singleElement()
                .satisfies(key -> assertThat(key.name()).hasToString("selectord."));

        Path conf = Files.writeString(root.resolve("named.conf"), readme.block("named"));
        run("named-checkconf " + conf);
    }

    @Test
    void itsTokenIsOneThatTheDaemonTakes() throws Exception {
        Peers.require("openssl");
        run(command("openssl"));
        assertThatCode(() -> AdminTokens.read(root.resolve("etc/selectord/tokens")))
                .doesNotThrowAnyException();
        assertThat(root.resolve("etc/selectord/keystore.pass")).isNotEmptyFile();
    }

    private String command(String program) {
        return readme.blocks("sh").stream()
                .filter(block -> block.startsWith(program))
                .findFirst()
                .orElseThrow()
                .replaceAll(" -o \\w+ -g \\w+", "");
    }

    private static void run(String script) throws IOException, InterruptedException {
        Process shell = new ProcessBuilder("bash", "-euo", "pipefail", "-c", script)
                .redirectErrorStream(true)
                .start();
        String said = new String(shell.getInputStream().readAllBytes(), UTF_8);
        assertThat(shell.waitFor()).as(said).isZero();
    }
}
