package org.selectord.keystore;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.selectord.key.CheckedKeyPairs;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyGenerationException;
import org.selectord.key.KeyPairSource;
import org.selectord.key.PublicHalf;

/**
 * Where new keys come from: a spare, which is a stored key that no domain has taken, or else a newly generated one. So a crash
 * between storing a key and binding it to its domain makes no second key: the first is found again. Blocks as its store and its
 * source do; safe from any thread, but two callers may be given the same spare: whoever records it first has it.
 */
public final class SpareKeys {
    private final PrivateKeyStore store;
    private final KeyPairSource source;

    public SpareKeys(PrivateKeyStore store, KeyPairSource source) {
        this.store = store;
        this.source = new CheckedKeyPairs(source);
    }

    /**
     * A key of this algorithm that is durable in the store and not taken. The keys of a batch that have just been handed out must
     * count as taken.
     */
    public PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
        Set<KeyFingerprint> stored =
                new TreeSet<>(store.list()); // in order, so that the same question has the same answer
        for (KeyFingerprint name : stored) {
            // looks into spares only: it costs a decryption, and nearly all keys are taken
            Optional<PublicHalf> spare = taken.test(name) ? Optional.empty() : look(name);
            if (spare.isPresent() && spare.get().algorithm() == algorithm) {
                return spare.get();
            }
        }
        return generate(algorithm, name -> stored.contains(name) || taken.test(name));
    }

    /** Destroys every spare: after a word that somebody else may have read the store, none of them is to be taken. Repeating is safe. */
    public void discard(Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
        for (KeyFingerprint name : store.list()) {
            if (!taken.test(name)) {
                store.destroy(name);
            }
        }
    }

    private Optional<PublicHalf> look(KeyFingerprint name) throws PrivateKeyStoreException {
        try {
            return Optional.of(store.readPublic(name));
        } catch (PrivateKeyAbsentException e) {
            return Optional.empty(); // destroyed since it was listed
        }
    }

    private PublicHalf generate(KeyAlgorithm algorithm, Predicate<KeyFingerprint> known)
            throws PrivateKeyStoreException {
        PrivateKeyPem key = generated(algorithm);
        if (known.test(key.publicHalf().fingerprint())) {
            throw new PrivateKeyStoreUnavailableException("no new key: the source of key pairs made " + key.publicHalf()
                    + " again, which is in use already. This machine's random numbers are broken");
        }
        store.put(key);
        return key.publicHalf();
    }

    private PrivateKeyPem generated(KeyAlgorithm algorithm) throws PrivateKeyStoreUnavailableException {
        try {
            return PrivateKeyPem.of(source.generate(algorithm));
        } catch (KeyGenerationException e) {
            throw new PrivateKeyStoreUnavailableException("no new key, and nothing was stored: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new PrivateKeyStoreUnavailableException(
                    "no new key, and nothing was stored: a new " + algorithm.word() + " key pair was thrown away: "
                            + e.getMessage(),
                    e);
        }
    }
}
