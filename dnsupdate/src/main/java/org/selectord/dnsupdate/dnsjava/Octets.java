package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Octets both ways with one peer, each wait under a deadline. One thread. */
interface Octets extends AutoCloseable {
    /** Waits for some, puts them there and says how many; less than 0: there will be no more. */
    int read(ByteBuffer into, Deadline deadline) throws IOException;

    /** The same without waiting; 0: there are none at this moment. */
    int readNow(ByteBuffer into) throws IOException;

    /** Sends all of them. */
    void write(ByteBuffer octets, Deadline deadline) throws IOException;

    /** Waits for nobody and fails never. */
    @Override
    void close();
}
