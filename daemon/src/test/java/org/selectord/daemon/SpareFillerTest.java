package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.ProviderKeyPairSource;
import org.selectord.keystore.SpareKeys;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.file.Passphrase;

class SpareFillerTest {
    @TempDir
    private Path above;

    @Test
    void makesWhatThePlanAsksForAsFarAsTheConfigurationLetsIt() throws Exception {
        FilePrivateKeyStore store =
                FilePrivateKeyStore.open(above.resolve("keys"), new Passphrase("correct horse".toCharArray()));
        SpareKeys spares = new SpareKeys(store, ProviderKeyPairSource.jdk(new SecureRandom()));
        Map<KeyAlgorithm, Integer> asked = Map.of(KeyAlgorithm.ED25519, 5, KeyAlgorithm.RSA_2048, 1);

        new SpareFiller(spares, period -> asked, name -> false, () -> 3).fill();

        assertThat(spares.count(KeyAlgorithm.ED25519)).isEqualTo(3);
        assertThat(spares.count(KeyAlgorithm.RSA_2048)).isEqualTo(1);
        assertThat(store.list()).hasSize(4);
    }

    @Test
    void itsThreadGivesWayToAllOthers() throws Exception {
        CompletableFuture<String> stat = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            LowPriority.ofThisThread();
            try {
                stat.complete(Files.readString(Path.of("/proc/thread-self/stat")));
            } catch (IOException e) {
                stat.completeExceptionally(e);
            }
        });
        thread.start();

        assertThat(niceness(stat.get())).isEqualTo("19");
        assertThat(niceness(Files.readString(Path.of("/proc/thread-self/stat"))))
                .isNotEqualTo("19");
    }

    /** proc(5): the nineteenth field; the second one may hold spaces, and ends in a bracket. */
    private static String niceness(String stat) {
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19 - 3];
    }
}
