package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TxtRRset;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Authentic replies, mutated: nothing but the reply to this very request, octet by octet, is believed; nothing else than a verdict comes of
 * the others. Everything but the socket is what runs in the daemon. {@code -Dselectord.seed} repeats a run.
 */
class ReplyFuzzTest {
    private static final int REPLIES = Boolean.getBoolean("selectord.long") ? 10_000_000 : 200_000;
    private static final long SEED = Long.getLong("selectord.seed", System.nanoTime());
    private static final int REQUESTS = 48;
    private static final int TOGETHER = 4;
    /** "selectord." and "hmac-sha256.", and ten octets between them. */
    private static final int NAMES_OF_TSIG = 11 + 10 + 13;

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T12:00:00Z"), ZoneOffset.UTC);
    private static final InetSocketAddress SERVER = ScriptedPeer.NOBODY;
    private static final OwnerName OWNER = OwnerName.of("s1._domainkey.example.org");
    private static final TsigKey OTHER_SECRET = Given.key("selectord", "another-another-another-another!");

    private final Random random = new Random(SEED);
    private final Tsig tsig = new Tsig(Given.KEY, Duration.ofMinutes(5), CLOCK);
    private final Exchange exchange = new Exchange(CLOCK, Given.UNHEARD);
    private final List<Message> requests = new ArrayList<>();
    private final Map<Integer, byte[]> authentic = new HashMap<>();
    private final Map<Integer, byte[]> forged = new HashMap<>();
    private final Map<Integer, byte[]> unsigned = new HashMap<>();
    private int believed;
    private int refused;

    @Test
    @Timeout(3_600)
    void onlyTheAuthenticReplyToThisVeryRequestIsBelieved() throws IOException {
        System.out.println("fuzz of " + REPLIES + " replies, -Dselectord.seed=" + SEED);
        for (int i = 0; i < REQUESTS; i++) {
            add(i);
        }
        Deadline never = Deadline.in(Duration.ofHours(1));
        for (int done = 0; done < REPLIES; done += TOGETHER) {
            List<Message> some = new ArrayList<>(requests);
            Collections.shuffle(some, random);
            check(some.subList(0, TOGETHER), never);
        }
        assertThat(believed).as("authentic replies came through").isGreaterThan(REPLIES / 20);
        assertThat(refused).as("mutated replies did not").isGreaterThan(REPLIES / 20);
    }

    private Pipeline.Form form(List<Message> asked, Deadline deadline) {
        try {
            return exchange.signed(tsig, TcpConnection::open).of(SERVER, asked, deadline);
        } catch (NotConnectedException e) {
            throw new IllegalStateException("of one key nobody asks which is taken", e);
        }
    }

    private void check(List<Message> asked, Deadline deadline) {
        Liar liar = new Liar();
        Map<Integer, byte[]> read = new HashMap<>();
        Pipeline.Form form = form(asked, deadline);
        List<Reply> replies = new Pipeline(liar, message -> remembering(form.write(message), message, read))
                .run(asked, deadline, () -> deadline);
        for (int i = 0; i < asked.size(); i++) {
            int id = asked.get(i).getHeader().getID();
            if (replies.get(i) instanceof Reply.Answered) {
                believed++;
                assertThat(hex(folded(Objects.requireNonNull(read.get(id)), id)))
                        .as("believed with seed %d", SEED)
                        .isEqualTo(hex(folded(Objects.requireNonNull(authentic.get(id)), id)));
            } else {
                refused++;
            }
        }
    }

    /**
     * In its TSIG, with which it ends, the names of key and algorithm mean the same in upper case, and a TTL with the highest bit set means 0
     * (RFC 2181 section 8).
     */
    private byte[] folded(byte[] reply, int id) {
        byte[] folded = reply.clone();
        int at = Objects.requireNonNull(unsigned.get(id)).length;
        for (int i = at; i < folded.length && i < at + NAMES_OF_TSIG; i++) {
            folded[i] = (byte) Character.toLowerCase(Byte.toUnsignedInt(folded[i]));
        }
        int ttl = at + 11 + 4;
        if (folded.length > ttl + 4 && folded[ttl] < 0) {
            Arrays.fill(folded, ttl, ttl + 4, (byte) 0);
        }
        return folded;
    }

