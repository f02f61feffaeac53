package org.selectord.proof;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.key.SigningDomain;
import org.selectord.proof.MailMessage.Header;
import org.selectord.proof.MilterConnection.Packet;

/**
 * Shows a message to a milter as a mail server would, and says what became of it. The client is an authenticated user on 127.0.0.1, so that every signer
 * takes the message for one to sign. A new connection each time: OpenDKIM loads a changed configuration with the next connection, and one kept open goes
 * on with the old one. Blocks, until the deadline at most; any thread.
 *
 * <p>Our own client: the only one in Java that works (jmilter) brings its own network stack, knows no Unix sockets and has no deadline over the whole
 * conversation.
 */
public final class MilterProbe {
    private static final int VERSION = 6;
    /** Everything a filter may ask to change; a filter refuses to talk to a server that lacks one it wants. */
    private static final int ALL_ACTIONS = 0x1ff;
    /** Everything a filter may ask to be spared, and the leading space of header values. */
    private static final int ALL_PROTOCOL = 0x1fffff;

    private static final int LEADING_SPACE = 0x100000;

    private final MilterAddress address;

    public MilterProbe(MilterAddress address) {
        this.address = address;
    }

    public MilterAddress address() {
        return address;
    }

    public ProbeAnswer show(MailMessage message, SigningDomain from, Deadline deadline) {
        try (MilterConnection connection = new MilterConnection(address, deadline)) {
            return new Conversation(connection, message).hold(from);
        } catch (IOException e) {
            return new ProbeAnswer.NoAnswer("the milter at " + address + " did not answer: " + said(e));
        }
    }

    private static String said(IOException e) {
        return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
    }

    /** The stages of a conversation; the flags with which a filter asks to be spared the command, or the wait for its reply. */
    private enum Stage {
        CONNECT('C', "the connection", 0x1, 0x1000),
        HELO('H', "HELO", 0x2, 0x2000),
        MAIL('M', "MAIL FROM", 0x4, 0x4000),
        RCPT('R', "RCPT TO", 0x8, 0x8000),
        DATA('T', "DATA", 0x200, 0x10000),
        HEADER('L', "a header field", 0x20, 0x80),
        END_OF_HEADERS('N', "the end of the header", 0x40, 0x40000),
        BODY('B', "the body", 0x10, 0x80000);

        private final char command;
        private final String words;
        private final int spared;
        private final int noReply;

        Stage(char command, String words, int spared, int noReply) {
            this.command = command;
            this.words = words;
            this.spared = spared;
            this.noReply = noReply;
        }

        boolean showsMessage() {
            return compareTo(HEADER) >= 0;
        }
    }

    /** One message, one connection. */
    private static final class Conversation {
        private final MilterConnection connection;
        private MailMessage message;
        private int protocol;
        private boolean bodySkipped;
        private boolean bodyReplaced;

        Conversation(MilterConnection connection, MailMessage message) {
            this.connection = connection;
            this.message = message;
        }

        ProbeAnswer hold(SigningDomain domain) throws IOException {
            negotiate();
            String sender = "<" + MailMessage.sender(domain) + ">";
            List<Command> commands = new ArrayList<>();
            commands.add(macros('C', "j", "selectord.invalid", "{daemon_name}", "selectord"));
            commands.add(new Command(Stage.CONNECT, connect()));
            commands.add(new Command(Stage.HELO, MilterConnection.strings("localhost")));
            // an authenticated client's mail is signed also where InternalHosts leaves out 127.0.0.1
            commands.add(macros('M', "i", "selectord", "{auth_type}", "PLAIN", "{auth_authen}", "selectord"));
            commands.add(new Command(Stage.MAIL, MilterConnection.strings(sender)));
            commands.add(new Command(Stage.RCPT, MilterConnection.strings("<" + MailMessage.RECIPIENT + ">")));
            commands.add(new Command(Stage.DATA, ""));
            for (Header header : message.headers()) {
                commands.add(new Command(Stage.HEADER, MilterConnection.strings(header.name(), sent(header.value()))));
            }
            commands.add(new Command(Stage.END_OF_HEADERS, ""));
            commands.add(new Command(Stage.BODY, message.body()));
            for (Command command : commands) {
                Optional<ProbeAnswer> early = say(command);
                if (early.isPresent()) {
                    quit();
                    return early.get();
                }
            }
            ProbeAnswer answer = endOfMessage();
            quit();
            return answer;
        }

        private record Command(Optional<Stage> stage, String data) {
            Command(Stage stage, String data) {
                this(Optional.of(stage), data);
            }
        }

        private static Command macros(char stage, String... namesAndValues) {
            return new Command(Optional.empty(), stage + MilterConnection.strings(namesAndValues));
        }

        private static String connect() {
            char port25 = 25;
            return MilterConnection.strings("localhost") + "4\0" + port25 + MilterConnection.strings("127.0.0.1");
        }

        private void negotiate() throws IOException {
            connection.send('O', MilterConnection.numbers(VERSION, ALL_ACTIONS, ALL_PROTOCOL));
            Packet reply = connection.receive("the negotiation");
            if (reply.command() != 'O') {
                throw new IOException("it answered the negotiation with \"" + reply.command() + "\"");
            }
            protocol = reply.number(8);
        }

