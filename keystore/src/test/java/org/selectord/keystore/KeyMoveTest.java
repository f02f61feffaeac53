package org.selectord.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.ProviderKeyPairSource;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.file.Passphrase;

class KeyMoveTest {
    private static final PrivateKeyPem[] KEYS = Stream.generate(() -> TestKeyPairs.edwards("Ed25519"))
            .limit(3)
            .map(PrivateKeyPem::of)
            .toArray(PrivateKeyPem[]::new);
    private static final Set<KeyFingerprint> NAMES =
            Stream.of(KEYS).map(KeyMoveTest::name).collect(Collectors.toSet());

    private final FakePrivateKeyStore from = new FakePrivateKeyStore().with(KEYS);
    private final FakePrivateKeyStore to = new FakePrivateKeyStore();

    @TempDir
    private Path above;

    private static int move(PrivateKeyStore from, PrivateKeyStore to) throws PrivateKeyStoreException {
        return new KeyMove(from, to, ProviderKeyPairSource.jdk(new SecureRandom())).run();
    }

    private static KeyFingerprint name(PrivateKeyPem key) {
        return key.publicHalf().fingerprint();
    }

    @Test
    void everyKeyGoesOverAndTheOldStoreIsEmpty() throws Exception {
        assertThat(move(from, to)).isEqualTo(3);

        assertThat(to.list()).isEqualTo(NAMES);
        assertThat(from.list()).isEmpty();
        assertThat(to.read(name(KEYS[0])).revealPkcs8()).isEqualTo(KEYS[0].revealPkcs8());
    }

    @Test
    void nothingLeavesTheOldStoreWhileOneKeyIsMissingInTheNewOne() {
        to.withVanishing(name(KEYS[1]));

        assertThatThrownBy(() -> move(from, to)).isInstanceOf(PrivateKeyAbsentException.class);

        assertThat(from.list()).isEqualTo(NAMES);
    }

    @Test
    void whatAnEarlierCallBroughtOverStays() throws Exception {
        to.with(KEYS[2]);

        assertThat(move(from, to)).isEqualTo(3);

        assertThat(to.list()).isEqualTo(NAMES);
        assertThat(from.list()).isEmpty();
    }

    @Test
    void aNewStoreThatTakesNothingChangesNothing() {
        to.full = true;

        assertThatThrownBy(() -> move(from, to)).hasMessageContaining("no space left");

        assertThat(from.list()).isEqualTo(NAMES);
    }

    @Test
    void oneStoreUnderTwoNamesLosesNothing() throws Exception {
        Path directory = above.resolve("keys");
        Passphrase passphrase = new Passphrase("correct horse".toCharArray());
        FilePrivateKeyStore one = FilePrivateKeyStore.open(directory, passphrase);
        one.put(KEYS[0]);
        Path link = Files.createSymbolicLink(above.resolve("link"), directory);
        FilePrivateKeyStore other = FilePrivateKeyStore.open(link, passphrase);

        assertThatThrownBy(() -> move(one, other))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("are one and the same; nothing was moved");

        assertThat(one.list()).containsExactly(name(KEYS[0]));
    }

    @Test
    void goesBetweenFilesUnderTwoPassphrases() throws Exception {
        FilePrivateKeyStore old =
                FilePrivateKeyStore.open(above.resolve("old"), new Passphrase("correct horse".toCharArray()));
        FilePrivateKeyStore next =
                FilePrivateKeyStore.open(above.resolve("new"), new Passphrase("battery staple".toCharArray()));
        old.put(KEYS[0]);

        assertThat(move(old, next)).isEqualTo(1);

        assertThat(old.list()).isEmpty();
        assertThat(next.read(name(KEYS[0]))).isEqualTo(KEYS[0]);
    }
}
