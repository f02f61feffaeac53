package org.selectord.dnsupdate;

/** A TSIG key file that cannot be used: the message names the file, the line, what is wrong and what to do; never the secret. */
public final class TsigKeyFileException extends Exception {
    private static final long serialVersionUID = 1;

    TsigKeyFileException(String message) {
        super(message);
    }

    TsigKeyFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
