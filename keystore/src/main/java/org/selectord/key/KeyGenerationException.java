package org.selectord.key;

/** No key pair came about, or it was not fit for use and has been thrown away. The message holds no key material. */
public final class KeyGenerationException extends Exception {
    private static final long serialVersionUID = 1L;

    public KeyGenerationException(String message) {
        super(message);
    }

    public KeyGenerationException(String message, Throwable cause) {
        super(message, cause);
    }
}
