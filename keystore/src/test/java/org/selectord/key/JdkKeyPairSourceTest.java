package org.selectord.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JdkKeyPairSourceTest {
    private final KeyPairSource source = new CheckedKeyPairs(new JdkKeyPairSource(new SecureRandom()));

    @ParameterizedTest
    @EnumSource(names = "RSA_(2048|3072|4096)", mode = EnumSource.Mode.MATCH_ALL)
    void makesPairsOfExactlyTheSizeAskedForThatPassTheCheck(KeyAlgorithm algorithm) throws Exception {
        KeyPair pair = source.generate(algorithm);

        RSAPublicKey publicKey = (RSAPublicKey) pair.getPublic();
        assertThat(publicKey.getModulus().bitLength()).isEqualTo(algorithm.bits());
        assertThat(publicKey.getPublicExponent()).isEqualTo(RSAKeyGenParameterSpec.F4);
    }

    @Test
    void makesEd25519PairsThatPassTheCheck() throws Exception {
        KeyPair pair = source.generate(KeyAlgorithm.ED25519);

        assertThat(pair.getPublic().getAlgorithm()).isEqualTo("EdDSA");
        assertThat(pair.getPrivate().getEncoded()).hasSize(48); // RFC 8410 10.3: without the public key
    }

    @ParameterizedTest
    @EnumSource(names = {"RSA_2048", "ED25519"})
    void neverMakesTheSamePairTwice(KeyAlgorithm algorithm) throws Exception {
        KeyPair one = source.generate(algorithm);
        KeyPair other = source.generate(algorithm);

        assertThat(one.getPublic()).isNotEqualTo(other.getPublic());
    }

    @Test
    void encodesPublicHalvesAsTheJdkDoes() throws Exception {
        RSAPublicKey key = (RSAPublicKey) source.generate(KeyAlgorithm.RSA_2048).getPublic();

        PublicHalf half = PublicHalf.rsa(key.getModulus(), key.getPublicExponent());

        assertThat(half.subjectPublicKeyInfo()).isEqualTo(key.getEncoded());
        assertThat(half.algorithm()).isEqualTo(KeyAlgorithm.RSA_2048);
    }

    @Test
    void encodesEd25519PublicHalvesAsTheJdkDoes() throws Exception {
        byte[] jdk = source.generate(KeyAlgorithm.ED25519).getPublic().getEncoded();

        assertThat(PublicHalf.ed25519(Arrays.copyOfRange(jdk, jdk.length - 32, jdk.length)))
                .isEqualTo(new PublicHalf(KeyAlgorithm.ED25519, jdk));
    }
}
