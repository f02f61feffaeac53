package org.selectord.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.selectord.admin.RunningAdmin.line;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminTokensTest {
    private static final String DIGITS = "0123456789abcdef".repeat(4);

    @TempDir
    Path directory;

    Path file;

    @BeforeEach
    void name() {
        file = directory.resolve("tokens");
    }

    private void write(String... lines) throws Exception {
        Files.write(file, List.of(lines));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private List<String> problems() {
        return catchThrowableOfType(AdminTokensException.class, () -> AdminTokens.read(file))
                .problems();
    }

    @Test
    void eachTokenHasItsNameAndRole() throws Exception {
        write(
                "# who may ask",
                "",
                line("monitor", "read", "m"),
                "   " + line("ops@example.org", "operate", "o") + "  ",
                line("root", "admin", "r"));
        AdminTokens tokens = AdminTokens.read(file);
        assertThat(tokens.count()).isEqualTo(3);
        assertThat(tokens.holderOf("o")).hasValueSatisfying(token -> {
            assertThat(token.name()).isEqualTo("ops@example.org");
            assertThat(token.role()).isEqualTo(Role.OPERATE);
        });
        assertThat(tokens.holderOf("m")).map(AdminToken::role).hasValue(Role.READ);
        assertThat(tokens.holderOf("r")).map(AdminToken::role).hasValue(Role.ADMIN);
        assertThat(tokens.holderOf("x")).isEmpty();
        assertThat(tokens.holderOf("")).isEmpty();
    }

    @Test
    void aDigestIsWhatSha256sumPrints() throws Exception {
        // printf %s abc | sha256sum, FIPS 180-2 appendix B.1
        write("ops read sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(AdminTokens.read(file).holderOf("abc")).isPresent();
    }

    @Test
    void everyProblemIsSaidWithItsLineAndNoTokenIsRepeated() throws Exception {
        write(
                line("a", "read", "1"),
                "b operate",
                "c root sha256:" + DIGITS,
                "d read my-secret-token",
                line("a", "admin", "2"),
                line("e", "admin", "1"),
                "f!g read sha256:" + DIGITS.toUpperCase(java.util.Locale.ROOT));
        List<String> problems = problems();
        assertThat(problems).hasSize(7);
        assertThat(problems.get(0)).startsWith(file + ":2: ").contains("2 words");
        assertThat(problems.get(1))
                .startsWith(file + ":3: ")
                .contains("\"root\"")
                .contains("read, operate and admin");
        assertThat(problems.get(2)).startsWith(file + ":4: ").contains("sha256:");
        assertThat(problems.get(3)).startsWith(file + ":5: ").contains("line 1");
        assertThat(problems.get(4))
                .startsWith(file + ":6: ")
                .contains("same token")
                .contains("line 1");
        assertThat(problems.get(5)).startsWith(file + ":7: ").contains("name");
        assertThat(problems.get(6)).startsWith(file + ":7: ").contains("lower-case");
        assertThat(String.join(" ", problems)).doesNotContain("my-secret-token");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw----", "rw-r--r--", "rw----r--", "rw-----w-", "rw------x"})
    void aFileThatOthersMayReadOrWriteIsRefused(String permissions) throws Exception {
        write(line("a", "read", "1"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        assertThat(problems()).singleElement().asString().contains(permissions).contains("chmod");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "r--------", "rw-r-----"})
    void aFileThatOnlyItsOwnerMayWriteIsTaken(String permissions) throws Exception {
        write(line("a", "read", "1"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        assertThat(AdminTokens.read(file).count()).isOne();
    }

    @Test
    void aMissingFileIsSaidWithHowToMakeOne() {
        assertThat(problems()).singleElement().asString().contains("not there").contains("sha256sum");
    }

    @Test
    void aFileThatIsNoTextIsSaid() throws Exception {
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(problems()).singleElement().asString().contains("UTF-8");
    }
}
