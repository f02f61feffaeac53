package org.selectord.signer.opendkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.bed.TestKey;

class KeyFilesTest {
    private static final TestKey KEY = TestKey.of("example.org", "s1", 1);

    @TempDir
    Path directory;

    private KeyFiles files() {
        return new KeyFiles(directory.resolve("keys"));
    }

    private Path write(TestKey key) throws IOException {
        files().write(key.domain(), key.selector(), key.pem());
        return files().file(key.domain(), key.selector());
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void aKeyIsItsOwnersOnlyInDirectoriesThatAreItsOwnersOnly() throws IOException {
        Path file = write(KEY);

        assertThat(file)
                .isEqualTo(directory.resolve("keys/example.org/s1.private"))
                .hasContent(KEY.pem().reveal());
        assertThat(mode(file)).isEqualTo("rw-------");
        assertThat(mode(directory.resolve("keys/example.org"))).isEqualTo("rwx------");
        assertThat(mode(directory.resolve("keys"))).isEqualTo("rwx------");
        try (Stream<Path> left = Files.list(directory.resolve("keys/example.org"))) {
            assertThat(left).as("no temporary file stays").containsExactly(file);
        }
    }

    @Test
    void theSameKeyAgainIsNoError() throws IOException {
        Path file = write(KEY);
        Object before = Files.getAttribute(file, "unix:ino");

        write(KEY);

        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(before);
    }

    @Test
    void otherContentIsNeverOverwritten() throws IOException {
        Path file = write(KEY);

        assertThatThrownBy(() -> write(KEY.impostor()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + " is there already and holds something else");
        assertThat(file).hasContent(KEY.pem().reveal());
    }

    @Test
    void aLinkInItsPlaceIsNotFollowed() throws IOException {
        Path file = files().file(KEY.domain(), KEY.selector());
        Path elsewhere =
                Files.writeString(directory.resolve("elsewhere"), KEY.pem().reveal());
        Files.createDirectories(directory.resolve("keys/example.org"));
        Files.createSymbolicLink(file, elsewhere);

        assertThatThrownBy(() -> write(KEY))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("holds something else than this key");
    }

    @Test
    void aKeyThatIsOpenToOthersIsRefused() throws IOException {
        Path file = write(KEY);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        assertThatThrownBy(() -> write(KEY)).hasMessageContaining("open to more than its owner");
    }

    @Test
    void whatACrashLeftHalfWrittenIsReplaced() throws IOException {
        Files.createDirectories(directory.resolve("keys/example.org"));
        Files.writeString(directory.resolve("keys/example.org/.s1.private.new"), "-----BEGIN");

        assertThat(write(KEY)).hasContent(KEY.pem().reveal());
    }

    @Test
    void deletedIsGoneAndAbsentAlreadyIsFine() throws IOException {
        Path file = write(KEY);

        files().delete(KEY.domain(), KEY.selector());
        files().delete(KEY.domain(), KEY.selector());

        assertThat(file).doesNotExist();
    }
}
