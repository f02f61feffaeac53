package org.selectord.keystore;

/** The store is there and refuses: wrong passphrase, wrong permissions, no right. A person has to act. */
public final class PrivateKeyStoreDeniedException extends PrivateKeyStoreException {
    private static final long serialVersionUID = 1L;

    public PrivateKeyStoreDeniedException(String message) {
        super(message, null);
    }

    public PrivateKeyStoreDeniedException(String message, Throwable cause) {
        super(message, cause);
    }
}