    private static String hex(byte[] octets) {
        return HexFormat.of().formatHex(octets);
    }

    private static Pipeline.Outgoing remembering(
            Pipeline.Outgoing outgoing, Message message, Map<Integer, byte[]> read) {
        return new Pipeline.Outgoing() {
            @Override
            public byte[] octets() {
                return outgoing.octets();
            }

            @Override
            public Optional<Instant> signedAt() {
                return outgoing.signedAt();
            }

            @Override
            public Reply reply(byte[] octets) throws IOException {
                read.put(message.getHeader().getID(), octets);
                return outgoing.reply(octets);
            }
        };
    }

    /** Replies as anybody may send them to a question without a signature: whatever is in them is read, and nothing is thrown. */
    @Test
    @Timeout(3_600)
    void whateverAnUnsignedReplySaysCanBeLookedAt() throws IOException {
        for (int i = 0; i < REQUESTS; i++) {
            add(i);
        }
        Deadline never = Deadline.in(Duration.ofHours(1));
        int looked = 0;
        for (int done = 0; done < REPLIES / 4; done++) {
            Message question = requests.get(random.nextInt(REQUESTS));
            byte[] octets = mutated(
                    Objects.requireNonNull(unsigned.get(question.getHeader().getID())));
            Reply reply = new Pipeline(new One(octets), Exchange.plain())
                    .run(List.of(question), never, () -> never)
                    .get(0);
            if (reply instanceof Reply.Answered answered) {
                looked++;
                Message message = answered.message();
                Wire.txtRRset(OWNER, message, Section.ANSWER).ifPresent(Texts::txt);
                PrimaryReader.alias(message).ifPresent(Texts::alias);
                NegativeTtl.longest(List.of(message));
            }
            Texts.notRead(reply);
        }
        assertThat(looked).isGreaterThan(REPLIES / 100);
    }

    private void add(int number) throws IOException {
        Message request = switch (number % 4) {
            case 0 -> Questions.query(OWNER, Type.TXT);
            case 1 -> Questions.query(Given.APEX, Type.SOA);
            case 2 -> Questions.update(Given.APEX, List.of(Change.publish(Given.rsa2048(OWNER.name()))));
            default -> Questions.nothingAt(Given.APEX, OWNER);
        };
        request.getHeader().setID(1_000 + number * 7);
        Message arrived = Wire.decode(tsig.sign(request).octets());
        int id = request.getHeader().getID();
        requests.add(request);
        authentic.put(
                id,
                ScriptedPeer.signed(Given.KEY, CLOCK, arrived, reply(request)).toWire());
        forged.put(
                id,
                ScriptedPeer.signed(OTHER_SECRET, CLOCK, arrived, reply(request))
                        .toWire());
        unsigned.put(id, reply(request).toWire());
    }

    private static Message reply(Message request) {
        if (request.getHeader().getOpcode() == Opcode.UPDATE) {
            return ScriptedPeer.reply(request, Rcode.NOERROR);
        }
        TxtRRset set = Given.rsa2048(OWNER.name());
        Record txt = Wire.txt(Wire.name(OWNER), DClass.IN, 3_600, set.records().get(0));
        return ScriptedPeer.reply(request, Rcode.NOERROR, txt);
    }

