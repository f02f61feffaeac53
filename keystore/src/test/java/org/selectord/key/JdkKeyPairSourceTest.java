package org.selectord.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAKeyGenParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JdkKeyPairSourceTest {
    private final KeyPairSource source = new CheckedKeyPairs(new JdkKeyPairSource(new SecureRandom()));

    @ParameterizedTest
    @EnumSource(KeyAlgorithm.class)
    void makesPairsOfExactlyTheSizeAskedForThatPassTheCheck(KeyAlgorithm algorithm) throws Exception {
        KeyPair pair = source.generate(algorithm);

        RSAPublicKey publicKey = (RSAPublicKey) pair.getPublic();
        assertThat(publicKey.getModulus().bitLength()).isEqualTo(algorithm.bits());
        assertThat(publicKey.getPublicExponent()).isEqualTo(RSAKeyGenParameterSpec.F4);
    }

    @Test
    void neverMakesTheSamePairTwice() throws Exception {
        KeyPair one = source.generate(KeyAlgorithm.RSA_2048);
        KeyPair other = source.generate(KeyAlgorithm.RSA_2048);

        assertThat(one.getPublic()).isNotEqualTo(other.getPublic());
    }

    @Test
    void encodesPublicHalvesAsTheJdkDoes() throws Exception {
        RSAPublicKey key = (RSAPublicKey) source.generate(KeyAlgorithm.RSA_2048).getPublic();

        PublicHalf half = PublicHalf.rsa(key.getModulus(), key.getPublicExponent());

        assertThat(half.subjectPublicKeyInfo()).isEqualTo(key.getEncoded());
        assertThat(half.algorithm()).isEqualTo(KeyAlgorithm.RSA_2048);
    }
}
