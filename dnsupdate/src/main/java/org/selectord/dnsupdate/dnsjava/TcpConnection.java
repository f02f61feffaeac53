package org.selectord.dnsupdate.dnsjava;

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
import java.util.List;

/**
 * DNS messages over one TCP connection (RFC 1035 section 4.2.2). Blocks the calling thread, and no other: a deadline bounds connecting,
 * writing and reading together, so a peer that sends an octet now and then gains nothing. Every socket has a selector of its own, which is
 * the only way to put one deadline over writes as well; it costs two more file descriptors. An interrupt ends the wait.
 */
final class TcpConnection implements Connection {
    private final InetSocketAddress server;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Frames frames = new Frames(this::read);

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

    @Override
    public void send(List<byte[]> messages, Deadline deadline) throws IOException {
        ByteBuffer octets = ByteBuffer.allocate(
                messages.stream().mapToInt(message -> 2 + message.length).sum());
        for (byte[] message : messages) {
            if (message.length > Wire.MAX_LENGTH) {
                throw new IllegalArgumentException("a message of " + message.length + " octets does not fit into TCP");
            }
            octets.putShort((short) message.length).put(message);
        }
        write(octets.flip(), deadline);
    }

    @Override
    public byte[] receive(Deadline deadline) throws IOException {
        return frames.next(deadline);
    }

    @Override
    public boolean isQuiet() {
        try {
            return frames.isEmpty() && channel.read(ByteBuffer.allocate(1)) == 0;
        } catch (IOException e) {
            return false;
        }
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

    private int read(ByteBuffer octets, Deadline deadline) throws IOException {
        int count = channel.read(octets);
        while (count == 0) {
            await(SelectionKey.OP_READ, deadline, "waiting for the reply");
            count = channel.read(octets);
        }
        return count;
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
