package org.selectord.rotation;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyRecord;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/** A keystore whose keys are made of nothing: names and public halves, so that a year of rotations costs no prime number. */
final class ModelKeystore implements PrivateKeyStore, GenerateKey.KeySource {
    private final Map<KeyFingerprint, PublicHalf> stored = new TreeMap<>();
    private final Map<KeyFingerprint, String> recordTexts = new HashMap<>(); // of all there ever were
    private int made;
    private boolean unavailable;
    private boolean denied;
    private boolean losesAnswers;

    /** As {@code SpareKeys} does: the first stored key that no domain has taken, else a new one. */
    @Override
    public PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
        refuse();
        Optional<PublicHalf> spare = stored.values().stream()
                .filter(half -> half.algorithm() == algorithm && !taken.test(half.fingerprint()))
                .findFirst();
        PublicHalf half = spare.orElseGet(() -> make(algorithm));
        loseAnswer();
        return half;
    }

    @Override
    public void discard(Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
        refuse();
        stored.keySet().removeIf(taken.negate());
        loseAnswer();
    }

    private void refuse() throws PrivateKeyStoreException {
        if (unavailable) {
            throw new PrivateKeyStoreUnavailableException("the model's keystore is sealed");
        } else if (denied) {
            throw new PrivateKeyStoreDeniedException("the model's token has expired");
        }
    }

    private void loseAnswer() throws PrivateKeyStoreException {
        if (losesAnswers) {
            throw new PrivateKeyStoreUnavailableException("done, and the answer was lost");
        }
    }

    void setUnavailable(boolean is) {
        unavailable = is;
    }

    void setDenied(boolean is) {
        denied = is;
    }

    void setLosesAnswers(boolean is) {
        losesAnswers = is;
    }

    boolean isReadable() {
        return !unavailable && !denied;
    }

    /** The text of the record that publishes this key, also after the key was destroyed. */
    String recordText(KeyFingerprint key) {
        return Optional.ofNullable(recordTexts.get(key)).orElseThrow();
    }

    private PublicHalf make(KeyAlgorithm algorithm) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(ByteBuffer.allocate(4).putInt(++made).array());
            PublicHalf half = new PublicHalf(algorithm, encoded(algorithm, digest));
            keep(half);
            return half;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An Ed25519 key is looked into for its 32 octets, an RSA key never. */
    private static byte[] encoded(KeyAlgorithm algorithm, byte[] octets) {
        return algorithm == KeyAlgorithm.ED25519
                ? ByteBuffer.allocate(12 + 32)
                        .put(HexFormat.of().parseHex("302a300506032b6570032100"))
                        .put(octets)
                        .array()
                : octets;
    }

    /** Somebody puts a key there that was made elsewhere. */
    void keep(PublicHalf half) {
        stored.put(half.fingerprint(), half);
        recordTexts.put(half.fingerprint(), String.join("", KeyRecord.of(half).strings()));
    }

    /** It is in the hands of others only. */
    void lose(PublicHalf half) {
        stored.remove(half.fingerprint());
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
    public void destroy(KeyFingerprint key) throws PrivateKeyStoreException {
        refuse();
        stored.remove(key);
        loseAnswer();
    }
}
