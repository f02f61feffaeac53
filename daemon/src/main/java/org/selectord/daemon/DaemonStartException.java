package org.selectord.daemon;

/** The daemon did not start; the message says why and what to do. */
final class DaemonStartException extends Exception {
    private static final long serialVersionUID = 1L;

    DaemonStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
