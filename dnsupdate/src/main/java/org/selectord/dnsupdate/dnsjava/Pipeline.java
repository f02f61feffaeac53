package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/**
 * Several messages over one connection, sent ahead of their replies, which come in any order and are matched by their ids (RFC 7766 section
 * 6.2.1.1). The first reply that is not to be believed ends it: what follows in the stream is worth no more.
 */
final class Pipeline {
    /** So few that they and their replies fit into the buffers of any two kernels: neither side waits for the other to read. */
    private static final int AHEAD = 64;

    private final Connection connection;
    private final Form form;

    Pipeline(Connection connection, Form form) {
        this.connection = connection;
        this.form = form;
    }

    /** How a message is put into octets: signed or not. */
    @FunctionalInterface
    interface Form {
        Outgoing write(Message message) throws Wire.TooLongException;
    }

    /** A message as it goes out. */
    interface Outgoing {
        byte[] octets();

        /** The time in its TSIG, if it is signed. */
        Optional<Instant> signedAt();

        /** What of these octets is to be believed as its reply. */
        Reply reply(byte[] octets) throws IOException;
    }

    /**
     * One reply a message, in their order.
     *
     * @param first until when the first reply must have come
     * @param next asked after each reply that is to be believed: until when the one after it must have come
     */
    List<Reply> run(List<Message> messages, Deadline first, Supplier<Deadline> next) {
        Run run = new Run(messages);
        try {
            run.toTheEnd(first, next);
        } catch (IOException e) {
            run.end(e instanceof SocketTimeoutException, Texts.of(e));
        }
        return run.replies();
    }

    private final class Run {
        private final List<Message> messages;
        private final @Nullable Outgoing[] sent;
        private final @Nullable Reply[] replies;
        private final Map<Integer, Integer> outstanding = new LinkedHashMap<>();
        private int next;

        Run(List<Message> messages) {
            this.messages = messages;
            this.sent = new Outgoing[messages.size()];
            this.replies = new Reply[messages.size()];
        }

        void toTheEnd(Deadline first, Supplier<Deadline> then) throws IOException {
            Deadline deadline = first;
            sendAhead(deadline);
            while (!outstanding.isEmpty()) {
                byte[] octets = connection.receive(deadline);
                int index = addressee(octets);
                Reply reply = Objects.requireNonNull(sent[index]).reply(octets);
                if (reply instanceof Reply.Unbelieved lie) {
                    end(lie.silent(), lie.why());
                    return;
                }
                replies[index] = reply;
                outstanding.values().remove(index);
                deadline = then.get();
                sendAhead(deadline);
            }
        }

        /** As many as may be under way, many at a time. */
        private void sendAhead(Deadline deadline) throws IOException {
            if (next == messages.size() || outstanding.size() > AHEAD / 2) {
                return;
            }
            if (deadline.isOver()) { // what is not sent now is known to be so
                throw new SocketTimeoutException("the time for this was over before more was sent");
            }
            List<byte[]> octets = new ArrayList<>();
            while (next < messages.size() && outstanding.size() < AHEAD) {
                write(messages.get(next)).ifPresent(octets::add);
                next++;
            }
            connection.send(octets, deadline);
        }

        private Optional<byte[]> write(Message message) {
            int id = message.getHeader().getID();
            while (outstanding.containsKey(id)) {
                id = id + 1 & 0xffff;
            }
            message.getHeader().setID(id);
            try {
                Outgoing outgoing = form.write(message);
                sent[next] = outgoing;
                outstanding.put(id, next);
                return Optional.of(outgoing.octets());
            } catch (Wire.TooLongException e) {
                replies[next] = new Reply.NotSent(Texts.of(e));
                return Optional.empty();
            }
        }

        /** Whose reply it says it is; if nobody's, whoever has waited longest says what is wrong with it. */
        private int addressee(byte[] octets) {
            int id = octets.length < 2 ? -1 : Byte.toUnsignedInt(octets[0]) << 8 | Byte.toUnsignedInt(octets[1]);
            Integer index = outstanding.get(id);
            return index == null ? outstanding.values().iterator().next() : index;
        }

        /** None of the missing replies will come any more. */
        void end(boolean silent, String why) {
            for (int i = 0; i < replies.length; i++) {
                if (replies[i] == null) {
                    Outgoing outgoing = sent[i];
                    replies[i] = outgoing == null
                            ? new Reply.NotSent(why)
                            : new Reply.Unbelieved(outgoing.signedAt(), silent, why);
                }
            }
        }

        List<Reply> replies() {
            return java.util.Arrays.stream(replies).map(Objects::requireNonNull).toList();
        }
    }
}
