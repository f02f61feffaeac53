package org.selectord.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.security.KeyPair;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.TestKeyPairs;

/** What every store of private halves must do. */
public abstract class PrivateKeyStoreContract {
    protected static final PrivateKeyPem KEY = PrivateKeyPem.of(TestKeyPairs.rsa2048());
    protected static final PrivateKeyPem OTHER_KEY = PrivateKeyPem.of(TestKeyPairs.rsa2048());

    /** The store under test: the same one, and empty at first, throughout one test. */
    protected abstract PrivateKeyStore store() throws PrivateKeyStoreException;

    /** From now on the store is there, and refuses everything. */
    protected abstract void refuse() throws Exception;

    /** From now on the store cannot be reached. */
    protected abstract void takeAway() throws Exception;

    /** Takes back what the last of these two has done. */
    protected abstract void giveBack() throws Exception;

    @Test
    void namesAKeyByTheFingerprintOfItsPublicHalf() throws Exception {
        assertThat(store().put(KEY)).isEqualTo(KEY.publicHalf().fingerprint());
    }

    @Test
    void givesBackExactlyWhatWasPut() throws Exception {
        KeyFingerprint name = store().put(KEY);
        store().put(OTHER_KEY);

        assertThat(store().read(name).reveal()).isEqualTo(KEY.reveal());
        assertThat(store().readPublic(name)).isEqualTo(KEY.publicHalf());
    }

    @Test
    void keepsEd25519KeysAndShortOnesThatWereAdopted() throws Exception {
        for (KeyPair pair :
                List.of(TestKeyPairs.edwards("Ed25519"), TestKeyPairs.rsa(1024, RSAKeyGenParameterSpec.F4))) {
            PrivateKeyPem key = PrivateKeyPem.of(pair);
            KeyFingerprint name = store().put(key);

            assertThat(store().read(name).reveal()).isEqualTo(key.reveal());
            assertThat(store().readPublic(name)).isEqualTo(key.publicHalf());
        }
    }

    @Test
    void puttingTheSameKeyAgainIsNoError() throws Exception {
        KeyFingerprint first = store().put(KEY);
        KeyFingerprint second = store().put(new PrivateKeyPem(KEY.reveal()));

        assertThat(second).isEqualTo(first);
        assertThat(store().list()).containsExactly(first);
        assertThat(store().read(first).reveal()).isEqualTo(KEY.reveal());
    }

    @Test
    void listsAllNames() throws Exception {
        assertThat(store().list()).isEmpty();

        Set<KeyFingerprint> names = Set.of(store().put(KEY), store().put(OTHER_KEY));

        assertThat(store().list()).isEqualTo(names);
    }

    @Test
    void saysWithCertaintyThatAKeyIsAbsent() throws Exception {
        store().put(KEY);
        KeyFingerprint absent = OTHER_KEY.publicHalf().fingerprint();

        assertThatThrownBy(() -> store().read(absent))
                .isInstanceOf(PrivateKeyAbsentException.class)
                .hasMessageContaining(absent.hex());
        assertThatThrownBy(() -> store().readPublic(absent)).isInstanceOf(PrivateKeyAbsentException.class);
    }

    @Test
    void aDestroyedKeyIsGoneAndTheOthersAreNot() throws Exception {
        KeyFingerprint name = store().put(KEY);
        KeyFingerprint other = store().put(OTHER_KEY);

        store().destroy(name);

        assertThatThrownBy(() -> store().read(name)).isInstanceOf(PrivateKeyAbsentException.class);
        assertThat(store().list()).containsExactly(other);
        assertThat(store().read(other).reveal()).isEqualTo(OTHER_KEY.reveal());
    }

    @Test
    void destroyingWhatIsAbsentIsFine() throws Exception {
        KeyFingerprint name = store().put(KEY);

        store().destroy(name);
        store().destroy(name);
        store().destroy(OTHER_KEY.publicHalf().fingerprint());

        assertThat(store().list()).isEmpty();
    }

    @Test
    void aDestroyedKeyCanBePutAgain() throws Exception {
        store().destroy(store().put(KEY));

        KeyFingerprint name = store().put(KEY);

        assertThat(store().read(name).reveal()).isEqualTo(KEY.reveal());
    }

    @Test
    void severalThreadsMayPutTheSameKeyAtOnce() throws Exception {
        PrivateKeyStore store = store();
        Callable<KeyFingerprint> put = () -> store.put(KEY);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (Future<KeyFingerprint> name : threads.invokeAll(List.of(put, put, put, put))) {
                assertThat(name.get()).isEqualTo(KEY.publicHalf().fingerprint());
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(store.read(KEY.publicHalf().fingerprint()).reveal()).isEqualTo(KEY.reveal());
        assertThat(store.list()).hasSize(1);
    }

    @Test
    void aStoreThatRefusesSaysSoWhateverItIsAskedAndKeepsItsKeys() throws Exception {
        PrivateKeyStore store = store();
        KeyFingerprint name = store.put(KEY);

        refuse();
        assertEveryCallFails(store, PrivateKeyStoreDeniedException.class);
        giveBack();

        assertThat(store.list()).containsExactly(name);
        assertThat(store.read(name).reveal()).isEqualTo(KEY.reveal());
    }

    @Test
    void aStoreThatIsAwaySaysSoInTimeWhateverItIsAskedAndKeepsItsKeys() throws Exception {
        PrivateKeyStore store = store();
        KeyFingerprint name = store.put(KEY);

        takeAway();
        assertEveryCallFails(store, PrivateKeyStoreUnavailableException.class);
        giveBack();

        assertThat(store.read(name).reveal()).isEqualTo(KEY.reveal());
        // whatever became of what was asked meanwhile, asking again comes to what was wanted
        store.put(OTHER_KEY);
        store.destroy(name);
        assertThat(store.list()).containsExactly(OTHER_KEY.publicHalf().fingerprint());
    }

    private static void assertEveryCallFails(PrivateKeyStore store, Class<? extends PrivateKeyStoreException> how) {
        KeyFingerprint name = KEY.publicHalf().fingerprint();
        List<ThrowingCallable> calls = List.of(
                () -> store.put(OTHER_KEY),
                () -> store.read(name),
                () -> store.read(OTHER_KEY.publicHalf().fingerprint()),
                () -> store.readPublic(name),
                store::list,
                () -> store.destroy(name));
        for (ThrowingCallable call : calls) {
            assertTimeout(
                    Duration.ofSeconds(8),
                    () -> assertThatThrownBy(call)
                            .isInstanceOf(how)
                            .message()
                            .isNotBlank()
                            .doesNotContain(KEY.reveal().lines().toList().get(5)));
        }
    }
}
