package org.selectord.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.net.URL;
import java.net.URLClassLoader;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.keystore.PrivateKeyPem;

class ProviderKeyPairSourceTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    static Stream<ProviderKeyPairSource> providers() {
        return Stream.of(
                ProviderKeyPairSource.jdk(RANDOM),
                ProviderKeyPairSource.bouncyCastle(RANDOM),
                ProviderKeyPairSource.conscrypt(RANDOM).orElseThrow());
    }

    static Stream<Arguments> providersAndRsaAlgorithms() {
        return providers()
                .flatMap(source -> KeyAlgorithm.offered().stream()
                        .filter(algorithm -> algorithm.type() == KeyType.RSA)
                        .map(algorithm -> arguments(source, algorithm)));
    }

    private static KeyPair generate(KeyPairSource source, KeyAlgorithm algorithm) throws Exception {
        return new CheckedKeyPairs(source).generate(algorithm);
    }

    @ParameterizedTest
    @MethodSource("providersAndRsaAlgorithms")
    void makesPairsOfExactlyTheSizeAskedForThatPassTheCheck(KeyPairSource source, KeyAlgorithm algorithm)
            throws Exception {
        RSAPublicKey publicKey = (RSAPublicKey) generate(source, algorithm).getPublic();

        assertThat(publicKey.getModulus().bitLength()).isEqualTo(algorithm.bits());
        assertThat(publicKey.getPublicExponent()).isEqualTo(RSAKeyGenParameterSpec.F4);
    }

    @ParameterizedTest
    @MethodSource("providers")
    void makesEd25519PairsThatPassTheCheck(KeyPairSource source) throws Exception {
        KeyPair pair = generate(source, KeyAlgorithm.ED25519);

        assertThat(pair.getPublic().getAlgorithm()).isEqualTo("EdDSA");
        assertThat(PrivateKeyPem.of(pair).revealPkcs8()).hasSize(48); // RFC 8410 10.3: without the public key
    }

    @ParameterizedTest
    @MethodSource("providers")
    void neverMakesTheSamePairTwice(KeyPairSource source) throws Exception {
        for (KeyAlgorithm algorithm : List.of(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519)) {
            assertThat(generate(source, algorithm).getPublic())
                    .isNotEqualTo(generate(source, algorithm).getPublic());
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void encodesPublicHalvesAsTheJdkDoes(KeyPairSource source) throws Exception {
        RSAPublicKey key =
                (RSAPublicKey) generate(source, KeyAlgorithm.RSA_2048).getPublic();

        PublicHalf half = PublicHalf.rsa(key.getModulus(), key.getPublicExponent());

        assertThat(half.subjectPublicKeyInfo()).isEqualTo(key.getEncoded());
        assertThat(half.algorithm()).isEqualTo(KeyAlgorithm.RSA_2048);
    }

    @ParameterizedTest
    @MethodSource("providers")
    void encodesEd25519PublicHalvesAsTheJdkDoes(KeyPairSource source) throws Exception {
        byte[] jdk = generate(source, KeyAlgorithm.ED25519).getPublic().getEncoded();

        assertThat(PublicHalf.ed25519(Arrays.copyOfRange(jdk, jdk.length - 32, jdk.length)))
                .isEqualTo(new PublicHalf(KeyAlgorithm.ED25519, jdk));
    }

    @Test
    void theFastestIsConscryptWhereItIsOnTheClassPath() throws Exception {
        FastestKeyPairSource fastest = FastestKeyPairSource.here(RANDOM);

        assertThat(fastest).hasToString("rsa by Conscrypt, ed25519 by Conscrypt");
        assertThat(generate(fastest, KeyAlgorithm.RSA_2048)).isNotNull();
    }

    @Test
    void withoutConscryptTheFastestDiffersByKeyType() throws Exception {
        ClassLoader without = ClassLoader.getPlatformClassLoader();

        FastestKeyPairSource fastest =
                FastestKeyPairSource.among(ProviderKeyPairSource.conscrypt(RANDOM, without), RANDOM);

        assertThat(fastest).hasToString("rsa by the JDK, ed25519 by Bouncy Castle");
        for (KeyAlgorithm algorithm : List.of(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519)) {
            assertThat(generate(fastest, algorithm)).isNotNull();
        }
    }

    @Test
    void aConscryptWhoseNativeHalfCannotBeLoadedIsNone() throws Exception {
        URL jar = Class.forName("org.conscrypt.OpenSSLProvider")
                .getProtectionDomain()
                .getCodeSource()
                .getLocation();
        String standing = System.getProperty("org.conscrypt.tmpdir", System.getProperty("java.io.tmpdir"));
        System.setProperty("org.conscrypt.tmpdir", "/proc");
        try (URLClassLoader alone = new URLClassLoader(new URL[] {jar}, ClassLoader.getPlatformClassLoader())) {
            assertThat(ProviderKeyPairSource.conscrypt(RANDOM, alone)).isEmpty();
        } finally {
            System.setProperty("org.conscrypt.tmpdir", standing);
        }
    }
}
