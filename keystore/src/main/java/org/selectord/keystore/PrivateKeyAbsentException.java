package org.selectord.keystore;

/** There is no private half of that name, and that is certain. */
public final class PrivateKeyAbsentException extends PrivateKeyStoreException {
    private static final long serialVersionUID = 1L;

    public PrivateKeyAbsentException(String message) {
        super(message, null);
    }

    public PrivateKeyAbsentException(String message, Throwable cause) {
        super(message, cause);
    }
}
