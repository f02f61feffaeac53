package org.selectord.dnsupdate.dnsjava;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Section;

/** Stands between a client and a real name server: keeps what the client sends, octet by octet, and may meddle with it. */
final class Between implements AutoCloseable {
    private final ServerSocket listening;
    private final InetSocketAddress server;
    private final Gate gate;
    private final List<Socket> sockets = Collections.synchronizedList(new ArrayList<>());
    private final List<byte[]> updates = Collections.synchronizedList(new ArrayList<>());
    /** By the id of their message. */
    private final Map<Integer, Integer> numbers = new ConcurrentHashMap<>();

    /** What happens to updates that change something, and to the replies to them. Their numbers begin at 1. */
    @FunctionalInterface
    interface Gate {
        void before(int number) throws InterruptedException, IOException;

        /** Passes it on, by default as it came. */
        default void forth(int number, byte[] update, Socket client, Socket server)
                throws InterruptedException, IOException {
            ScriptedPeer.sendOctets(server, update);
        }

        /** Passes the reply on, by default as it came. */
        default void back(int number, byte[] reply, Socket client) throws InterruptedException, IOException {
            ScriptedPeer.sendOctets(client, reply);
        }
    }

    Between(InetSocketAddress server, Gate gate) {
        this.server = server;
        this.gate = gate;
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort());
    }

    /** The updates that change something, as they were sent. */
    List<byte[]> updates() {
        return List.copyOf(updates);
    }

    /** Sends octets to a server as anybody could, and says what it answered. */
    static Message send(InetSocketAddress server, byte[] octets) throws IOException {
        try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(ScriptedPeer.framed(octets));
            return new Message(frame(new DataInputStream(socket.getInputStream())));
        }
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Socket beyond = new Socket(server.getAddress(), server.getPort());
                sockets.add(client);
                sockets.add(beyond);
                start(() -> forth(client, beyond));
                start(() -> back(beyond, client));
            } catch (IOException e) {
                // closed: the test is over
            }
        }
    }

    private void forth(Socket client, Socket beyond) {
        try (client;
                beyond) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            while (true) {
                byte[] octets = frame(in);
                Message message = new Message(octets);
                if (message.getHeader().getOpcode() == Opcode.UPDATE
                        && !message.getSection(Section.UPDATE).isEmpty()) {
                    updates.add(octets);
                    int number = updates.size();
                    numbers.put(message.getHeader().getID(), number);
                    gate.before(number);
                    gate.forth(number, octets, client, beyond);
                } else {
                    ScriptedPeer.sendOctets(beyond, octets);
                }
            }
        } catch (IOException e) {
            // one of them is done
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void back(Socket beyond, Socket client) {
        try (client;
                beyond) {
            DataInputStream in = new DataInputStream(beyond.getInputStream());
            while (true) {
                byte[] octets = frame(in);
                Integer number = numbers.get(new Message(octets).getHeader().getID());
                if (number == null) {
                    ScriptedPeer.sendOctets(client, octets);
                } else {
                    gate.back(number, octets, client);
                }
            }
        } catch (IOException e) {
            // one of them is done
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static byte[] frame(DataInputStream in) throws IOException {
        byte[] octets = new byte[in.readUnsignedShort()];
        in.readFully(octets);
        return octets;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "between");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Socket socket : List.copyOf(sockets)) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
