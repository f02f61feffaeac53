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
    void passesOnThatASourceCameToNothing() {
        CheckedKeyPairs pairs = new CheckedKeyPairs(algorithm -> {
            throw new KeyGenerationException("no entropy");
        });

        assertThatThrownBy(() -> pairs.generate(KeyAlgorithm.RSA_2048)).hasMessage("no entropy");
    }

    private static void assertRefused(KeyPair pair, String why) {
        assertThatThrownBy(() -> new CheckedKeyPairs(algorithm -> pair).generate(KeyAlgorithm.RSA_2048))
                .isInstanceOf(KeyGenerationException.class)
                .hasMessageContaining("a new rsa-2048 key pair was thrown away: " + why);
    }
}
