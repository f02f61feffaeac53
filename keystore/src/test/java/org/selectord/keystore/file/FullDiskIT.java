package org.selectord.keystore.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/** On a real file system with no room left, which only root can make. */
class FullDiskIT {
    private static final PrivateKeyPem KEY = PrivateKeyPem.of(TestKeyPairs.rsa2048());
    private static final PrivateKeyPem OTHER_KEY = PrivateKeyPem.of(TestKeyPairs.rsa2048());

    @TempDir
    private Path above;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mountASmallDisk() throws Exception {
        if (new UnixSystem().getUid() != 0) {
            skip("only root can mount a small disk to fill");
        }
        disk = Files.createDirectory(above.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", disk.toString()) == 0;
        if (!mounted) {
            skip("this machine lets root mount nothing (a container?)");
        }
    }

    private static void skip(String why) {
        System.err.println("skipped: FullDiskIT: " + why);
        abort("skipped: " + why);
    }

    @AfterEach
    void unmountIt() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    @Test
    void aFullDiskLosesNothingAndLeavesNothingHalfDone() throws Exception {
        FilePrivateKeyStore store = FilePrivateKeyStore.open(disk.resolve("keys"), passphrase());
        store.put(KEY);
        Path filler = disk.resolve("filler");
        fill(filler);

        assertThatThrownBy(() -> store.put(OTHER_KEY))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("could not store the private key")
                .hasMessageContaining("No space left on device");

        assertThat(store.list()).containsExactly(KEY.publicHalf().fingerprint());
        assertThat(store.read(KEY.publicHalf().fingerprint())).isEqualTo(KEY);
        try (Stream<Path> entries = Files.list(disk.resolve("keys"))) {
            assertThat(entries).hasSize(1);
        }

        Files.delete(filler);
        assertThat(store.read(store.put(OTHER_KEY))).isEqualTo(OTHER_KEY);
    }

    @Test
    void aKeyCanBeDestroyedOnAFullDisk() throws Exception {
        FilePrivateKeyStore store = FilePrivateKeyStore.open(disk.resolve("keys"), passphrase());
        store.put(KEY);
        fill(disk.resolve("filler"));

        store.destroy(KEY.publicHalf().fingerprint());

        assertThat(store.list()).isEmpty();
    }

    private static Passphrase passphrase() {
        return new Passphrase("correct horse battery staple".toCharArray());
    }

    private static void fill(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            assertThatThrownBy(() -> {
                        while (true) {
                            out.write(new byte[1024]);
                        }
                    })
                    .hasMessage("No space left on device");
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
