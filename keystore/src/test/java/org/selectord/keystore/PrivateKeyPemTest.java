package org.selectord.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.PublicHalf;
import org.selectord.key.TestKeyPairs;

class PrivateKeyPemTest {
    private static final KeyPair PAIR = TestKeyPairs.rsa2048();
    private static final RSAPrivateCrtKey NUMBERS = (RSAPrivateCrtKey) PAIR.getPrivate();
    private static final PrivateKeyPem KEY = PrivateKeyPem.of(PAIR);

    @Test
    void isWhatTheJdkCallsPkcs8() {
        assertThat(KEY.revealPkcs8()).isEqualTo(PAIR.getPrivate().getEncoded());
        assertThat(KEY.reveal()).startsWith("-----BEGIN PRIVATE KEY-----\n").endsWith("\n-----END PRIVATE KEY-----\n");
    }

    @Test
    void comesBackFromItsText() {
        PrivateKeyPem again = new PrivateKeyPem(KEY.reveal());

        assertThat(again).isEqualTo(KEY).hasSameHashCodeAs(KEY);
        assertThat(again.reveal()).isEqualTo(KEY.reveal());
        assertThat(PrivateKeyPem.ofPkcs8(KEY.revealPkcs8())).isEqualTo(KEY);
        assertThat(again).isNotEqualTo(PrivateKeyPem.of(TestKeyPairs.rsa2048()));
    }

    @Test
    void knowsItsPublicHalf() {
        assertThat(KEY.publicHalf()).isEqualTo(PublicHalf.rsa(NUMBERS.getModulus(), NUMBERS.getPublicExponent()));
        assertThat(KEY.publicHalf().subjectPublicKeyInfo())
                .isEqualTo(PAIR.getPublic().getEncoded());
    }

    @Test
    void comesBackToTheKeyPair() {
        KeyPair again = KEY.revealKeyPair();

        assertThat(again.getPublic()).isEqualTo(PAIR.getPublic());
        assertThat(again.getPrivate()).isEqualTo(PAIR.getPrivate());
    }

    @Test
    void neverPrintsItself() {
        assertThat(KEY).hasToString("<secret>");
        assertThat("a log line with " + KEY).isEqualTo("a log line with <secret>");
    }

    static Stream<String> notKeys() {
        String pem = KEY.reveal();
        return Stream.of(
                "",
                "no key",
                pem.substring(0, pem.length() / 2),
                pem.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
                pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
                pem.replace("PRIVATE KEY", "PUBLIC KEY"),
                "-----BEGIN PRIVATE KEY-----\n" + pem.lines().skip(3).reduce("", (a, b) -> a + b + "\n"),
                "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n",
                "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
                pem(TestKeyPairs.ellipticCurve().getPrivate().getEncoded()),
                pem(TestKeyPairs.edwards("Ed448").getPrivate().getEncoded()),
                pem(withOneOctetMore(
                        TestKeyPairs.edwards("Ed25519").getPrivate().getEncoded())),
                pem(PAIR.getPublic().getEncoded()));
    }

