package org.selectord.keystore.file;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.file.FilePrivateKeyStore.Rekeyed;

class RekeyTest {
    private static final Passphrase OLD = new Passphrase("correct horse".toCharArray());
    private static final Passphrase NEW = new Passphrase("battery staple".toCharArray());
    private static final PrivateKeyPem ONE = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));
    private static final PrivateKeyPem TWO = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));

    @TempDir
    private Path above;

    @BeforeEach
    void putTwo() throws Exception {
        open(OLD).put(ONE);
        open(OLD).put(TWO);
    }

    private FilePrivateKeyStore open(Passphrase passphrase) throws PrivateKeyStoreException {
        return FilePrivateKeyStore.open(above.resolve("keys"), passphrase);
    }

    private static KeyFingerprint name(PrivateKeyPem key) {
        return key.publicHalf().fingerprint();
    }

    private Path file(PrivateKeyPem key) {
        return above.resolve("keys").resolve(name(key) + ".pem");
    }

    @Test
    void everyKeyIsUnderTheNewPassphraseAndNoneUnderTheOld() throws Exception {
        assertThat(open(OLD).rekey(NEW)).isEqualTo(new Rekeyed(2, 0, List.of()));

        assertThat(open(NEW).read(name(ONE))).isEqualTo(ONE);
        assertThat(open(NEW).read(name(TWO))).isEqualTo(TWO);
        assertThatThrownBy(() -> open(OLD).read(name(ONE))).isInstanceOf(PrivateKeyDamagedException.class);
        try (Stream<Path> entries = Files.list(above.resolve("keys"))) {
            assertThat(entries).hasSize(2);
        }
    }

    @Test
    void aCallThatWasCutOffIsRepeated() throws Exception {
        FilePrivateKeyStore.open(above.resolve("half"), NEW).put(ONE);
        Files.write(file(ONE), Files.readAllBytes(above.resolve("half").resolve(name(ONE) + ".pem")));

        assertThat(open(OLD).rekey(NEW)).isEqualTo(new Rekeyed(1, 1, List.of()));

        assertThat(open(NEW).read(name(ONE))).isEqualTo(ONE);
        assertThat(open(NEW).read(name(TWO))).isEqualTo(TWO);
    }

    @Test
    void aFileThatNeitherPassphraseOpensIsNamedAndLeftAsItIs() throws Exception {
        Files.write(file(ONE), "damaged".getBytes(US_ASCII));

        assertThat(open(OLD).rekey(NEW))
                .satisfies(rekeyed -> assertThat(rekeyed.anew()).isOne())
                .satisfies(rekeyed -> assertThat(rekeyed.left())
                        .singleElement()
                        .asString()
                        .contains("could not decrypt " + file(ONE), "restore it from a backup or move it away"));

        assertThat(file(ONE)).hasContent("damaged");
    }

    @Test
    void aFileThatIsOpenToOthersIsLeftAndTheWayOutIsSaid() throws Exception {
        Files.setPosixFilePermissions(file(ONE), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(open(OLD).rekey(NEW).left())
                .singleElement()
                .asString()
                .contains("others may get at private keys; run: chmod 0600 " + file(ONE));
    }

    @Test
    void aWrongOldPassphraseChangesNothing() throws Exception {
        assertThat(open(new Passphrase("x".toCharArray())).rekey(NEW).left()).hasSize(2);

        assertThat(open(OLD).read(name(ONE))).isEqualTo(ONE);
    }

    /** The file that was replaced is seen through a second name, as a disk would keep it. */
    @Test
    void whatAReplacedFileHeldIsOverwritten() throws Exception {
        Path secondName = Files.createLink(above.resolve("second-name"), file(ONE));
        long size = Files.size(secondName);

        open(OLD).rekey(NEW);

        assertThat(Files.readAllBytes(secondName)).isEqualTo(new byte[(int) size]);
    }
}
