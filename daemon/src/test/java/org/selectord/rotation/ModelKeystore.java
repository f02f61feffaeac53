package org.selectord.rotation;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;

/** A keystore whose keys are made of nothing: names and public halves, so that a year of rotations costs no prime number. */
final class ModelKeystore implements PrivateKeyStore {
    private final Map<KeyFingerprint, PublicHalf> stored = new TreeMap<>();
    private int made;

    /** As {@code SpareKeys} does: the first stored key that no domain has taken, else a new one. */
    PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken) {
        return stored.values().stream()
                .filter(half -> !taken.test(half.fingerprint()))
                .findFirst()
                .orElseGet(() -> make(algorithm));
    }

    private PublicHalf make(KeyAlgorithm algorithm) {
        try {
            byte[] octets = MessageDigest.getInstance("SHA-512")
                    .digest(ByteBuffer.allocate(4).putInt(++made).array());
            PublicHalf half = new PublicHalf(algorithm, octets);
            stored.put(half.fingerprint(), half);
            return half;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    int made() {
        return made;
    }

    boolean has(KeyFingerprint key) {
        return stored.containsKey(key);
    }

    @Override
    public KeyFingerprint put(PrivateKeyPem key) {
        throw new IllegalStateException("nobody puts keys into the model but itself");
    }

    @Override
    public PrivateKeyPem read(KeyFingerprint key) throws PrivateKeyAbsentException {
        throw new PrivateKeyAbsentException("the model has no private halves");
    }

    @Override
    public PublicHalf readPublic(KeyFingerprint key) throws PrivateKeyAbsentException {
        PublicHalf half = stored.get(key);
        if (half == null) {
            throw new PrivateKeyAbsentException("no key " + key);
        }
        return half;
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
