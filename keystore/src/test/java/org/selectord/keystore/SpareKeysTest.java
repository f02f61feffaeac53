package org.selectord.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
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
    private final AtomicLong nanos = new AtomicLong();

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
    void makesAKeyRatherThanLookIntoAllOfAnotherAlgorithm() throws Exception {
        for (int i = 0; i < 60; i++) {
            store.with(PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519")));
        }
        store.with(THREE.get(0));
        taken.add(name(THREE.get(0)));

        take(ProviderKeyPairSource.jdk(new SecureRandom()));

        assertThat(store.lookedAt).hasSize(50);
    }

    @Test
    void aSpareBehindManyThatAreTakenIsFound() throws Exception {
        for (int i = 0; i < 60; i++) {
            PrivateKeyPem bound = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));
            store.with(bound);
            taken.add(name(bound));
        }
        store.with(THREE.get(0));

        assertThat(take(NONE)).isEqualTo(THREE.get(0).publicHalf());
    }

    @Test
    void aSpareThatIsDamagedKeepsNobodyFromTheNext() throws Exception {
        store.with(THREE.get(0), THREE.get(1)).withDamaged(name(THREE.get(0)));

        assertThat(take(NONE)).isEqualTo(THREE.get(1).publicHalf());

        SpareKeys spares = new SpareKeys(store, ProviderKeyPairSource.jdk(new SecureRandom()));
        spares.fill(KeyAlgorithm.RSA_2048, 2, taken::contains);
        spares.fill(KeyAlgorithm.RSA_2048, 2, taken::contains);
        assertThat(spares.count(KeyAlgorithm.RSA_2048)).isEqualTo(2);
        assertThat(store.lookedAt).filteredOn(name(THREE.get(0))::equals).hasSize(2);
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

    @Test
    void looksIntoEachSpareOnceHoweverManyAreTaken() throws Exception {
        int many = 2_000;
        for (int i = 0; i < many; i++) {
            store.with(PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519")));
        }
        SpareKeys spares = new SpareKeys(store, NONE);

        for (int i = 0; i < many; i++) {
            assertThat(taken.add(
                            spares.take(KeyAlgorithm.ED25519, taken::contains).fingerprint()))
                    .isTrue();
        }

        assertThat(store.lookedAt).hasSize(many).doesNotHaveDuplicates();
        assertThat(store.listings).isEqualTo(1);
        assertThatThrownBy(() -> spares.take(KeyAlgorithm.ED25519, taken::contains))
                .isInstanceOf(AssertionError.class); // only now is one to be generated
    }

    @Test
    void whatItMadeItselfItNeverLooksInto() throws Exception {
        SpareKeys spares = new SpareKeys(store, ProviderKeyPairSource.jdk(new SecureRandom()));

        spares.fill(KeyAlgorithm.ED25519, 20, taken::contains);

        assertThat(store.list()).hasSize(20);
        assertThat(spares.count(KeyAlgorithm.ED25519)).isEqualTo(20);
        for (int i = 0; i < 20; i++) {
            taken.add(spares.take(KeyAlgorithm.ED25519, taken::contains).fingerprint());
        }
        assertThat(taken).isEqualTo(store.list());
        assertThat(store.lookedAt).isEmpty();
    }

    @Test
    void fillsUpToWhatIsWantedAndNoFurther() throws Exception {
        store.with(THREE.get(0), LARGE);
        SpareKeys spares = new SpareKeys(store, ProviderKeyPairSource.jdk(new SecureRandom()));

        spares.fill(KeyAlgorithm.RSA_2048, 2, taken::contains);
        spares.fill(KeyAlgorithm.RSA_2048, 2, taken::contains);

        assertThat(store.list()).hasSize(3);
        assertThat(spares.count(KeyAlgorithm.RSA_2048)).isEqualTo(2);
        assertThat(spares.count(KeyAlgorithm.RSA_3072)).isEqualTo(1);
    }

    @Test
    void aKeyThatADomainHasTakenSinceIsNotCounted() throws Exception {
        store.with(THREE.get(0), THREE.get(1), THREE.get(2));
        SpareKeys spares = new SpareKeys(store, NONE);
        spares.fill(KeyAlgorithm.RSA_2048, 0, taken::contains);
        taken.add(spares.take(KeyAlgorithm.RSA_2048, taken::contains).fingerprint());

        spares.fill(KeyAlgorithm.RSA_2048, 2, taken::contains);

        assertThat(spares.count(KeyAlgorithm.RSA_2048)).isEqualTo(2);
    }

    @Test
    void sparesSurviveARestart() throws Exception {
        new SpareKeys(store, ProviderKeyPairSource.jdk(new SecureRandom()))
                .fill(KeyAlgorithm.ED25519, 3, taken::contains);

        SpareKeys restarted = new SpareKeys(store, NONE);
        restarted.fill(KeyAlgorithm.ED25519, 3, taken::contains);

        assertThat(restarted.count(KeyAlgorithm.ED25519)).isEqualTo(3);
    }

    @Test
    void whatWasHandedOutAndNeverBoundIsASpareAgain() throws Exception {
        store.with(THREE.get(0));
        SpareKeys spares = new SpareKeys(store, NONE, nanos::get);
        KeyFingerprint only = name(THREE.get(0));
        assertThat(spares.take(KeyAlgorithm.RSA_2048, taken::contains).fingerprint())
                .isEqualTo(only);
        assertThatThrownBy(() -> spares.take(KeyAlgorithm.RSA_2048, only::equals)) // in the same batch
                .isInstanceOf(AssertionError.class);

        nanos.addAndGet(Duration.ofSeconds(10).toNanos());

        assertThat(spares.take(KeyAlgorithm.RSA_2048, taken::contains).fingerprint())
                .isEqualTo(only);
    }

    @Test
    void aSpareThatSomebodyElseDestroyedIsNotHandedOutForLong() throws Exception {
        store.with(THREE.get(0), THREE.get(1));
        SpareKeys spares = new SpareKeys(store, NONE, nanos::get);
        spares.fill(KeyAlgorithm.RSA_2048, 2, taken::contains);
        store.destroy(name(THREE.get(0)));

        nanos.addAndGet(Duration.ofSeconds(10).toNanos());

        assertThat(spares.take(KeyAlgorithm.RSA_2048, taken::contains))
                .isEqualTo(THREE.get(1).publicHalf());
    }

    @Test
    void discardedSparesAreNotHandedOutFromMemory() throws Exception {
        SpareKeys spares = new SpareKeys(store, ProviderKeyPairSource.jdk(new SecureRandom()));
        spares.fill(KeyAlgorithm.ED25519, 3, taken::contains);
        Set<KeyFingerprint> discarded = store.list();

        spares.discard(taken::contains);

        assertThat(store.list()).isEmpty();
        assertThat(spares.take(KeyAlgorithm.ED25519, taken::contains).fingerprint())
                .isNotIn(discarded);
    }

    @Test
    void aSpareThatIsDiscardedAsSoonAsItIsStoredIsNotRemembered() throws Exception {
        SpareKeys spares = new SpareKeys(store, ProviderKeyPairSource.jdk(new SecureRandom()));
        Set<KeyFingerprint> discarded = new HashSet<>();
        store.afterPut = () -> {
            store.afterPut = () -> {};
            discarded.addAll(store.list());
            discard(spares);
        };

        PublicHalf first = spares.take(KeyAlgorithm.ED25519, discarded::contains);

        assertThat(discarded).containsExactly(first.fingerprint());
        assertThat(spares.count(KeyAlgorithm.ED25519)).isZero();
    }

    private void discard(SpareKeys spares) {
        try {
            spares.discard(taken::contains);
        } catch (PrivateKeyStoreException e) {
            throw new IllegalStateException(e);
        }
    }

    private PublicHalf take(KeyPairSource source) throws PrivateKeyStoreException {
        return new SpareKeys(store, source).take(KeyAlgorithm.RSA_2048, taken::contains);
    }

    private static KeyFingerprint name(PrivateKeyPem key) {
        return key.publicHalf().fingerprint();
    }
}
