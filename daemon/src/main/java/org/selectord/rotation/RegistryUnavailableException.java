package org.selectord.rotation;

/** The registry could not be read or written: nothing may be done that is not recorded (disk full, file gone, locked by another daemon). */
public final class RegistryUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RegistryUnavailableException(String message) {
        super(message);
    }

    public RegistryUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
