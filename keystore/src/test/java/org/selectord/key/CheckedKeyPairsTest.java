package org.selectord.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.RSAPrivateCrtKeySpec;
import java.security.spec.RSAPrivateKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckedKeyPairsTest {
    private static final KeyPair GOOD = TestKeyPairs.rsa2048();

    @Test
    void letsAGoodPairThrough() throws Exception {
        assertThat(new CheckedKeyPairs(algorithm -> GOOD).generate(KeyAlgorithm.RSA_2048))
                .isSameAs(GOOD);
    }

    @Test
    void refusesAShorterModulus() {
        assertRefused(TestKeyPairs.rsa(2047, RSAKeyGenParameterSpec.F4), "its modulus has 2047 bits");
    }

    @Test
    void refusesALongerModulus() {
        assertRefused(TestKeyPairs.rsa(2056, RSAKeyGenParameterSpec.F4), "its modulus has 2056 bits");
    }

    @Test
    void refusesAnotherExponent() {
        assertRefused(TestKeyPairs.rsa(2048, BigInteger.valueOf(3)), "its exponent is 3, not 65537");
    }

    @Test
    void refusesHalvesOfTwoPairs() {
        KeyPair mixed = new KeyPair(GOOD.getPublic(), TestKeyPairs.rsa2048().getPrivate());

        assertRefused(mixed, "its halves belong to two pairs");
    }

    @Test
    void refusesAPrivateHalfWhoseSignaturesDoNotVerify() throws Exception {
        RSAPrivateCrtKey good = (RSAPrivateCrtKey) GOOD.getPrivate();
        PrivateKey wrongExponent = KeyFactory.getInstance("RSA")
                .generatePrivate(new RSAPrivateKeySpec(
                        good.getModulus(), good.getPrivateExponent().add(BigInteger.TWO)));

        assertRefused(
                new KeyPair(GOOD.getPublic(), wrongExponent),
                "its public half does not verify what its private half signs");
    }

    @Test
    void refusesAPrivateHalfThatCannotSign() throws Exception {
        RSAPrivateCrtKey good = (RSAPrivateCrtKey) GOOD.getPrivate();
        PrivateKey brokenPrime = KeyFactory.getInstance("RSA")
                .generatePrivate(new RSAPrivateCrtKeySpec(
                        good.getModulus(),
                        good.getPublicExponent(),
                        good.getPrivateExponent(),
                        good.getPrimeP(),
                        good.getPrimeQ(),
                        good.getPrimeExponentP().add(BigInteger.TWO),
                        good.getPrimeExponentQ(),
                        good.getCrtCoefficient()));

        assertRefused(new KeyPair(GOOD.getPublic(), brokenPrime), "its private half cannot sign");
    }

    @Test
    void refusesWhatIsNotRsa() {
        assertRefused(TestKeyPairs.ellipticCurve(), "it is not made of two RSA keys");
    }

    @Test
    void letsAGoodEd25519PairThrough() throws Exception {
        KeyPair good = TestKeyPairs.edwards("Ed25519");

        assertThat(new CheckedKeyPairs(algorithm -> good).generate(KeyAlgorithm.ED25519))
                .isSameAs(good);
    }

    @Test
    void refusesWhatIsNotEd25519() {
        assertRefused(KeyAlgorithm.ED25519, GOOD, "it is not made of two Ed25519 keys");
        assertRefused(KeyAlgorithm.ED25519, TestKeyPairs.edwards("Ed448"), "it is not made of two Ed25519 keys");
        assertRefused(TestKeyPairs.edwards("Ed25519"), "it is not made of two RSA keys");
    }

    @Test
    void refusesEd25519HalvesOfTwoPairs() {
        KeyPair mixed = new KeyPair(
                TestKeyPairs.edwards("Ed25519").getPublic(),
                TestKeyPairs.edwards("Ed25519").getPrivate());

        assertRefused(KeyAlgorithm.ED25519, mixed, "its public half does not verify what its private half signs");
    }

    @ParameterizedTest
    @EnumSource(names = {"RSA_1024", "RSA_1536"})
    void neverAsksForAPairThatIsOnlyEverAdopted(KeyAlgorithm algorithm) {
        CheckedKeyPairs pairs = new CheckedKeyPairs(asked -> TestKeyPairs.rsa(asked.bits(), RSAKeyGenParameterSpec.F4));

        assertThatThrownBy(() -> pairs.generate(algorithm))
                .isInstanceOf(KeyGenerationException.class)
                .hasMessageContaining("no " + algorithm.word() + " key pair is made");
    }

    @Test
    void passesOnThatASourceCameToNothing() {
        CheckedKeyPairs pairs = new CheckedKeyPairs(algorithm -> {
            throw new KeyGenerationException("no entropy");
        });

        assertThatThrownBy(() -> pairs.generate(KeyAlgorithm.RSA_2048)).hasMessage("no entropy");
    }

    private static void assertRefused(KeyPair pair, String why) {
        assertRefused(KeyAlgorithm.RSA_2048, pair, why);
    }

    private static void assertRefused(KeyAlgorithm asked, KeyPair pair, String why) {
        assertThatThrownBy(() -> new CheckedKeyPairs(algorithm -> pair).generate(asked))
                .isInstanceOf(KeyGenerationException.class)
                .hasMessageContaining("a new " + asked.word() + " key pair was thrown away: " + why);
    }
}
