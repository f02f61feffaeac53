package org.selectord.bed;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;

/** A keystore that holds test keys, or answers as it is told. */
public final class KeysInMemory implements PrivateKeyStore {
    private final Map<KeyFingerprint, TestKey> keys = new HashMap<>();
    private Optional<PrivateKeyStoreException> failure = Optional.empty();
    private int reads;

    public KeysInMemory with(TestKey... more) {
        for (TestKey key : more) {
            keys.put(key.publicHalf().fingerprint(), key);
        }
        return this;
    }

    /** Every read from now on. */
    public KeysInMemory fails(PrivateKeyStoreException how) {
        failure = Optional.of(how);
        return this;
    }

    public int reads() {
        return reads;
    }

    @Override
    public PrivateKeyPem read(KeyFingerprint key) throws PrivateKeyStoreException {
        reads++;
        if (failure.isPresent()) {
            throw failure.get();
        }
        return Optional.ofNullable(keys.get(key))
                .orElseThrow(() -> new PrivateKeyAbsentException("no key " + key))
                .pem();
    }

    @Override
    public PublicHalf readPublic(KeyFingerprint key) throws PrivateKeyStoreException {
        return Optional.ofNullable(keys.get(key))
                .orElseThrow(() -> new PrivateKeyAbsentException("no key " + key))
                .publicHalf();
    }

    @Override
    public Set<KeyFingerprint> list() {
        return Set.copyOf(keys.keySet());
    }

    @Override
    public KeyFingerprint put(PrivateKeyPem key) {
        throw new UnsupportedOperationException("a signer stores no keys");
    }

    @Override
    public void destroy(KeyFingerprint key) {
        throw new UnsupportedOperationException("a signer destroys no keys");
    }
}
