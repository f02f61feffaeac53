package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.TsigKey;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIGRecord;

/** Puts messages into octets and says what of their replies is to be believed. */
final class Exchange {
    private final Clock clock;
    private final ServerClock serverClock;
    private final KeyChoice keys = new KeyChoice();
    private final LastTaken lastTaken = new LastTaken();

    Exchange(Clock clock, ServerClock serverClock) {
        this.clock = clock;
        this.serverClock = serverClock;
    }

    /**
     * Signed with the newest key that the server takes: only a reply that this key verifies is believed (RFC 8945 section 5.3), for the codec
     * lets a forged unsigned NOERROR pass. If it takes none of several keys, nothing may be sent.
     *
     * @param dial how to ask it which it takes
     */
    ServerLine.Asking signed(Tsig newest, ServerLine.Dial dial) {
        return (server, messages, deadline) -> {
            boolean forUpdate = messages.stream()
                    .anyMatch(message -> !message.getSection(Section.UPDATE).isEmpty());
            Name inZone = messages.get(0).getQuestion().getName(); // of an update: the zone itself
            Tsig tsig = keys.at(server, newest, inZone, forUpdate, (each, question) -> {
                try (Connection own = dial.open(server, deadline)) {
                    return askAlone(own, request -> new SignedRequest(server, request, each, each), question, deadline);
                } catch (NotConnectedException e) {
                    return new Reply.NotSent(Texts.of(e));
                }
            });
            return request -> new SignedRequest(server, request, tsig, newest);
        };
    }

    /** Where the next call begins. */
    LastTaken lastTaken() {
        return lastTaken;
    }

    /** The key that messages to a server were last signed with. */
    TsigKey keyAt(InetSocketAddress server, Tsig newest) {
        return keys.remembered(server, newest).orElse(newest).key();
    }

    private static Reply askAlone(Connection own, Pipeline.Form form, Message question, Deadline deadline) {
        return new Pipeline(own, form)
                .run(List.of(question), deadline, () -> deadline)
                .get(0);
    }

    /** Unsigned, as anybody would ask. */
    static Pipeline.Form plain() {
        return PlainRequest::new;
    }

    private final class SignedRequest implements Pipeline.Outgoing {
        private final InetSocketAddress server;
        private final Message request;
        private final Tsig tsig;
        private final Tsig newest;
        private final Tsig.Signed signed;
        private final Instant sentAt;

        SignedRequest(InetSocketAddress server, Message request, Tsig tsig, Tsig newest) throws Wire.TooLongException {
            this.server = server;
            this.request = request;
            this.tsig = tsig;
            this.newest = newest;
            this.signed = tsig.sign(request);
            this.sentAt = clock.instant();
        }

        @Override
        public byte[] octets() {
            return signed.octets();
        }

        @Override
        public Optional<Instant> signedAt() {
            return Optional.of(signed.signedAt());
        }

        @Override
        public Reply reply(byte[] octets) throws IOException {
            Message reply = Wire.decode(octets);
            Optional<String> wrong = wrong(request, reply);
            if (wrong.isEmpty() && !tsig.verifies(reply, octets, signed)) {
                wrong = Optional.of(Texts.unverified(reply));
                keys.forget(server, newest);
            }
            return wrong.<Reply>map(why -> new Reply.Unbelieved(signedAt(), false, why))
                    .orElseGet(() -> answered(server, reply, sentAt));
        }
    }

    private static final class PlainRequest implements Pipeline.Outgoing {
        private final Message request;
        private final byte[] octets;

        PlainRequest(Message request) throws Wire.TooLongException {
            this.request = request;
            this.octets = Wire.encode(request);
        }

        @Override
        public byte[] octets() {
            return octets;
        }

        @Override
        public Optional<Instant> signedAt() {
            return Optional.empty();
        }

        @Override
        public Reply reply(byte[] octets) throws IOException {
            Message reply = Wire.decode(octets);
            return wrong(request, reply)
                    .<Reply>map(why -> new Reply.Unbelieved(Optional.empty(), false, why))
                    .orElseGet(() -> new Reply.Answered(reply, reply.getRcode(), Optional.empty()));
        }
    }

    private Reply answered(InetSocketAddress server, Message reply, Instant sentAt) {
        TSIGRecord tsig = reply.getTSIG();
        Instant theirs = Tsig.serverTime(tsig);
        Instant receivedAt = clock.instant();
        serverClock.signedAt(server, theirs, sentAt, receivedAt);
        int rcode = tsig.getError() == Rcode.BADTIME ? Rcode.BADTIME : reply.getRcode();
        Duration ahead = Duration.ofSeconds(receivedAt.getEpochSecond() - theirs.getEpochSecond());
        return new Reply.Answered(reply, rcode, Optional.of(ahead));
    }

    /** Why this is no reply to that. */
    private static Optional<String> wrong(Message request, Message reply) {
        Header asked = request.getHeader();
        Header header = reply.getHeader();
        if (!header.getFlag(Flags.QR)) {
            return Optional.of("a request instead of a reply came back");
        }
        if (header.getID() != asked.getID() || header.getOpcode() != asked.getOpcode()) {
            return Optional.of("a reply to another message came back (id " + header.getID() + ", "
                    + Opcode.string(header.getOpcode()) + ")");
        }
        if (header.getFlag(Flags.TC)) {
            return Optional.of("a truncated reply came back, over TCP");
        }
        if (asked.getOpcode() == Opcode.QUERY && isDefinite(reply.getRcode()) && !sameQuestion(request, reply)) {
            return Optional.of("a reply to another question came back: " + reply.getQuestion());
        }
        return Optional.empty();
    }

    static boolean isDefinite(int rcode) {
        return rcode == Rcode.NOERROR || rcode == Rcode.NXDOMAIN;
    }

    private static boolean sameQuestion(Message request, Message reply) {
        Record asked = request.getQuestion();
        Record answered = reply.getQuestion();
        return answered != null
                && asked.getType() == answered.getType()
                && asked.getDClass() == answered.getDClass()
                && asked.getName().equals(answered.getName());
    }
}
