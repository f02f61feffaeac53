package org.selectord.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.KeyRecord;
import org.selectord.key.TestKeyPairs;

/** A verifier of others, given the record that we would publish, accepts what our Ed25519 key signs. */
class DkimpyIT {
    private static final String SCRIPT = """
            import dkim, sys
            record, file = sys.argv[1:]
            verifies = dkim.verify(open(file, "rb").read(), dnsfunc=lambda name, timeout=5: record.encode())
            print("verifies" if verifies else "does not verify")
            """;
    private static final String TAGS = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=football.example.com; s=s1;"
            + " h=from:to:subject:date:message-id;";

    @TempDir
    private Path directory;

    @BeforeAll
    static void dkimpyIsInstalled() throws Exception {
        if (!run("import dkim, nacl.signing").isEmpty()) {
            String skipped = "skipped: not found: /usr/bin/python3 with dkim and nacl";
            if ("true".equals(System.getenv("SELECTORD_REQUIRE_PEERS"))) {
                throw new IllegalStateException(skipped);
            }
            System.err.println(skipped);
            abort(skipped);
        }
    }

    @Test
    void dkimpyAcceptsWhatANewEd25519KeySignsAndNothingElse() throws Exception {
        PrivateKeyPem key = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));
        PrivateKeyPem other = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));
        String signed = Ed25519Mail.OF_THE_RFC.signed(key, TAGS);

        assertThat(verified(key, signed)).isEqualTo("verifies\n");
        assertThat(verified(other, signed)).isEqualTo("does not verify\n");
        assertThat(verified(key, signed.replace("dinner", "supper"))).isEqualTo("does not verify\n");
    }

    private String verified(PrivateKeyPem key, String message) throws Exception {
        Path file = Files.writeString(directory.resolve("message.eml"), message);
        return run(SCRIPT, KeyRecord.of(key.publicHalf()).text(), file.toString());
    }

    private static String run(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-c", script));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream output = process.getInputStream()) {
            return new String(output.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
