package org.selectord.dnsupdate.dnsjava;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;

/**
 * DNS messages over one TCP connection (RFC 1035 section 4.2.2). Blocks the calling thread, and no other: a deadline bounds connecting,
 * writing and reading together, so a peer that sends an octet now and then gains nothing. Every socket has a selector of its own, which is
 * the only way to put one deadline over writes as well; it costs two more file descriptors. An interrupt ends the wait.
 */
final class TcpConnection implements AutoCloseable {
    private final InetSocketAddress server;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;

    private TcpConnection(InetSocketAddress server, SocketChannel channel, Selector selector) throws IOException {
        this.server = server;
        this.channel = channel;
        this.selector = selector;
        this.key = channel.register(selector, 0);
    }

    static TcpConnection open(InetSocketAddress server, Deadline deadline) throws NotConnectedException {
        if (deadline.isOver()) {
            throw new NotConnectedException("the time for this call was over");
        }
        SocketChannel channel = null;
        Selector selector = null;
        try {
            channel = SocketChannel.open();
            selector = Selector.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            TcpConnection connection = new TcpConnection(server, channel, selector);
            connection.connect(deadline);
            return connection;
        } catch (UnresolvedAddressException e) {
            closeQuietly(channel, selector);
            throw new NotConnectedException("no address is known for " + server.getHostString(), e);
        } catch (IOException | RuntimeException e) {
            closeQuietly(channel, selector);
            throw new NotConnectedException("cannot connect: " + Texts.of(e), e);
        }
    }

    /** Sends one message and reads the next one: whose it is, the caller checks. */
    byte[] exchange(byte[] message, Deadline deadline) throws IOException {
        if (message.length > Wire.MAX_LENGTH) {
            throw new IllegalArgumentException("a message of " + message.length + " octets does not fit into TCP");
        }
        write(
                ByteBuffer.allocate(2 + message.length)
                        .putShort((short) message.length)
                        .put(message)
                        .flip(),
                deadline);
        int length = Short.toUnsignedInt(read(2, deadline).getShort());
        return read(length, deadline).array();
    }

    private void connect(Deadline deadline) throws IOException {
        boolean connected = channel.connect(server);
        while (!connected) {
            await(SelectionKey.OP_CONNECT, deadline, "connecting");
            connected = channel.finishConnect();
        }
    }

    private void write(ByteBuffer octets, Deadline deadline) throws IOException {
        while (octets.hasRemaining()) {
            if (channel.write(octets) == 0) {
                await(SelectionKey.OP_WRITE, deadline, "sending");
            }
        }
    }

    private ByteBuffer read(int length, Deadline deadline) throws IOException {
        ByteBuffer octets = ByteBuffer.allocate(length);
        while (octets.hasRemaining()) {
            int count = channel.read(octets);
            if (count < 0) {
                throw new EOFException("the connection was closed before the reply was complete");
            }
            // asked also when octets did come, so that a slow drip does not outlive the deadline
            if (octets.hasRemaining()) {
                await(SelectionKey.OP_READ, deadline, "waiting for the reply");
            }
        }
        return octets.flip();
    }

    private void await(int operation, Deadline deadline, String doing) throws IOException {
        key.interestOps(operation);
        long millis = deadline.remainingMillis();
        if (millis == 0) {
            throw new SocketTimeoutException("time over while " + doing);
        }
        selector.select(millis);
        selector.selectedKeys().clear();
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted while " + doing);
        }
    }

    @Override
    public void close() {
        closeQuietly(channel, selector);
    }

    private static void closeQuietly(@org.jspecify.annotations.Nullable AutoCloseable... all) {
        for (AutoCloseable one : all) {
            try {
                if (one != null) {
                    one.close();
                }
            } catch (Exception e) {
                // nothing was to be had from it any more
            }
        }
    }
}
