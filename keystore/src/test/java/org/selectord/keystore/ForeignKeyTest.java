package org.selectord.keystore;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.key.TestKeyPairs;

class ForeignKeyTest {
    private static final KeyPair PAIR = TestKeyPairs.rsa2048();
    private static final KeyPair EDWARDS = TestKeyPairs.edwards("Ed25519");
    private static final String UNKNOWN = "no RSA or Ed25519 private key in a form that is known here";

    @Test
    void takesWhatWeShowOurselves() {
        PrivateKeyPem key = PrivateKeyPem.of(PAIR);

        assertThat(read(key.reveal())).isEqualTo(key);
    }

    @Test
    void refusesWhatIsNoPrivateKeyAndQuotesNothingOfIt() {
        assertRefused("hunter2hunter2hunter2", UNKNOWN);
        assertRefused("", UNKNOWN);
        assertRefused(pem("PRIVATE KEY", "hunter2".getBytes(US_ASCII)), UNKNOWN);
        assertRefused(pem("RSA PRIVATE KEY", "hunter2".getBytes(US_ASCII)), UNKNOWN);
        assertRefused(pem("PUBLIC KEY", PAIR.getPublic().getEncoded()), UNKNOWN);
        assertRefused("-----BEGIN PRIVATE KEY-----\nhunter2\n", UNKNOWN);
        assertRefused(base64(PAIR.getPublic().getEncoded()), UNKNOWN);
        assertRefused(base64(new byte[33]), UNKNOWN);
    }

    @Test
    void refusesAnotherKindOfKey() {
        assertRefused(
                pem("PRIVATE KEY", TestKeyPairs.ellipticCurve().getPrivate().getEncoded()), UNKNOWN);
        assertRefused(base64(TestKeyPairs.edwards("Ed448").getPrivate().getEncoded()), UNKNOWN);
    }

    @Test
    void refusesASeedWithThePublicHalfOfAnother() {
        byte[] seed = tail(EDWARDS.getPrivate().getEncoded());
        byte[] other = tail(TestKeyPairs.edwards("Ed25519").getPublic().getEncoded());
        byte[] both = Arrays.copyOf(seed, 64);
        System.arraycopy(other, 0, both, 32, 32);

        assertRefused(base64(both), "the halves of this Ed25519 private key do not belong together");
    }

    @Test
    void refusesADamagedKey() {
        byte[] damaged = PAIR.getPrivate().getEncoded();
        damaged[damaged.length / 2] ^= 1;

        assertRefused(pem("PRIVATE KEY", damaged), UNKNOWN);
    }

    private static byte[] tail(byte[] encoded) {
        return Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    }

    private static PrivateKeyPem read(String file) {
        return ForeignKey.read(file.getBytes(US_ASCII), Optional.empty());
    }

    private static void assertRefused(String file, String why) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("hunter2")
                .hasNoCause();
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n" + base64(der) + "\n-----END " + type + "-----\n";
    }

    private static String base64(byte[] bytes) {
        return Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    }
}