        private boolean asks(int flag) {
            return (protocol & flag) != 0;
        }

        private String sent(String value) {
            return !asks(LEADING_SPACE) && value.startsWith(" ") ? value.substring(1) : value;
        }

        /** Empty: the conversation goes on. */
        private Optional<ProbeAnswer> say(Command command) throws IOException {
            if (command.stage().isEmpty()) {
                connection.send('D', command.data());
                return Optional.empty();
            }
            Stage stage = command.stage().get();
            if (asks(stage.spared) || (stage == Stage.BODY && bodySkipped)) {
                return Optional.empty();
            }
            connection.send(stage.command, command.data());
            return asks(stage.noReply) ? Optional.empty() : judged(stage, reply(stage.words));
        }

        private Optional<ProbeAnswer> judged(Stage stage, Packet reply) throws IOException {
            return switch (reply.command()) {
                case 'c' -> Optional.empty();
                case 's' -> {
                    bodySkipped = true;
                    yield Optional.empty();
                }
                case 'a' -> Optional.of(accepted(stage));
                default -> Optional.of(refused(stage, reply));
            };
        }

        /** It has seen enough: with the message before it, that means that it goes unsigned. */
        private ProbeAnswer accepted(Stage stage) {
            return stage.showsMessage()
                    ? new ProbeAnswer.Passed(message)
                    : new ProbeAnswer.NoAnswer(
                            "the signer accepts at " + stage.words
                                    + " whatever comes from 127.0.0.1, without looking at the message (PeerList in opendkim.conf?)");
        }

        private static ProbeAnswer refused(Stage stage, Packet reply) throws IOException {
            String how = refusal(reply, stage.words);
            return stage.showsMessage()
                    ? new ProbeAnswer.Refused(how)
                    : new ProbeAnswer.NoAnswer(how + ", before it saw the message");
        }

        private static String refusal(Packet reply, String at) throws IOException {
            String verb = switch (reply.command()) {
                case 'r' -> "rejected it for good (5xx)";
                case 't' -> "refused it for now (4xx)";
                case 'd' -> "discarded it";
                case 'y' -> "answered " + reply.strings(0)[0];
                case 'f', '4' -> "shut the connection";
                default ->
                    throw new IOException("it answered to " + at + " with an unknown \"" + reply.command() + "\"");
            };
            return "the signer " + verb + " at " + at;
        }

        /** The next packet that is not "still working on it". */
        private Packet reply(String to) throws IOException {
            Packet packet = connection.receive(to);
            while (packet.command() == 'p') {
                packet = connection.receive(to);
            }
            return packet;
        }

        private ProbeAnswer endOfMessage() throws IOException {
            String stage = "the end of the message";
            connection.send('E', "");
            Packet packet = reply(stage);
            while (isChange(packet.command())) {
                change(packet);
                packet = reply(stage);
            }
            return packet.command() == 'c' || packet.command() == 'a'
                    ? new ProbeAnswer.Passed(message)
                    : new ProbeAnswer.Refused(refusal(packet, stage));
        }

        private static boolean isChange(char command) {
            return "himbe+-2qOl".indexOf(command) >= 0;
        }

        /** What the mail server would do to the message; the envelope's changes do not matter here. */
        private void change(Packet packet) throws IOException {
            switch (packet.command()) {
                case 'h' -> message = message.withInserted(message.headers().size(), header(packet, 0));
                case 'i' -> message = message.withInserted(Math.max(0, packet.number(0) - 1), header(packet, 4));
                case 'm' -> changeHeader(packet.number(0), header(packet, 4));
                case 'b' -> replaceBody(packet.data());
                default -> {}
            }
        }

        private Header header(Packet packet, int offset) throws IOException {
            String[] strings = packet.strings(offset);
            if (strings.length < 2) {
                throw new IOException("it sent a header field without a value");
            }
            String folded = strings[1].replaceAll("\r?\n", "\r\n");
            return new Header(strings[0], asks(LEADING_SPACE) ? folded : " " + folded);
        }

        /** The n-th field of that name, counted from 1; an empty value deletes it. One that is not there changes nothing here. */
        private void changeHeader(int nth, Header changed) {
            List<Header> headers = new ArrayList<>(message.headers());
            List<Header> same = message.headersNamed(changed.name());
            if (nth >= 1 && nth <= same.size()) {
                int at = headers.indexOf(same.get(nth - 1));
                headers.remove(at);
                if (!changed.value().isBlank()) {
                    headers.add(at, changed);
                }
                message = new MailMessage(headers, message.body());
            }
        }

        private void replaceBody(String chunk) {
            message = new MailMessage(message.headers(), bodyReplaced ? message.body() + chunk : chunk);
            bodyReplaced = true;
        }

        private void quit() {
            try {
                connection.send('Q', "");
            } catch (IOException e) {
                // the answer is there; that the other side has gone already changes nothing
            }
        }
    }
}
