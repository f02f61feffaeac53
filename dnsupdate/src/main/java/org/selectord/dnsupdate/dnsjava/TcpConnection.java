package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.selectord.dnsupdate.PrimaryTls;

/** DNS messages over one TCP connection (RFC 1035 section 4.2.2), in the clear or over TLS (RFC 7858). */
final class TcpConnection implements Connection {
    private final Octets octets;
    private final Frames frames;

    private TcpConnection(Octets octets) {
        this.octets = octets;
        this.frames = new Frames(octets::read);
    }

    static TcpConnection open(InetSocketAddress server, Deadline deadline) throws NotConnectedException {
        return new TcpConnection(connect(server, deadline));
    }

    /** Open when the server has proven who it is: before, nothing of ours is sent. */
    static TcpConnection open(InetSocketAddress server, PrimaryTls tls, Deadline deadline)
            throws NotConnectedException {
        return new TcpConnection(TlsOctets.agree(connect(server, deadline), tls, deadline));
    }

    private static Octets connect(InetSocketAddress server, Deadline deadline) throws NotConnectedException {
        if (deadline.isOver()) {
            throw new NotConnectedException("the time for this call was over");
        }
        return TcpOctets.connect(server, deadline);
    }

    @Override
    public void send(List<byte[]> messages, Deadline deadline) throws IOException {
        ByteBuffer framed = ByteBuffer.allocate(
                messages.stream().mapToInt(message -> 2 + message.length).sum());
        for (byte[] message : messages) {
            if (message.length > Wire.MAX_LENGTH) {
                throw new IllegalArgumentException("a message of " + message.length + " octets does not fit into TCP");
            }
            framed.putShort((short) message.length).put(message);
        }
        octets.write(framed.flip(), deadline);
    }

    @Override
    public byte[] receive(Deadline deadline) throws IOException {
        return frames.next(deadline);
    }

    @Override
    public boolean isQuiet() {
        try {
            return frames.isEmpty() && octets.readNow(ByteBuffer.allocate(1)) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        octets.close();
    }
}
