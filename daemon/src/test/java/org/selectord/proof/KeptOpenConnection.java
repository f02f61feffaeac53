package org.selectord.proof;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.selectord.key.SigningDomain;
import org.selectord.proof.MailMessage.Header;
import org.selectord.proof.MilterConnection.Packet;

/** A mail server's connection to a milter that stays open over several messages, as Postfix keeps them. */
public final class KeptOpenConnection implements AutoCloseable {
    private final MilterConnection connection;

    public KeptOpenConnection(MilterAddress address) throws IOException {
        connection = new MilterConnection(address, Deadline.in(Duration.ofSeconds(30)));
        connection.send('O', MilterConnection.numbers(6, 0x1ff, 0));
        connection.receive("the negotiation");
        ask('C', MilterConnection.strings("localhost") + "4\0\u0019" + MilterConnection.strings("127.0.0.1"));
        ask('H', MilterConnection.strings("localhost"));
    }

    /** The {@code s=} of the signatures that a message of the domain gets on this connection. */
    public List<String> selectorsOf(SigningDomain domain) throws IOException {
        MailMessage message = MailMessage.probe(domain, Instant.now());
        ask('M', MilterConnection.strings("<" + MailMessage.sender(domain) + ">"));
        ask('R', MilterConnection.strings("<" + MailMessage.RECIPIENT + ">"));
        for (Header header : message.headers()) {
            ask('L', MilterConnection.strings(header.name(), header.value().strip()));
        }
        ask('N', "");
        ask('B', message.body());
        connection.send('E', "");
        MailMessage signed = message;
        Packet packet = connection.receive("the end");
        while ("hi".indexOf(packet.command()) >= 0) {
            String[] field = packet.strings(packet.command() == 'i' ? 4 : 0);
            signed = signed.withInserted(0, new Header(field[0], " " + field[1].replace("\n", "\r\n")));
            packet = connection.receive("the end");
        }
        return DkimSignature.of(domain, signed).stream()
                .map(DkimSignature::selector)
                .toList();
    }

    private void ask(char command, String data) throws IOException {
        connection.send(command, data);
        Packet reply = connection.receive(String.valueOf(command));
        if (reply.command() != 'c') {
            throw new IOException("the milter answered \"" + reply.command() + "\" to " + command);
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
