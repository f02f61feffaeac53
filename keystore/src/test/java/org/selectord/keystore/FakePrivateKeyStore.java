package org.selectord.keystore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;

/** A store in memory that writes down whose public half was asked for, and can be told to fail. */
final class FakePrivateKeyStore implements PrivateKeyStore {
    final List<KeyFingerprint> lookedAt = new ArrayList<>();
    int listings;
    boolean full;
    Runnable afterPut = () -> {};

    private final Map<KeyFingerprint, PrivateKeyPem> keys = new ConcurrentHashMap<>();
    private KeyFingerprint damaged = new KeyFingerprint("00".repeat(32));
    private KeyFingerprint vanishing = new KeyFingerprint("00".repeat(32));

    FakePrivateKeyStore with(PrivateKeyPem... stored) {
        for (PrivateKeyPem key : stored) {
            keys.put(key.publicHalf().fingerprint(), key);
        }
        return this;
    }

    /** Is listed, and cannot be read. */
    FakePrivateKeyStore withDamaged(KeyFingerprint name) {
        damaged = name;
        return this;
    }

    /** Is listed, and gone when it is read. */
    FakePrivateKeyStore withVanishing(KeyFingerprint name) {
        vanishing = name;
        return this;
    }

    @Override
    public KeyFingerprint put(PrivateKeyPem key) throws PrivateKeyStoreException {
        if (full) {
            throw new PrivateKeyStoreUnavailableException("no space left");
        }
        with(key);
        afterPut.run();
        return key.publicHalf().fingerprint();
    }

    @Override
    public PrivateKeyPem read(KeyFingerprint key) throws PrivateKeyStoreException {
        PrivateKeyPem found = keys.get(key);
        if (key.equals(damaged)) {
            throw new PrivateKeyDamagedException("damaged " + key);
        }
        if (found == null || key.equals(vanishing)) {
            throw new PrivateKeyAbsentException("no " + key);
        }
        return found;
    }

    @Override
    public PublicHalf readPublic(KeyFingerprint key) throws PrivateKeyStoreException {
        lookedAt.add(key);
        return read(key).publicHalf();
    }

    @Override
    public Set<KeyFingerprint> list() {
        listings++;
        return Set.copyOf(keys.keySet());
    }

    @Override
    public void destroy(KeyFingerprint key) {
        keys.remove(key);
    }
}
