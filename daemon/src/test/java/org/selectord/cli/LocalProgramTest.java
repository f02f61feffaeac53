package org.selectord.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A script stands in for the program selectord: what is shown is what it is called with and that its exit code comes through. */
class LocalProgramTest {
    @TempDir
    private Path home;

    @BeforeEach
    void installProgram() throws IOException {
        Path program = Files.createDirectory(home.resolve("bin")).resolve("selectord");
        Files.writeString(program, "#!/bin/sh\necho \"$@\" > " + home.resolve("called") + "\nexit 7\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        System.setProperty(LocalProgram.HOME, home.toString());
    }

    @AfterEach
    void forgetHome() {
        System.clearProperty(LocalProgram.HOME);
    }

    private static int run(String... arguments) {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return Selectorctl.run(arguments, Map.of(), nowhere, nowhere, InstantSource.system());
    }

    @Test
    void itRunsSelectordBesideItAndEndsAsThatDid() {
        assertThat(run("check-config", "some.yaml")).isEqualTo(7);
        assertThat(home.resolve("called")).hasContent("check-config some.yaml");
    }

    @Test
    void optionsArePassedOn() {
        assertThat(run("check-config", "some.yaml", "--json", "--offline")).isEqualTo(7);
        assertThat(home.resolve("called")).hasContent("check-config some.yaml --json --offline");
    }

    @Test
    void keystoreCommandsAreItsToo() {
        assertThat(run("keystore", "rekey", "some.yaml", "--new-passphrase-file", "new.pass"))
                .isEqualTo(7);
        assertThat(home.resolve("called")).hasContent("keystore rekey some.yaml --new-passphrase-file new.pass");
        assertThat(run("keystore", "move", "some.yaml", "--to", "other.yaml")).isEqualTo(7);
        assertThat(home.resolve("called")).hasContent("keystore move some.yaml --to other.yaml");
    }
}
