package org.selectord.keystore;

/** This one private half is there and cannot be used as it stands; it says nothing of the others. A person has to act. */
public final class PrivateKeyDamagedException extends PrivateKeyStoreException {
    private static final long serialVersionUID = 1L;

    public PrivateKeyDamagedException(String message) {
        super(message, null);
    }

    public PrivateKeyDamagedException(String message, Throwable cause) {
        super(message, cause);
    }
}
