package org.selectord.admin;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/** A keystore in memory that can be made to fail. */
public final class FakeKeystore implements PrivateKeyStore {
    private final Map<KeyFingerprint, PrivateKeyPem> stored = new TreeMap<>();
    private boolean broken;

    public void breaks() {
        broken = true;
    }

    @Override
    public KeyFingerprint put(PrivateKeyPem key) throws PrivateKeyStoreException {
        if (broken) {
            throw new PrivateKeyStoreUnavailableException("the disk is full");
        }
        KeyFingerprint name = key.publicHalf().fingerprint();
        stored.put(name, key);
        return name;
    }

    @Override
    public PrivateKeyPem read(KeyFingerprint key) throws PrivateKeyStoreException {
        return Optional.ofNullable(stored.get(key)).orElseThrow(() -> new PrivateKeyAbsentException("no key " + key));
    }

    @Override
    public PublicHalf readPublic(KeyFingerprint key) throws PrivateKeyStoreException {
        return read(key).publicHalf();
    }

    @Override
    public Set<KeyFingerprint> list() {
        return Set.copyOf(stored.keySet());
    }

    @Override
    public void destroy(KeyFingerprint key) {
        stored.remove(key);
    }
}
