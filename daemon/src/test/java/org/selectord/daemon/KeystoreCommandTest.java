package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.KeyFingerprint;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.file.Passphrase;
import org.selectord.registry.RegistrySettings;
import org.selectord.registry.SqlKeyRegistry;
import org.selectord.rotation.FleetSettings;
import picocli.CommandLine;

/** What can be done to a whole keystore, as the daemon's own program does it. */
class KeystoreCommandTest {
    private static final String OLD = "correct horse";
    private static final String NEW = "battery staple";

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private KeyFingerprint key;

    @TempDir
    private Path directory;

    @BeforeEach
    void configure() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        secret("old.pass", OLD);
        secret("new.pass", NEW);
        secret("tsig.key", "key k { algorithm hmac-sha256; secret c2VsZWN0b3JkIHNlY3JldCBzZWxlY3RvcmQgc2VjcmV0; };");
        configuration("selectord.yaml", "keys", "old.pass");
        key = store("keys", OLD)
                .put(PrivateKeyPem.of(KeyPairGenerator.getInstance("Ed25519").generateKeyPair()));
    }

    private void secret(String name, String content) throws Exception {
        Path file = Files.writeString(directory.resolve(name), content + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private void configuration(String name, String keys, String passphrase) throws Exception {
        Files.writeString(directory.resolve(name), """
                registry: {url: "jdbc:sqlite:registry.db"}
                keystore: {directory: %s, passphrase: "${file:%s}"}
                dns: {main: {primaries: ["192.0.2.1:53"], tsig: tsig.key}}
                signers: {opendkim: {type: opendkim, reload: [reload], probe: "inet:8891@127.0.0.1"}}
                """.formatted(keys, passphrase));
    }

    private FilePrivateKeyStore store(String name, String passphrase) throws PrivateKeyStoreException {
        return FilePrivateKeyStore.open(directory.resolve(name), new Passphrase(passphrase.toCharArray()));
    }

    private int run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        PrintStream here = new PrintStream(printed, true, StandardCharsets.UTF_8);
        System.setOut(here);
        System.setErr(here);
        try {
            return new CommandLine(new Main()).execute(arguments);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private int rekey() {
        return run("keystore", "rekey", path("selectord.yaml"), "--new-passphrase-file", path("new.pass"));
    }

    private int move() {
        return run("keystore", "move", path("selectord.yaml"), "--to", path("other.yaml"));
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void rekeyPutsEveryKeyUnderTheNewPassphraseAndSaysWhatToDoThen() throws Exception {
        assertThat(rekey()).as(this::printed).isZero();

        assertThat(store("keys", NEW).readPublic(key).fingerprint()).isEqualTo(key);
        assertThat(printed())
                .contains("1 keys in " + path("keys") + " are under the new passphrase now, 0 were before")
                .contains("put the new passphrase to where keystore.passphrase says it is, then start selectord")
                .doesNotContain(OLD, NEW);
    }

    @Test
    void nothingIsDoneWhileADaemonHoldsTheRegistry() throws Exception {
        configuration("other.yaml", "other", "new.pass");
        RegistrySettings settings = RegistrySettings.of("jdbc:sqlite:" + path("registry.db"));
        try (SqlKeyRegistry daemon = SqlKeyRegistry.open(settings, () -> FleetSettings.DEFAULT)) {
            daemon.probe();
            assertThat(rekey()).isOne();
            assertThat(move()).isOne();
        }

        assertThat(printed()).contains("another selectord (this process) works with the registry");
        assertThat(store("keys", OLD).list()).containsExactly(key);
        assertThat(store("keys", OLD).readPublic(key).fingerprint()).isEqualTo(key);
    }

    @Test
    void aPassphraseFileThatOthersMayReadIsRefused() throws Exception {
        Files.setPosixFilePermissions(directory.resolve("new.pass"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(rekey()).isOne();

        assertThat(printed()).contains("new.pass may be read or changed by others");
        assertThat(store("keys", OLD).readPublic(key).fingerprint()).isEqualTo(key);
    }

    @Test
    void aFileThatOpensWithNeitherPassphraseIsNamed() throws Exception {
        Path damaged = directory.resolve("keys").resolve("ab".repeat(32) + ".pem");
        Files.copy(directory.resolve("keys").resolve(key + ".pem"), damaged);
        Files.setPosixFilePermissions(damaged, PosixFilePermissions.fromString("rw-------"));

        assertThat(rekey()).isOne();

        assertThat(printed())
                .contains("left as it is, under neither passphrase that we know: " + damaged + " holds another key")
                .contains("mend that, and run this again");
    }

    @Test
    void moveBringsEveryKeyToTheKeystoreOfTheOtherFile() throws Exception {
        configuration("other.yaml", "other", "new.pass");

        assertThat(move()).as(this::printed).isZero();

        assertThat(store("other", NEW).list()).containsExactly(key);
        assertThat(store("keys", OLD).list()).isEmpty();
        assertThat(printed()).contains("1 keys are in the keystore of " + path("other.yaml") + " now");
    }

    @Test
    void moveIntoTheKeystoreOfAnotherRegistryLosesNothing() throws Exception {
        configuration("other.yaml", "other", "new.pass");
        FilePrivateKeyStore.open(directory.resolve("other"), new Passphrase(NEW.toCharArray()), "0123456789abcdef");

        assertThat(move()).isOne();

        assertThat(printed())
                .contains("the keystore " + path("other") + " holds the keys of another registry, 0123456789abcdef");
        assertThat(store("keys", OLD).list()).containsExactly(key);
    }

    @Test
    void moveWithinOneKeystoreLosesNothing() throws Exception {
        configuration("other.yaml", "keys", "old.pass");

        assertThat(move()).isOne();

        assertThat(printed()).contains("are one and the same; nothing was moved");
        assertThat(store("keys", OLD).list()).containsExactly(key);
    }

    @Test
    void nothingIsDoneByAConfigurationThatIsNotSound() throws Exception {
        Files.writeString(directory.resolve("other.yaml"), "keystore: {}\n");

        assertThat(move()).isOne();

        assertThat(printed())
                .contains(
                        "nothing was done, for " + path("other.yaml") + " is not sound:",
                        "keystore.passphrase is missing");
        assertThat(store("keys", OLD).list()).containsExactly(key);
    }
}
