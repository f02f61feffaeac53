package org.selectord.keystore.file;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.PrivateKeyPem;

/** A process that puts and destroys keys without pause is killed at a random moment; what it had said before holds. */
class KilledStoreIT {
    @TempDir
    private Path above;

    @RepeatedTest(4)
    void whatWasSaidBeforeTheKillHoldsAndNothingHalfDoneCounts(RepetitionInfo repetition) throws Exception {
        Path keys = above.resolve("keys");
        List<String> said = killed(Restless.class, keys, new Random(repetition.getCurrentRepetition()).nextInt(1500));
        Set<KeyFingerprint> stored = named("+", said);
        Set<KeyFingerprint> destroyed = named("-", said);

        FilePrivateKeyStore store = FilePrivateKeyStore.open(keys, Restless.passphrase());

        Set<KeyFingerprint> missing = new TreeSet<>(stored);
        missing.removeAll(destroyed);
        missing.removeAll(store.list());
        assertThat(missing).isSubsetOf(named("~", last(said)));
        assertThat(store.list()).noneMatch(destroyed::contains);
        for (KeyFingerprint key : store.list()) {
            assertThat(store.readPublic(key).fingerprint()).isEqualTo(key);
        }
        try (Stream<Path> entries = Files.list(keys)) {
            assertThat(entries).hasSize(store.list().size());
        }
    }

    @RepeatedTest(4)
    void aRekeyThatIsKilledLeavesEveryKeyReadableUnderOneOfTheTwoPassphrases(RepetitionInfo repetition)
            throws Exception {
        Path keys = above.resolve("keys");
        killed(Rekeying.class, keys, new Random(repetition.getCurrentRepetition()).nextInt(3000));

        FilePrivateKeyStore store = FilePrivateKeyStore.open(keys, Restless.passphrase());
        Set<KeyFingerprint> names = store.list();
        FilePrivateKeyStore.Rekeyed rekeyed = store.rekey(Rekeying.other());

        assertThat(rekeyed.left()).isEmpty();
        assertThat(names).hasSize(Rekeying.KEYS);
        for (KeyFingerprint key : names) {
            assertThat(FilePrivateKeyStore.open(keys, Rekeying.other())
                            .readPublic(key)
                            .fingerprint())
                    .isEqualTo(key);
        }
        try (Stream<Path> entries = Files.list(keys)) {
            assertThat(entries).hasSize(names.size());
        }
    }

    /** What a process said until it was killed, so many milliseconds after it had stored its first key. */
    private List<String> killed(Class<?> victim, Path keys, int afterMillis) throws Exception {
        Path output = above.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        victim.getName(),
                        keys.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> Files.readString(output).contains("\n"));
            assertThat(process.waitFor(afterMillis, MILLISECONDS))
                    .as(() -> "it must not end by itself: " + content(output))
                    .isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
        return Files.readAllLines(output);
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static List<String> last(List<String> said) {
        return said.subList(Math.max(0, said.size() - 1), said.size());
    }

    private static Set<KeyFingerprint> named(String sign, List<String> said) {
        Set<KeyFingerprint> names = new TreeSet<>();
        said.stream()
                .filter(line -> line.startsWith(sign))
                .forEach(line -> names.add(new KeyFingerprint(line.substring(1))));
        return names;
    }

    /** The victim. Says {@code +} when a key has been stored, {@code ~} before it destroys one and {@code -} after. */
    static final class Restless {
        private Restless() {}

        public static void main(String[] arguments) throws Exception {
            FilePrivateKeyStore store = FilePrivateKeyStore.open(Path.of(arguments[0]), passphrase());
            for (int round = 1; true; round++) {
                KeyFingerprint key = store.put(PrivateKeyPem.of(TestKeyPairs.rsa2048()));
                System.out.println("+" + key);
                if (round % 3 == 0) {
                    System.out.println("~" + key);
                    store.destroy(key);
                    System.out.println("-" + key);
                }
            }
        }

        static Passphrase passphrase() {
            return new Passphrase("correct horse battery staple".toCharArray());
        }
    }

    /** Another victim, which goes from one passphrase to the other and back without end. */
    static final class Rekeying {
        static final int KEYS = 5;

        private Rekeying() {}

        public static void main(String[] arguments) throws Exception {
            Path keys = Path.of(arguments[0]);
            for (int i = 0; i < KEYS; i++) {
                FilePrivateKeyStore.open(keys, Restless.passphrase())
                        .put(PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519")));
            }
            System.out.println("begins");
            while (true) {
                FilePrivateKeyStore.open(keys, Restless.passphrase()).rekey(other());
                FilePrivateKeyStore.open(keys, other()).rekey(Restless.passphrase());
            }
        }

        static Passphrase other() {
            return new Passphrase("battery staple".toCharArray());
        }
    }
}
