package org.selectord.rotation;

/** An order was not placed, and nothing has changed: the message says why and what to do. */
public final class OrderRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OrderRefusedException(String message) {
        super(message);
    }
}
