package org.selectord.keystore;

/** The store did not answer or could not write just now; whether it did what was asked may be unknown. Try again later. */
public final class PrivateKeyStoreUnavailableException extends PrivateKeyStoreException {
    private static final long serialVersionUID = 1L;

    public PrivateKeyStoreUnavailableException(String message) {
        super(message, null);
    }

    public PrivateKeyStoreUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