    private byte[] mutated(byte[] reply) {
        byte[] octets = reply.clone();
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            octets = mutatedOnce(octets);
        }
        return octets;
    }

    private byte[] mutatedOnce(byte[] octets) {
        if (octets.length < 14) {
            return octets;
        }
        int at = random.nextInt(octets.length - 2);
        switch (random.nextInt(9)) {
            case 0 -> octets[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> octets[at] = (byte) random.nextInt(256);
            // RFC 1035 4.1.4: a pointer, forward, backward or to itself
            case 2 -> put(octets, at, 0xc000 | random.nextInt(octets.length));
            case 3 -> put(octets, at, 0xc000 | at);
            case 4 -> put(octets, 4 + 2 * random.nextInt(4), random.nextInt(65_536));
            case 5 -> put(octets, at, random.nextBoolean() ? 0xffff : 0);
            case 6 -> put(octets, 2, random.nextInt(65_536));
            case 7 -> {
                return Arrays.copyOf(octets, random.nextInt(octets.length));
            }
            default -> {
                byte[] longer = Arrays.copyOf(octets, octets.length + 1 + random.nextInt(40));
                System.arraycopy(octets, 0, longer, longer.length - 12, 12);
                return longer;
            }
        }
        return octets;
    }

    private static void put(byte[] octets, int at, int number) {
        octets[at] = (byte) (number >> 8);
        octets[at + 1] = (byte) number;
    }

    /** A server that answers everything it is sent, mostly with lies. */
    private final class Liar implements Connection {
        private final List<Integer> ids = new ArrayList<>();
        private final Frames frames = new Frames(this::read);
        private ByteBuffer stream = ByteBuffer.allocate(0);

        @Override
        public void send(List<byte[]> messages, Deadline deadline) {
            messages.forEach(octets -> ids.add(Byte.toUnsignedInt(octets[0]) << 8 | Byte.toUnsignedInt(octets[1])));
            Collections.shuffle(ids, random);
            ByteBuffer all = ByteBuffer.allocate(100_000);
            ids.forEach(id -> all.put(framed(said(id))));
            stream = all.flip();
        }

        private byte[] said(int id) {
            byte[] reply = Objects.requireNonNull(authentic.get(id));
            return switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> reply;
                case 4 -> Objects.requireNonNull(forged.get(id));
                case 5 -> Objects.requireNonNull(unsigned.get(id));
                case 6 -> someOther();
                case 7 -> {
                    byte[] swapped = someOther();
                    put(swapped, 0, id);
                    yield swapped;
                }
                default -> mutated(reply);
            };
        }

        private byte[] someOther() {
            return Objects.requireNonNull(authentic.get(
                            requests.get(random.nextInt(REQUESTS)).getHeader().getID()))
                    .clone();
        }

        /** Sometimes with another length before it than it has. */
        private byte[] framed(byte[] octets) {
            byte[] framed = ScriptedPeer.framed(octets);
            if (random.nextInt(20) == 0) {
                put(framed, 0, random.nextInt(octets.length * 2 + 1));
            }
            return framed;
        }

        private int read(ByteBuffer into, Deadline deadline) throws IOException {
            if (!stream.hasRemaining()) {
                if (random.nextBoolean()) {
                    throw new SocketTimeoutException("silence");
                }
                return -1;
            }
            int count = Math.min(Math.min(into.remaining(), stream.remaining()), 1 + random.nextInt(2_000));
            into.put(into.position(), stream, stream.position(), count);
            into.position(into.position() + count);
            stream.position(stream.position() + count);
            return count;
        }

        @Override
        public byte[] receive(Deadline deadline) throws IOException {
            return frames.next(deadline);
        }

        @Override
        public boolean isQuiet() {
            return true;
        }

        @Override
        public void close() {}
    }

    /** Answers once. */
    private static final class One implements Connection {
        private final byte[] octets;

        One(byte[] octets) {
            this.octets = octets;
        }

        @Override
        public void send(List<byte[]> messages, Deadline deadline) {}

        @Override
        public byte[] receive(Deadline deadline) {
            return octets;
        }

        @Override
        public boolean isQuiet() {
            return true;
        }

        @Override
        public void close() {}
    }
}
