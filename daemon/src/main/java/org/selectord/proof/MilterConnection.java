package org.selectord.proof;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * Milter packets over a socket: four octets of length, one of command, then data. Every call ends by the deadline, over TCP and over a Unix socket alike,
 * which is why the channel does not block.
 */
final class MilterConnection implements AutoCloseable {
    /** More than any answer needs: a longer length means that whoever answers is no milter. */
    private static final int LONGEST_PACKET = 1 << 20;

    private final Deadline deadline;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;

    /**
     * One packet.
     *
     * @param data one char an octet (ISO 8859-1)
     */
    record Packet(char command, String data) {
        /** The NUL-terminated strings from {@code offset} on. */
        String[] strings(int offset) {
            return data.substring(offset).split("\0", -1);
        }

        /** The 32-bit number at {@code offset}. */
        int number(int offset) throws IOException {
            if (data.length() < offset + 4) {
                throw new ProtocolException("it sent \"" + command + "\" without the number that belongs to it");
            }
            return ByteBuffer.wrap(octets(data)).getInt(offset);
        }
    }

    MilterConnection(MilterAddress address, Deadline deadline) throws IOException {
        this.deadline = deadline;
        this.selector = Selector.open();
        this.channel = address.open();
        try {
            channel.configureBlocking(false);
            key = channel.register(selector, 0);
            if (!channel.connect(address.resolve())) {
                while (!channel.finishConnect()) {
                    await(SelectionKey.OP_CONNECT, "its accepting the connection");
                }
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    void send(char command, String data) throws IOException {
        ByteBuffer packet = ByteBuffer.allocate(5 + data.length())
                .putInt(1 + data.length())
                .put(octets(command + data))
                .flip();
        while (packet.hasRemaining()) {
            if (channel.write(packet) == 0) {
                await(SelectionKey.OP_WRITE, "its reading");
            }
        }
    }

    Packet receive(String what) throws IOException {
        int length = read(4, what).getInt();
        if (length < 1 || length > LONGEST_PACKET) {
            throw new ProtocolException("it does not speak milter: its answer to " + what + " claims a length of "
                    + Integer.toUnsignedString(length) + " octets");
        }
        String packet = new String(read(length, what).array(), StandardCharsets.ISO_8859_1);
        return new Packet(packet.charAt(0), packet.substring(1));
    }

    private ByteBuffer read(int octets, String what) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(octets);
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer);
            if (count < 0) {
                throw new EOFException("it closed the connection instead of answering to " + what);
            }
            if (count == 0) {
                await(SelectionKey.OP_READ, "its answer to " + what);
            }
        }
        return buffer.flip();
    }

    private void await(int operation, String what) throws IOException {
        key.interestOps(operation);
        long millis = deadline.left().toMillis();
        if (millis > 0) {
            selector.select(millis);
            selector.selectedKeys().clear();
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted while waiting for " + what);
        }
        if (deadline.isOver() || millis == 0) {
            throw new SocketTimeoutException("the time was over while waiting for " + what);
        }
    }

    @Override
    public void close() throws IOException {
        try (selector) {
            channel.close();
        }
    }

    static String strings(String... values) {
        return String.join("\0", values) + "\0";
    }

    static String numbers(int... values) {
        ByteBuffer octets = ByteBuffer.allocate(4 * values.length);
        for (int value : values) {
            octets.putInt(value);
        }
        return new String(octets.array(), StandardCharsets.ISO_8859_1);
    }

    private static byte[] octets(String chars) {
        return chars.getBytes(StandardCharsets.ISO_8859_1);
    }
}
