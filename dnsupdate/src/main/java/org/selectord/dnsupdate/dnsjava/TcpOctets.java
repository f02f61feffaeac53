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
import jdk.net.ExtendedSocketOptions;

/**
 * TCP. Blocks the calling thread, and no other: a deadline bounds connecting, writing and reading alike, so a peer that sends an octet now and
 * then gains nothing. Every socket has a selector of its own, which is the only way to put one deadline over writes as well; it costs two more
 * file descriptors. An interrupt ends the wait.
 */
final class TcpOctets implements Octets {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;

    private TcpOctets(SocketChannel channel, Selector selector) throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.key = channel.register(selector, 0);
    }

    static TcpOctets connect(InetSocketAddress server, Deadline deadline) throws NotConnectedException {
        SocketChannel channel = null;
        Selector selector = null;
        try {
            channel = SocketChannel.open();
            selector = Selector.open();
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            TcpOctets octets = new TcpOctets(channel, selector);
            octets.finishConnecting(server, deadline);
            return octets;
        } catch (UnresolvedAddressException e) {
            closeQuietly(channel, selector);
            throw new NotConnectedException("no address is known for " + server.getHostString(), e);
        } catch (IOException | RuntimeException e) {
            closeQuietly(channel, selector);
            throw new NotConnectedException("cannot connect: " + Texts.of(e), e);
        }
    }

    private void finishConnecting(InetSocketAddress server, Deadline deadline) throws IOException {
        boolean connected = channel.connect(server);
        while (!connected) {
            await(SelectionKey.OP_CONNECT, deadline, "connecting");
            connected = channel.finishConnect();
        }
    }

    @Override
    public int read(ByteBuffer into, Deadline deadline) throws IOException {
        int count = channel.read(into);
        while (count == 0) {
            acknowledgeAtOnce();
            await(SelectionKey.OP_READ, deadline, "waiting for the reply");
            count = channel.read(into);
        }
        return count;
    }

    /** A server that leaves Nagle's algorithm on (BIND 9.18) holds its next reply until we have: 40 ms, where the kernel waits for something to send with it. */
    private void acknowledgeAtOnce() throws IOException {
        if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK)) {
            channel.setOption(ExtendedSocketOptions.TCP_QUICKACK, true); // lasts until the kernel thinks otherwise
        }
    }

    @Override
    public int readNow(ByteBuffer into) throws IOException {
        return channel.read(into);
    }

    @Override
    public void write(ByteBuffer octets, Deadline deadline) throws IOException {
        while (octets.hasRemaining()) {
            if (channel.write(octets) == 0) {
                await(SelectionKey.OP_WRITE, deadline, "sending");
            }
        }
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
