package org.selectord.dnsupdate.dnsjava;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.spec.SecretKeySpec;
import org.selectord.dnsupdate.TsigKey;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;

/**
 * Stands in for a name server, octet by octet, where a real one cannot be made to show the fault: forged and unsigned replies, another
 * message's reply, garbage, halves, a drip, a reset. What real servers do is tested on real servers.
 */
final class ScriptedPeer implements AutoCloseable {
    /** An address where nobody listens. */
    static final InetSocketAddress NOBODY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    private final ServerSocket listening;
    private final Script script;
    private final List<Socket> connections = Collections.synchronizedList(new ArrayList<>());
    private final List<Message> requests = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger accepted = new AtomicInteger();

    /** What is done with one request. */
    @FunctionalInterface
    interface Script {
        void answer(Message request, Socket connection) throws IOException, InterruptedException;
    }

    ScriptedPeer(Script script) {
        this.script = script;
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

    /** All it was asked. */
    List<Message> requests() {
        return List.copyOf(requests);
    }

    /** How many of them were updates that change something. */
    long updates() {
        return requests().stream()
                .filter(request -> request.getHeader().getOpcode() == Opcode.UPDATE)
                .filter(request -> !request.getSection(Section.UPDATE).isEmpty())
                .count();
    }

    int accepted() {
        return accepted.get();
    }

    static boolean isUpdate(Message request) {
        return request.getHeader().getOpcode() == Opcode.UPDATE;
    }

    /** An unsigned reply that a server with authority would give, but for the signature. */
    static Message reply(Message request, int rcode, Record... answers) {
        Message reply = new Message(request.getHeader().getID());
        reply.getHeader().setOpcode(request.getHeader().getOpcode());
        reply.getHeader().setFlag(Flags.QR);
        reply.getHeader().setFlag(Flags.AA);
        reply.getHeader().setRcode(rcode);
        reply.addRecord(request.getQuestion(), Section.QUESTION);
        Arrays.stream(answers).forEach(answer -> reply.addRecord(answer, Section.ANSWER));
        return reply;
    }

    /** The same, signed with the key. */
    static Message signed(TsigKey key, Message request, Message reply) {
        return signed(key, Clock.systemUTC(), request, reply);
    }

    static Message signed(TsigKey key, Clock clock, Message request, Message reply) {
        Name algorithm = Name.fromConstantString(key.algorithm() + ".");
        SecretKeySpec secret = new SecretKeySpec(key.secret().reveal(), "HmacSHA256");
        new TSIG(algorithm, Wire.name(key.name()), secret, clock).apply(reply, request.getTSIG());
        return reply;
    }

    static void send(Socket connection, Message reply) throws IOException {
        sendOctets(connection, reply.toWire());
    }

    static void sendOctets(Socket connection, byte[] octets) throws IOException {
        connection.getOutputStream().write(framed(octets));
    }

    static byte[] framed(byte[] octets) {
        byte[] framed = new byte[octets.length + 2];
        framed[0] = (byte) (octets.length >> 8);
        framed[1] = (byte) octets.length;
        System.arraycopy(octets, 0, framed, 2, octets.length);
        return framed;
    }

    /** RST instead of FIN. */
    static void reset(Socket connection) throws IOException {
        connection.setSoLinger(true, 0);
        connection.close();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket connection = listening.accept();
                accepted.incrementAndGet();
                connections.add(connection);
                start(() -> serve(connection));
            } catch (IOException e) {
                // closed: the test is over
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            DataInputStream in = new DataInputStream(connection.getInputStream());
            while (!connection.isClosed()) {
                byte[] octets = new byte[in.readUnsignedShort()];
                in.readFully(octets);
                Message request = new Message(octets);
                requests.add(request);
                script.answer(request, connection);
            }
        } catch (EOFException e) {
            // the client is done
        } catch (IOException e) {
            // the script or the client cut it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "scripted-peer");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Socket connection : List.copyOf(connections)) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
