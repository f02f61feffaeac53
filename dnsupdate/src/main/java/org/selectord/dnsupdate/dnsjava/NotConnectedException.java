package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;

/** No connection came about, or none to who it should be, so not one octet of a message left. */
final class NotConnectedException extends IOException {
    private static final long serialVersionUID = 1;

    NotConnectedException(String message, Throwable cause) {
        super(message, cause);
    }

    NotConnectedException(String message) {
        super(message);
    }
}
