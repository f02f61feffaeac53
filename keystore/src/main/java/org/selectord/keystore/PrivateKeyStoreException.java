package org.selectord.keystore;

/**
 * A keystore could not do what was asked; the subclass names the reader's next move. The message says what was tried, where, and what
 * came back; it never holds key material.
 */
public abstract sealed class PrivateKeyStoreException extends Exception
        permits PrivateKeyAbsentException,
                PrivateKeyDamagedException,
                PrivateKeyStoreDeniedException,
                PrivateKeyStoreUnavailableException {
    private static final long serialVersionUID = 1L;

    PrivateKeyStoreException(String message, @org.jspecify.annotations.Nullable Throwable cause) {
        super(message, cause);
    }
}
