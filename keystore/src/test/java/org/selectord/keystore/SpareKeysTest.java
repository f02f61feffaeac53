package org.selectord.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyGenerationException;
import org.selectord.key.KeyPairSource;
import org.selectord.key.ProviderKeyPairSource;
import org.selectord.key.PublicHalf;
import org.selectord.key.TestKeyPairs;

class SpareKeysTest {
    private static final List<PrivateKeyPem> THREE = Stream.generate(TestKeyPairs::rsa2048)
            .limit(3)
            .map(PrivateKeyPem::of)
            .sorted((a, b) -> name(a).compareTo(name(b)))
            .toList();
    private static final PrivateKeyPem LARGE = PrivateKeyPem.of(TestKeyPairs.rsa(3072, RSAKeyGenParameterSpec.F4));
    private static final KeyPairSource NONE = algorithm -> {
        throw new AssertionError("a key was generated although there is a spare");
    };

    private final FakePrivateKeyStore store = new FakePrivateKeyStore();
    private final Set<KeyFingerprint> taken = new HashSet<>();

    @Test
    void takesASpareBeforeItGeneratesAnything() throws Exception {
        store.with(THREE.get(0), THREE.get(1), THREE.get(2));
        taken.add(name(THREE.get(0)));

        assertThat(take(NONE)).isEqualTo(THREE.get(1).publicHalf());
    }

    @Test
    void aCrashBeforeTheKeyIsBoundMakesNoSecondKey() throws Exception {
        PublicHalf beforeTheCrash = take(ProviderKeyPairSource.jdk(new SecureRandom()));

        assertThat(take(NONE)).isEqualTo(beforeTheCrash);
        assertThat(store.list()).containsExactly(beforeTheCrash.fingerprint());
    }

    @Test
    void discardsEverySpareAndNothingThatIsTaken() throws Exception {
        store.with(THREE.get(0), THREE.get(1), THREE.get(2));
        taken.add(name(THREE.get(1)));

        new SpareKeys(store, NONE).discard(taken::contains);

        assertThat(store.list()).containsExactly(name(THREE.get(1)));
    }

    @Test
    void generatesAndStoresAKeyWhenAllAreTaken() throws Exception {
        store.with(THREE.get(0));
        taken.add(name(THREE.get(0)));

        PublicHalf generated = take(ProviderKeyPairSource.jdk(new SecureRandom()));

        assertThat(generated.algorithm()).isEqualTo(KeyAlgorithm.RSA_2048);
        assertThat(store.list()).containsExactlyInAnyOrder(name(THREE.get(0)), generated.fingerprint());
    }

    @Test
    void looksIntoNoKeyThatIsTaken() throws Exception {
        store.with(THREE.get(0), THREE.get(1), THREE.get(2));
        taken.addAll(List.of(name(THREE.get(0)), name(THREE.get(1))));

        take(NONE);

        assertThat(store.lookedAt).containsExactly(name(THREE.get(2)));
    }

    @Test
    void leavesSparesOfAnotherAlgorithmAlone() throws Exception {
        store.with(LARGE);

        PublicHalf half = take(ProviderKeyPairSource.jdk(new SecureRandom()));

        assertThat(half.algorithm()).isEqualTo(KeyAlgorithm.RSA_2048);
        assertThat(new SpareKeys(store, NONE).take(KeyAlgorithm.RSA_3072, taken::contains))
                .isEqualTo(LARGE.publicHalf());
    }

    @Test
    void aSpareThatVanishesIsNoSpare() throws Exception {
        store.with(THREE.get(0), THREE.get(1)).withVanishing(name(THREE.get(0)));

        assertThat(take(NONE)).isEqualTo(THREE.get(1).publicHalf());
    }

    @Test
    void storesNothingOfASourceThatMakesWeakKeys() {
        KeyPair weak = TestKeyPairs.rsa(1024, RSAKeyGenParameterSpec.F4);

        assertThatThrownBy(() -> take(algorithm -> weak))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("nothing was stored")
                .hasMessageContaining("its modulus has 1024 bits");
        assertThat(store.list()).isEmpty();
    }

    @Test
    void storesNothingOfASourceThatMakesMismatchedPairs() {
        KeyPair mixed = new KeyPair(
                TestKeyPairs.rsa2048().getPublic(), TestKeyPairs.rsa2048().getPrivate());

        assertThatThrownBy(() -> take(algorithm -> mixed)).hasMessageContaining("its halves belong to two pairs");
        assertThat(store.list()).isEmpty();
    }

    @Test
    void storesNothingOfASourceThatFails() {
        KeyPairSource broken = algorithm -> {
            throw new KeyGenerationException("no entropy");
        };

        assertThatThrownBy(() -> take(broken))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("no entropy");
        assertThat(store.list()).isEmpty();
    }

    @Test
    void refusesAKeyThatASourceMakesASecondTime() throws Exception {
        KeyPair stuck = TestKeyPairs.rsa2048();
        PublicHalf first = take(algorithm -> stuck);
        taken.add(first.fingerprint());

        assertThatThrownBy(() -> take(algorithm -> stuck))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("random numbers are broken");
    }

    @Test
    void refusesAKeyThatIsTakenThoughItIsNoLongerInTheStore() throws Exception {
        KeyPair stuck = TestKeyPairs.rsa2048();
        PublicHalf first = take(algorithm -> stuck);
        taken.add(first.fingerprint());
        store.destroy(first.fingerprint());

        assertThatThrownBy(() -> take(algorithm -> stuck)).hasMessageContaining("random numbers are broken");
        assertThat(store.list()).isEmpty();
    }

    @Test
    void handsOutNoKeyThatCouldNotBeStored() {
        store.full = true;

        assertThatThrownBy(() -> take(ProviderKeyPairSource.jdk(new SecureRandom())))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("no space left");
    }

    private PublicHalf take(KeyPairSource source) throws PrivateKeyStoreException {
        return new SpareKeys(store, source).take(KeyAlgorithm.RSA_2048, taken::contains);
    }

    private static KeyFingerprint name(PrivateKeyPem key) {
        return key.publicHalf().fingerprint();
    }
}
