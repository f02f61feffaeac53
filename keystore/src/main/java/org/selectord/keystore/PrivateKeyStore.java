package org.selectord.keystore;

import java.util.Set;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;

/**
 * Keeps private halves, each named by the fingerprint of its public half. Calls block, may come from any thread, have a deadline
 * of their own, and may be repeated after an unknown outcome without harm.
 */
public interface PrivateKeyStore extends AutoCloseable {
    /**
     * Stores a private half. On return it is durable and has been read back. Never overwrites: the same key again is no error.
     *
     * @return the fingerprint that names it from now on
     */
    KeyFingerprint put(PrivateKeyPem key) throws PrivateKeyStoreException;

    /** The private half of this name; {@link PrivateKeyAbsentException} if there is none, {@link PrivateKeyDamagedException} if it is not sound. */
    PrivateKeyPem read(KeyFingerprint key) throws PrivateKeyStoreException;

    /** The public half of a stored key, so that nobody needs the private one to make a key record. */
    PublicHalf readPublic(KeyFingerprint key) throws PrivateKeyStoreException;

    /** All names in the store; those that no domain has taken are the spares. */
    Set<KeyFingerprint> list() throws PrivateKeyStoreException;

    /** Destroys a private half: gone on return, also when it was gone before. */
    void destroy(KeyFingerprint key) throws PrivateKeyStoreException;

    /** Lets go of what the store holds, such as a token; the keys stay. */
    @Override
    default void close() {}
}