    @ParameterizedTest
    @MethodSource("notKeys")
    void refusesWhatIsNoSuchKeyWithoutQuotingIt(String text) {
        assertThatThrownBy(() -> new PrivateKeyPem(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .message()
                .startsWith("not an ")
                .hasSizeLessThan(200);
    }

    @Test
    void holdsAShortKeyThatSomebodyMadeLongAgo() {
        assertThat(PrivateKeyPem.of(TestKeyPairs.rsa(1024, RSAKeyGenParameterSpec.F4))
                        .publicHalf()
                        .algorithm())
                .isEqualTo(KeyAlgorithm.RSA_1024);
    }

    @Test
    void refusesASizeThatNobodyUses() {
        assertThatThrownBy(() -> PrivateKeyPem.of(TestKeyPairs.rsa(1032, RSAKeyGenParameterSpec.F4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1032 bits");
    }

    @Test
    void anEd25519KeyIsWhatTheJdkCallsPkcs8AndComesBack() {
        KeyPair pair = TestKeyPairs.edwards("Ed25519");
        PrivateKeyPem key = PrivateKeyPem.of(pair);

        assertThat(key.revealPkcs8()).isEqualTo(pair.getPrivate().getEncoded());
        assertThat(key.publicHalf().subjectPublicKeyInfo())
                .isEqualTo(pair.getPublic().getEncoded());
        assertThat(key.publicHalf().algorithm()).isEqualTo(KeyAlgorithm.ED25519);
        assertThat(new PrivateKeyPem(key.reveal())).isEqualTo(key).hasToString("<secret>");
        assertThat(key.revealKeyPair().getPublic()).isEqualTo(pair.getPublic());
        assertThat(key.revealKeyPair().getPrivate()).isEqualTo(pair.getPrivate());
    }

    /** RFC 8410 section 10.3, both examples: the same key without and with its public half. */
    @Test
    void anEd25519KeyMayBringItsPublicHalfWhichMustBeItsOwn() {
        byte[] without = Base64.getDecoder().decode("MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC");
        byte[] with = Base64.getDecoder()
                .decode(
                        "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
                                + "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
        byte[] damaged = with.clone();
        damaged[20] ^= 1;

        assertThat(PrivateKeyPem.ofPkcs8(with)).isEqualTo(PrivateKeyPem.ofPkcs8(without));
        assertThat(PrivateKeyPem.ofPkcs8(with).revealPkcs8()).isEqualTo(without);
        assertThatThrownBy(() -> PrivateKeyPem.ofPkcs8(damaged))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not belong together");
    }

    /** Each of the eight numbers of RFC 8017 A.1.2 in turn with a bit flipped: the key that PKCS#8 would hand over without a word. */
    @ParameterizedTest
    @MethodSource("eachNumber")
    void refusesNumbersThatDoNotBelongTogether(int damaged) throws Exception {
        BigInteger[] numbers = {
            NUMBERS.getModulus(),
            NUMBERS.getPublicExponent(),
            NUMBERS.getPrivateExponent(),
            NUMBERS.getPrimeP(),
            NUMBERS.getPrimeQ(),
            NUMBERS.getPrimeExponentP(),
            NUMBERS.getPrimeExponentQ(),
            NUMBERS.getCrtCoefficient()
        };
        numbers[damaged] = numbers[damaged].flipBit(9);

        byte[] der = pkcs8(numbers);

        assertThatThrownBy(() -> PrivateKeyPem.ofPkcs8(der))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not belong together");
    }

    static IntStream eachNumber() {
        return IntStream.range(0, 8);
    }

    @Test
    void refusesAPrimeOfOneOrLess() throws Exception {
        BigInteger one = BigInteger.ONE;

        assertThatThrownBy(() -> PrivateKeyPem.ofPkcs8(pkcs8(one, one, one, one, one, one, one, one)))
                .hasMessageContaining("do not belong together");
        BigInteger zero = BigInteger.ZERO;
        assertThatThrownBy(() -> PrivateKeyPem.ofPkcs8(pkcs8(zero, one, one, zero, zero, one, one, one)))
                .hasMessageContaining("do not belong together");
    }

    private static byte[] pkcs8(BigInteger... n) throws Exception {
        RSAPrivateKey key = new RSAPrivateKey(n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]);
        return new PrivateKeyInfo(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE), key)
                .getEncoded();
    }

    /** The seed and all lengths around it one more. */
    private static byte[] withOneOctetMore(byte[] ed25519) {
        byte[] longer = Arrays.copyOf(ed25519, ed25519.length + 1);
        longer[1]++;
        longer[13]++;
        longer[15]++;
        return longer;
    }

    private static String pem(byte[] der) {
        return "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END PRIVATE KEY-----\n";
    }
}
