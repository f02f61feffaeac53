package org.selectord.proof;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A milter as a table: what it answers to which command, else "continue". {@code milter.on('E', "t")} refuses at the end; an answer is the command letter and the data.
 */
final class ScriptedMilter implements Closeable {
    private final ServerSocketChannel listening;
    private final Map<Character, List<String>> answers = new ConcurrentHashMap<>();
    private final Map<Character, String> raw = new ConcurrentHashMap<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();
    private final Thread serving = new Thread(this::serve, "scripted-milter");
    private volatile int protocol;

    private ScriptedMilter(ServerSocketChannel listening) {
        this.listening = listening;
        serving.setDaemon(true);
        serving.start();
    }

    static ScriptedMilter onTcp() {
        return listening(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), false);
    }

    static ScriptedMilter at(Path socket) {
        return listening(UnixDomainSocketAddress.of(socket), true);
    }

    private static ScriptedMilter listening(SocketAddress address, boolean unix) {
        try {
            ServerSocketChannel channel =
                    unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
            return new ScriptedMilter(channel.bind(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    MilterAddress address() {
        try {
            return listening.getLocalAddress() instanceof InetSocketAddress inet
                    ? new MilterAddress.Inet("127.0.0.1", inet.getPort())
                    : new MilterAddress.Local(((UnixDomainSocketAddress) listening.getLocalAddress()).getPath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Several packets in a row; none: silence. */
    ScriptedMilter on(char command, String... packets) {
        answers.put(command, List.of(packets));
        return this;
    }

    /** Octets that need not be a packet. */
    ScriptedMilter onRaw(char command, String octets) {
        raw.put(command, octets);
        return this;
    }

    /** What it asks for in the negotiation. */
    ScriptedMilter asking(int flags) {
        protocol = flags;
        return this;
    }

    /** Each packet as letter and data. */
    List<String> heard() {
        return heard;
    }

    Optional<String> heard(char command) {
        return heard.stream().filter(packet -> packet.charAt(0) == command).findFirst();
    }

    private void serve() {
        while (listening.isOpen()) {
            try (SocketChannel connection = listening.accept()) {
                connections.add(connection);
                if (listening.isOpen()) {
                    converse(
                            new DataInputStream(Channels.newInputStream(connection)),
                            new DataOutputStream(Channels.newOutputStream(connection)));
                }
            } catch (IOException e) {
                // the client went, or the test closed us
            }
        }
    }

    private void converse(DataInputStream in, DataOutputStream out) throws IOException {
        while (true) {
            byte[] packet = new byte[in.readInt()];
            in.readFully(packet);
            String text = new String(packet, ISO_8859_1);
            heard.add(text);
            char command = text.charAt(0);
            if (command == 'Q') {
                throw new EOFException("quit");
            }
            if (raw.containsKey(command)) {
                out.write(raw.getOrDefault(command, "").getBytes(ISO_8859_1));
                out.flush();
            } else if (command != 'D') {
                answer(command, out);
            }
        }
    }

    private void answer(char command, DataOutputStream out) throws IOException {
        List<String> usual = List.of(command == 'O' ? "O" + MilterConnection.numbers(6, 0x1ff, protocol) : "c");
        for (String packet : answers.getOrDefault(command, usual)) {
            out.write((MilterConnection.numbers(packet.length()) + packet).getBytes(ISO_8859_1));
            out.flush();
        }
    }

    /** The kernel listens until the accept that is under way has returned, so that is waited for. */
    @Override
    public void close() throws IOException {
        listening.close();
        for (SocketChannel connection : connections) {
            connection.close();
        }
        try {
            serving.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
