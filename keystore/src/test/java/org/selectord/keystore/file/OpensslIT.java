package org.selectord.keystore.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.PrivateKeyPem;

/** An operator whose selectord is gone needs nothing but openssl and the passphrase to get at the keys. */
class OpensslIT {
    private static final PrivateKeyPem KEY = PrivateKeyPem.of(TestKeyPairs.rsa2048());
    private static final PrivateKeyPem ED25519 = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));

    @TempDir
    private Path above;

    @BeforeAll
    static void opensslIsInstalled() throws Exception {
        try {
            new ProcessBuilder("openssl", "version").start().waitFor();
        } catch (IOException e) {
            if ("true".equals(System.getenv("SELECTORD_REQUIRE_PEERS"))) {
                throw e;
            }
            System.err.println("skipped: openssl not found");
            abort("skipped: openssl not found");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"correct horse battery staple", "p\u00e4ssw\u00f6rd \u20ac \ud83d\udd11", "x"})
    void opensslReadsTheFile(String passphrase) throws Exception {
        opensslReads(KEY, passphrase);
    }

    @Test
    void opensslReadsTheFileOfAnEd25519Key() throws Exception {
        opensslReads(ED25519, "correct horse battery staple");
    }

    private void opensslReads(PrivateKeyPem key, String passphrase) throws Exception {
        Path file = stored(key, passphrase);
        Path passphraseFile = Files.writeString(above.resolve("pass"), passphrase + "\n");

        byte[] publicHalf = openssl(
                "pkey", "-in", file.toString(), "-passin", "file:" + passphraseFile, "-pubout", "-outform", "DER");
        byte[] privateHalf = openssl("pkey", "-in", file.toString(), "-passin", "file:" + passphraseFile, "-check");

        assertThat(publicHalf).isEqualTo(key.publicHalf().subjectPublicKeyInfo());
        assertThat(new String(privateHalf, UTF_8)).startsWith("Key is valid\n");
        assertThat(new PrivateKeyPem(new String(privateHalf, UTF_8).replaceFirst("Key is valid\n", "")))
                .isEqualTo(key);
    }

    @Test
    void theFileIsEncryptedAsItsDocumentationSays() throws Exception {
        Path file = stored(KEY, "correct horse battery staple");

        String structure = new String(openssl("asn1parse", "-in", file.toString()), UTF_8);

        assertThat(structure)
                .contains(":PBES2", ":PBKDF2", ":hmacWithSHA256", ":aes-256-cbc")
                .contains("INTEGER           :" + "%06X".formatted(PemEncryption.PBKDF2_ITERATIONS));
    }

    static Stream<PrivateKeyPem> keys() {
        return Stream.of(KEY, ED25519);
    }

    @ParameterizedTest
    @MethodSource("keys")
    void aFileThatOpensslEncryptedCanBeRead(PrivateKeyPem key) throws Exception {
        Path file = stored(key, "correct horse battery staple");
        Path passphraseFile = Files.writeString(above.resolve("pass"), "correct horse battery staple\n");
        Path plain = Files.writeString(above.resolve("plain"), key.reveal());
        byte[] encrypted = openssl(
                "pkcs8", "-topk8", "-in", plain.toString(), "-passout", "file:" + passphraseFile, "-v2", "aes-256-cbc");

        Files.write(file, encrypted);

        assertThat(open("correct horse battery staple").read(key.publicHalf().fingerprint()))
                .isEqualTo(key);
    }

    @Test
    void anEd25519KeyThatOpensslMadeCanBeRead() throws Exception {
        byte[] made = openssl("genpkey", "-algorithm", "ed25519");

        PrivateKeyPem read = new PrivateKeyPem(new String(made, UTF_8));

        assertThat(read.reveal()).isEqualTo(new String(made, UTF_8));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void opensslReadsAKeyAsWePrintIt(PrivateKeyPem key) throws Exception {
        Path plain = Files.writeString(above.resolve("plain"), key.reveal());

        assertThat(openssl("pkey", "-in", plain.toString(), "-pubout", "-outform", "DER"))
                .isEqualTo(key.publicHalf().subjectPublicKeyInfo());
    }

    private Path stored(PrivateKeyPem key, String passphrase) throws Exception {
        return above.resolve("keys").resolve(open(passphrase).put(key) + ".pem");
    }

    private FilePrivateKeyStore open(String passphrase) throws Exception {
        return FilePrivateKeyStore.open(above.resolve("keys"), new Passphrase(passphrase.toCharArray()));
    }

    private byte[] openssl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Path errors = above.resolve("errors");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        byte[] output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).as(() -> read(errors)).isZero();
        return output;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
