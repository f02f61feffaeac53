package org.selectord.signer.opendkim;

/** A table cannot be read as we must read it to change it; a person has to put it right. Says which line, and what to do. */
final class TableException extends Exception {
    private static final long serialVersionUID = 1L;

    TableException(String message) {
        super(message);
    }
}
