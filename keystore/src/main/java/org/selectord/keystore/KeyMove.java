package org.selectord.keystore;

import java.util.Set;
import java.util.TreeSet;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyGenerationException;
import org.selectord.key.KeyPairSource;

/**
 * All keys of one store to another. Nothing leaves the old store before every key has been read back from the new one, so a call that was cut
 * off or failed is repeated; nobody else may work with either store meanwhile.
 */
public final class KeyMove {
    private final PrivateKeyStore from;
    private final PrivateKeyStore to;
    private final KeyPairSource probes;

    /** @param probes makes a key for a moment, by which the two stores are told apart */
    public KeyMove(PrivateKeyStore from, PrivateKeyStore to, KeyPairSource probes) {
        this.from = from;
        this.to = to;
        this.probes = probes;
    }

    /** How many keys the new store has that the old one had, and has no more. */
    public int run() throws PrivateKeyStoreException {
        Set<KeyFingerprint> names = new TreeSet<>(from.list());
        requireTwoStores();
        Set<KeyFingerprint> there = to.list();
        for (KeyFingerprint name : names) {
            if (!there.contains(name)) {
                to.put(from.read(name));
            }
        }
        for (KeyFingerprint name : names) {
            requireSame(name);
        }
        for (KeyFingerprint name : names) {
            from.destroy(name);
        }
        return names.size();
    }

    /** One store under two names would lose every key at the end. */
    private void requireTwoStores() throws PrivateKeyStoreException {
        KeyFingerprint probe = to.put(probe());
        boolean same = from.list().contains(probe);
        to.destroy(probe);
        if (same) {
            throw new PrivateKeyStoreDeniedException(from + " and " + to + " are one and the same; nothing was moved");
        }
    }

    private PrivateKeyPem probe() throws PrivateKeyStoreUnavailableException {
        try {
            return PrivateKeyPem.of(probes.generate(KeyAlgorithm.ED25519));
        } catch (KeyGenerationException e) {
            throw new PrivateKeyStoreUnavailableException("nothing was moved: " + e.getMessage(), e);
        }
    }

    private void requireSame(KeyFingerprint name) throws PrivateKeyStoreException {
        KeyFingerprint found = to.read(name).publicHalf().fingerprint();
        if (!found.equals(name)) {
            throw new PrivateKeyStoreDeniedException(
                    to + " has another key, " + found + ", under the name " + name + "; nothing left " + from);
        }
    }
}
