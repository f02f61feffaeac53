package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.util.List;

/** An open connection that carries DNS messages both ways. One thread. */
interface Connection extends AutoCloseable {
    /** Sends these, in this order. */
    void send(List<byte[]> messages, Deadline deadline) throws IOException;

    /** The next message that comes: whose it is, the caller checks. */
    byte[] receive(Deadline deadline) throws IOException;

    /** Whether the other side has left it open, and has said nothing that was not read. */
    boolean isQuiet();

    @Override
    void close();
}
