package org.selectord.keystore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyRecord;

/** Private halves as the programs themselves write them, taken for what those programs say is their public half. */
class ForeignKeyIT {
    private static final Optional<char[]> NO_PASSPHRASE = Optional.empty();
    private static final char[] PASSPHRASE = "correct horse".toCharArray();
    /** What the key's record has as its {@code p=}, where no program has written one. */
    private static final String RECORD =
            "; openssl pkey -in key -pubout -outform DER 2>/dev/null | openssl base64 -A >public";

    @TempDir
    private Path directory;

    @BeforeAll
    static void thePeersAreInstalled() throws Exception {
        for (String peer : new String[] {"openssl", "opendkim-genkey", "rspamadm", "dknewkey"}) {
            if (new ProcessBuilder("bash", "-c", "PATH=$PATH:/usr/sbin command -v " + peer + " >/dev/null")
                            .start()
                            .waitFor()
                    != 0) {
                String skipped = "skipped: " + peer + " not found";
                if ("true".equals(System.getenv("SELECTORD_REQUIRE_PEERS"))) {
                    throw new IllegalStateException(skipped);
                }
                System.err.println(skipped);
                abort(skipped);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            PKCS#1 PEM           | RSA_2048 | openssl genrsa -traditional -out key 2048
            PKCS#8 PEM           | RSA_3072 | openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out key
            PKCS#8 PEM, small    | RSA_1024 | openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key
            behind other things  | RSA_2048 | openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout k -out c; cat c k >key
            opendkim-genkey      | RSA_2048 | opendkim-genkey -b 2048 -s s; mv s.private key
            rspamadm             | RSA_2048 | rspamadm dkim_keygen -b 2048 -k key
            dknewkey             | RSA_2048 | dknewkey k; mv k.key key
            """)
    void takesAPemFile(String form, KeyAlgorithm algorithm, String command) throws Exception {
        run(command + RECORD);

        assertTaken(algorithm, NO_PASSPHRASE);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            PKCS#8 DER             | RSA_2048 | openssl pkcs8 -topk8 -nocrypt -in pem -outform DER -out key
            PKCS#1 DER             | RSA_2048 | openssl rsa -traditional -in pem -outform DER -out key
            PKCS#8 DER in base64   | RSA_2048 | openssl base64 -out key < <(openssl pkcs8 -topk8 -nocrypt -in pem -outform DER)
            rspamd's base64 DER    | RSA_2048 | openssl base64 -A -out key < <(openssl rsa -traditional -in pem -outform DER)
            """)
    void takesDer(String form, KeyAlgorithm algorithm, String command) throws Exception {
        run("openssl genrsa -out pem 2048; " + command + RECORD.replace("-in key", "-in pem"));

        assertTaken(algorithm, NO_PASSPHRASE);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            PKCS#8 PEM             | openssl pkcs8 -topk8 -v2 aes-256-cbc -passout file:pass -in pem -out key
            PKCS#8 PEM, scrypt     | openssl pkcs8 -topk8 -scrypt -passout file:pass -in pem -out key
            PKCS#8 PEM, 3DES       | openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout file:pass -in pem -out key
            PKCS#8 DER             | openssl pkcs8 -topk8 -passout file:pass -in pem -outform DER -out key
            PKCS#1 PEM             | openssl rsa -traditional -aes256 -passout file:pass -in pem -out key
            """)
    void takesAnEncryptedFileByItsPassphraseOnly(String form, String command) throws Exception {
        Files.writeString(directory.resolve("pass"), new String(PASSPHRASE) + "\n");
        run("openssl genrsa -out pem 2048; " + command + RECORD.replace("-in key", "-in pem"));

        assertTaken(KeyAlgorithm.RSA_2048, Optional.of(PASSPHRASE));
        assertRefused(NO_PASSPHRASE, "this private key is encrypted, and no passphrase for it was given");
        assertRefused(Optional.of("another".toCharArray()), "its passphrase is another one, or it is damaged");
    }

    @Test
    void takesAnEd25519KeyOfOpenssl() throws Exception {
        run("openssl genpkey -algorithm ed25519 -out key" + RECORD.replace("| openssl", "| tail -c 32 | openssl"));

        assertTaken(KeyAlgorithm.ED25519, NO_PASSPHRASE);
    }

    @Test
    void takesAnEd25519SeedWithItsPublicHalfAsRspamadmWritesIt() throws Exception {
        run("rspamadm dkim_keygen -t ed25519 -k key | grep -o 'p=[^\"]*' | cut -c3- >public");

        assertTaken(KeyAlgorithm.ED25519, NO_PASSPHRASE);
    }

    @Test
    void takesAnEd25519SeedAsDknewkeyWritesIt() throws Exception {
        run("dknewkey --ktype ed25519 k; mv k.key key; sed 's/.*p=//' k.dns >public");

        assertTaken(KeyAlgorithm.ED25519, NO_PASSPHRASE);
    }

    private void assertTaken(KeyAlgorithm algorithm, Optional<char[]> passphrase) throws Exception {
        PrivateKeyPem key = ForeignKey.read(file(), passphrase);

        assertThat(key.publicHalf().algorithm()).isEqualTo(algorithm);
        assertThat(KeyRecord.of(key.publicHalf()).text())
                .endsWith("p=" + Files.readString(directory.resolve("public")).strip());
    }

    private void assertRefused(Optional<char[]> passphrase, String why) throws Exception {
        byte[] file = file();
        assertThatThrownBy(() -> ForeignKey.read(file, passphrase))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why)
                .hasNoCause();
    }

    private byte[] file() throws Exception {
        return Files.readAllBytes(directory.resolve("key"));
    }

    private void run(String command) throws Exception {
        Process process = new ProcessBuilder("bash", "-c", "set -e; PATH=$PATH:/usr/sbin; " + command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
