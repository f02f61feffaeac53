package org.selectord.dnsupdate.dnsjava;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;

/** Cuts a stream of octets into messages: two octets of length before each (RFC 1035 section 4.2.2). */
final class Frames {
    private final Source source;
    /** What has come and was not read yet, from position to limit. */
    private final ByteBuffer octets = ByteBuffer.allocate(2 + Wire.MAX_LENGTH).flip();

    Frames(Source source) {
        this.source = source;
    }

    /** Where octets come from. */
    @FunctionalInterface
    interface Source {
        /** Waits for some, puts them there and says how many; less than 0: there will be no more. */
        int read(ByteBuffer into, Deadline deadline) throws IOException;
    }

    byte[] next(Deadline deadline) throws IOException {
        await(2, deadline);
        int length = Short.toUnsignedInt(octets.getShort(octets.position()));
        await(2 + length, deadline);
        byte[] message = new byte[length];
        octets.getShort();
        octets.get(message);
        return message;
    }

    boolean isEmpty() {
        return !octets.hasRemaining();
    }

    private void await(int count, Deadline deadline) throws IOException {
        while (octets.remaining() < count) {
            octets.compact();
            int read = source.read(octets, deadline);
            octets.flip();
            if (read < 0) {
                throw new EOFException("the connection was closed before the reply was complete");
            }
            // asked also when octets did come, so that a slow drip does not outlive the deadline
            if (octets.remaining() < count && deadline.isOver()) {
                throw new SocketTimeoutException("time over while waiting for the reply");
            }
        }
    }
}
