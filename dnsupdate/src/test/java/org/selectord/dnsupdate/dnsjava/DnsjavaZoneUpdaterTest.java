package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.dnsjava.ScriptedPeer.Script;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/** What the updater believes, against a peer that lies; what it does with honest servers is in DnsjavaZoneUpdaterIT. */
@Timeout(30)
class DnsjavaZoneUpdaterTest {
    private static final TxtRRset OURS = Given.txt("s1._domainkey.example.org", "v=DKIM1; p=abc");
    private static final Timeouts SHORT = new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(4));
    private static final TsigKey SAME_NAME_OTHER_SECRET = Given.key("selectord", "another-another-another-another!");

    private final List<Instant> heard = new ArrayList<>();
    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), SHORT, (server, theirs, sentAt, receivedAt) -> heard.add(theirs));

    /** Replies that all say "done, and there it is", and none of which our primary signed. */
    static Stream<Arguments> lies() {
        return Stream.of(
                Arguments.of("unsigned", lie((request, reply) -> reply.toWire())),
                Arguments.of(
                        "signed with another secret",
                        lie((request, reply) -> ScriptedPeer.signed(SAME_NAME_OTHER_SECRET, request, reply)
                                .toWire())),
                Arguments.of(
                        "signed by another key",
                        lie((request, reply) -> ScriptedPeer.signed(
                                        Given.key("other", "selectord-selectord-selectord-se"), request, reply)
                                .toWire())),
                Arguments.of("changed after it was signed", lie((request, reply) -> {
                    byte[] octets = ScriptedPeer.signed(Given.KEY, request, refused(reply))
                            .toWire();
                    octets[3] &= (byte) 0xf0;
                    return octets;
                })),
                Arguments.of("signed, for another message", lie((request, reply) -> {
                    reply.getHeader().setID(reply.getHeader().getID() + 1 & 0xffff);
                    return ScriptedPeer.signed(Given.KEY, request, reply).toWire();
                })),
                Arguments.of("signed, for another request's signature", lie((request, reply) -> {
                    Message other = new Message(Questions.query(Given.APEX, 1).toWire());
                    return signedFor(other, reply);
                })),
                Arguments.of("cut in the middle", lie((request, reply) -> {
                    byte[] octets =
                            ScriptedPeer.signed(Given.KEY, request, reply).toWire();
                    return java.util.Arrays.copyOf(octets, octets.length / 2);
                })),
                Arguments.of("the request itself", lie((request, reply) -> request.toWire())),
                Arguments.of("empty", lie((request, reply) -> new byte[0])),
                Arguments.of("garbage", lie((request, reply) -> {
                    byte[] octets = new byte[300];
                    new Random(1).nextBytes(octets);
                    return octets;
                })),
                Arguments.of("silence", (Script) (request, connection) -> {}),
                Arguments.of("a reset", (Script) (request, connection) -> ScriptedPeer.reset(connection)),
                Arguments.of("half a message", (Script) (request, connection) -> {
                    connection.getOutputStream().write(new byte[] {0, 100, 1});
                    connection.close();
                }),
                Arguments.of("a drip", (Script) DnsjavaZoneUpdaterTest::drip));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void aReplyThatOurKeyDoesNotVerifyIsNeitherSuccessNorFailure(String called, Script script) {
        Instant before = Instant.now().minusSeconds(1);
        try (ScriptedPeer peer = new ScriptedPeer(script)) {
            UpdateResult result = publish(peer.address());
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.UNKNOWN);
            assertThat(result.found()).isEmpty();
            assertThat(result.unansweredSignedAt())
                    .hasValueSatisfying(at -> assertThat(at).isAfter(before));
            assertThat(result.cameBack())
                    .contains("gave no reply to be believed to UPDATE of s1._domainkey.example.org.");
            assertThat(peer.updates()).as("sent once, then only read").isEqualTo(1);
            assertThat(heard).isEmpty();
        }
    }

    @Test
    void theRightsThatAreMissingAreThoseOfTheKeyThatTheServerTakes() {
        TsigKey newest = TsigKey.newestFirst(
                List.of(Given.key("selectord-2027", "another-another-another-another!"), Given.KEY));
        try (ScriptedPeer peer = new ScriptedPeer((request, connection) -> {
            Message reply = ScriptedPeer.reply(request, ScriptedPeer.isUpdate(request) ? Rcode.REFUSED : Rcode.NOERROR);
            boolean known = request.getTSIG().getName().equals(Wire.name(Given.KEY.name()));
            ScriptedPeer.send(connection, known ? ScriptedPeer.signed(Given.KEY, request, reply) : reply);
        })) {
            Zone zone = new Zone(Given.APEX, Given.settings(newest, Duration.ofMinutes(5), List.of(peer.address())));
            assertThat(updater.apply(zone, Optional.empty(), List.of(Change.publish(OURS))))
                    .singleElement()
                    .satisfies(result -> assertThat(result.cameBack())
                            .contains("REFUSED", "grant selectord ")
                            .doesNotContain("selectord-2027"));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void whatIsReadIsNotBelievedEither(String called, Script script) {
        try (ScriptedPeer peer = new ScriptedPeer(script)) {
            PrimaryAnswer answer = updater.read(Given.zone(peer.address()), List.of(OURS.owner()))
                    .get(0);
            assertThat(answer.kind()).as(answer.cameBack()).isEqualTo(PrimaryAnswer.Kind.UNKNOWN);
        }
    }

    @Test
    void anUpdateWhoseReplyWasLostButThatIsThereIsAsAskedAndRemembered() {
        Script loses = (request, connection) -> {
            if (ScriptedPeer.isUpdate(request)) {
                ScriptedPeer.reset(connection);
            } else {
                ScriptedPeer.send(connection, ScriptedPeer.signed(Given.KEY, request, served(request)));
            }
        };
        try (ScriptedPeer peer = new ScriptedPeer(loses)) {
            UpdateResult result = publish(peer.address());
            assertThat(result.verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(result.unansweredSignedAt())
                    .as("a second copy may still land")
                    .isPresent();
            assertThat(result.found()).contains(OURS);
            assertThat(heard).isNotEmpty();
        }
    }

    @Test
    void noerrorOfAServerThatDidNothingIsRefused() {
        Script idle = honest((request, update) -> ScriptedPeer.reply(request, update ? Rcode.NOERROR : Rcode.NXDOMAIN));
        try (ScriptedPeer peer = new ScriptedPeer(idle)) {
            UpdateResult result = publish(peer.address());
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.REFUSED);
            assertThat(result.unansweredSignedAt()).isEmpty();
            assertThat(result.cameBack()).contains("acknowledged the update without doing it");
        }
    }

    @Test
    void aServedCopyThatFollowsSomeMillisecondsLaterIsWaitedFor() {
        AtomicInteger reads = new AtomicInteger();
        Script inlineSigning = honest((request, update) -> update || reads.incrementAndGet() > 3
                ? (update ? ScriptedPeer.reply(request, Rcode.NOERROR) : served(request))
                : ScriptedPeer.reply(request, Rcode.NXDOMAIN));
        try (ScriptedPeer peer = new ScriptedPeer(inlineSigning)) {
            assertThat(publish(peer.address()).verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(reads.get()).isEqualTo(4);
        }
    }

    @Test
    void aServerFailureThatChangedNothingIsUnavailable() {
        Script failing =
                honest((request, update) -> ScriptedPeer.reply(request, update ? Rcode.SERVFAIL : Rcode.NXDOMAIN));
        try (ScriptedPeer peer = new ScriptedPeer(failing)) {
            UpdateResult result = publish(peer.address());
            assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(result.cameBack()).contains("SERVFAIL", "see the server's log");
        }
    }

    @Test
    void anAnswerWithoutAuthorityIsNoReadBack() {
        Script cache = honest((request, update) -> {
            Message reply = update ? ScriptedPeer.reply(request, Rcode.NOERROR) : served(request);
            reply.getHeader().unsetFlag(org.xbill.DNS.Flags.AA);
            return reply;
        });
        try (ScriptedPeer peer = new ScriptedPeer(cache)) {
            UpdateResult result = publish(peer.address());
            assertThat(result.verdict()).isEqualTo(Verdict.UNKNOWN);
            assertThat(result.cameBack())
                    .contains("without authority")
                    .as("which nobody saw")
                    .doesNotContain("without doing it");
        }
    }

    @Test
    void theNextPrimaryIsTriedOnlyWhenNothingCanHaveArrived() {
        Script honest =
                honest((request, update) -> update ? ScriptedPeer.reply(request, Rcode.NOERROR) : served(request));
        try (ScriptedPeer second = new ScriptedPeer(honest);
                ScriptedPeer silent = new ScriptedPeer((request, connection) -> {})) {
            assertThat(publish(ScriptedPeer.NOBODY, second.address()).verdict()).isEqualTo(Verdict.AS_ASKED);
            int asked = second.accepted();
            assertThat(publish(silent.address(), second.address()).verdict()).isEqualTo(Verdict.UNKNOWN);
            assertThat(second.accepted()).isEqualTo(asked);
        }
    }

    @Test
    void whatCouldNotBeSentAtAllIsUnavailable() {
        UpdateResult result = publish(ScriptedPeer.NOBODY);
        assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        assertThat(result.unansweredSignedAt()).isEmpty();
        assertThat(result.cameBack()).contains("was not sent", "127.0.0.1:1");
    }

    @Test
    void afterAMessageWithoutAReplyTheRestOfALargeBatchIsNotSent() {
        List<Change> changes = IntStream.range(0, 300)
                .mapToObj(i -> Change.publish(Given.rsa2048("s" + i + "._domainkey.example.org")))
                .toList();
        try (ScriptedPeer peer = new ScriptedPeer((request, connection) -> {})) {
            List<UpdateResult> results = updater.apply(Given.zone(peer.address()), Optional.empty(), changes);
            assertThat(peer.updates()).isEqualTo(1);
            assertThat(results.get(0).verdict()).isEqualTo(Verdict.UNKNOWN);
            assertThat(results.get(0).unansweredSignedAt()).isPresent();
            assertThat(results.get(299).verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(results.get(299).unansweredSignedAt()).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void withoutABelievableLookAtTheFenceNothingIsSent(String called, Script script) {
        try (ScriptedPeer peer = new ScriptedPeer(script)) {
            UpdateResult result = updater.apply(
                            Given.zone(peer.address()),
                            Optional.of(new Fence(7, "test")),
                            List.of(Change.publish(OURS)))
                    .get(0);
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(result.unansweredSignedAt()).isEmpty();
            assertThat(result.cameBack()).contains("was not sent", "_selectord._domainkey.example.org.");
            assertThat(peer.updates()).isZero();
        }
    }

    @Test
    void aRefusedMessageNamesTheLineThatTheFenceNeeds() {
        Script refuses =
                honest((request, update) -> ScriptedPeer.reply(request, update ? Rcode.REFUSED : Rcode.NXDOMAIN));
        try (ScriptedPeer peer = new ScriptedPeer(refuses)) {
            TxtRRset news = Given.txt("s1._domainkey.news.example.org", "v=DKIM1; p=abc");
            List<UpdateResult> results = updater.apply(
                    Given.zone(peer.address()),
                    Optional.of(new Fence(7, "test")),
                    List.of(Change.publish(news), Change.publish(OURS)));
            assertThat(results).extracting(UpdateResult::verdict).containsOnly(Verdict.REFUSED);
            assertThat(results.get(0).cameBack())
                    .contains("grant selectord wildcard *._domainkey.news.example.org. TXT;")
                    .contains("grant selectord name _selectord._domainkey.example.org. TXT;");
            assertThat(results.get(1).cameBack())
                    .as("the line for the records covers the fence")
                    .doesNotContain("grant selectord name");
        }
    }

    @Test
    void whileAPrimaryDropsUpdatesFewerAreSentAtOnceAndTheRestWaits() {
        Timeouts shorter = new Timeouts(Duration.ofMillis(200), Duration.ofSeconds(2));
        DnsjavaZoneUpdater impatient = new DnsjavaZoneUpdater(Clock.systemUTC(), shorter, Given.UNHEARD);
        try (ScriptedPeer peer = new ScriptedPeer((request, connection) -> {})) {
            for (int i = 0; i < 6; i++) {
                assertThat(publish(impatient, peer.address()).verdict()).isEqualTo(Verdict.UNKNOWN);
            }
            List<UpdateResult> results = Together.call(
                    List.of(1, 2),
                    i -> publish(impatient, peer.address()),
                    i -> {
                        throw new IllegalStateException("late");
                    },
                    Deadline.in(Duration.ofSeconds(20)));
            assertThat(results)
                    .extracting(UpdateResult::verdict)
                    .containsExactlyInAnyOrder(Verdict.UNKNOWN, Verdict.UNAVAILABLE);
            assertThat(results)
                    .filteredOn(result -> result.verdict() == Verdict.UNAVAILABLE)
                    .allSatisfy(result -> assertThat(result.cameBack()).contains("update-quota"));
        }
    }

    /** Of three messages, the connection breaks while the names of the first are read, the second message behind them. */
    @ParameterizedTest(name = "when that had been sent: {0}")
    @ValueSource(booleans = {false, true})
    void aMessageBehindQuestionsIsSentAgainOnlyWhereItSurelyWasNot(boolean sent) {
        AtomicInteger reads = new AtomicInteger();
        AtomicInteger updates = new AtomicInteger();
        Script breaks = (request, connection) -> {
            boolean breaksNow = ScriptedPeer.isUpdate(request)
                    ? updates.incrementAndGet() == 2 && sent
                    : reads.incrementAndGet() == 5 && !sent;
            if (breaksNow) {
                ScriptedPeer.reset(connection);
            } else {
                ScriptedPeer.send(connection, ScriptedPeer.signed(Given.KEY, request, asPublished(request)));
            }
        };
        List<Change> changes = IntStream.range(0, 300)
                .mapToObj(i -> Change.publish(Given.rsa2048("s" + i + "._domainkey.example.org")))
                .toList();
        try (ScriptedPeer peer = new ScriptedPeer(breaks)) {
            List<UpdateResult> results = updater.apply(Given.zone(peer.address()), Optional.empty(), changes);
            UpdateResult last = results.get(299);
            assertThat(results.subList(0, 200))
                    .extracting(UpdateResult::verdict)
                    .containsOnly(Verdict.AS_ASKED);
            assertThat(results.get(0).unansweredSignedAt()).isEmpty();
            assertThat(results.stream()
                            .anyMatch(result -> result.unansweredSignedAt().isPresent()))
                    .isEqualTo(sent);
            assertThat(last.verdict()).as(last.cameBack()).isEqualTo(sent ? Verdict.UNAVAILABLE : Verdict.AS_ASKED);
            assertThat(peer.updates()).isEqualTo(sent ? 2 : 3);
        }
    }

    private static Message asPublished(Message request) {
        if (ScriptedPeer.isUpdate(request)) {
            return ScriptedPeer.reply(request, Rcode.NOERROR);
        }
        TxtRRset set = Given.rsa2048(request.getQuestion().getName().toString());
        Record txt = Wire.txt(
                request.getQuestion().getName(), DClass.IN, 3600, set.records().get(0));
        return ScriptedPeer.reply(request, Rcode.NOERROR, txt);
    }

    @Test
    void aNameOutsideTheZoneIsNotSent() {
        TxtRRset outside = Given.txt("s1._domainkey.xexample.org", "v=DKIM1; p=abc");
        try (ScriptedPeer peer = new ScriptedPeer((request, connection) -> {})) {
            UpdateResult result = updater.apply(
                            Given.zone(peer.address()), Optional.empty(), List.of(Change.publish(outside)))
                    .get(0);
            assertThat(result.verdict()).isEqualTo(Verdict.WRONG_PLACE);
            assertThat(peer.accepted()).isZero();
        }
    }

    @Test
    void aCallEndsWithinItsOwnDeadlineHoweverManyItAsks() {
        try (ScriptedPeer peer = new ScriptedPeer(DnsjavaZoneUpdaterTest::drip)) {
            long begunAt = System.nanoTime();
            List<PrimaryAnswer> answers = updater.read(
                    Given.zone(peer.address()),
                    IntStream.range(0, 50).mapToObj(i -> OURS.owner()).toList());
            assertThat(answers).hasSize(50).allMatch(answer -> answer.kind() == PrimaryAnswer.Kind.UNKNOWN);
            assertThat(Duration.ofNanos(System.nanoTime() - begunAt))
                    .isLessThan(SHORT.call().plusSeconds(1));
        }
    }

    @Test
    void noThreadIsStartedByTheCodec() {
        publish(ScriptedPeer.NOBODY);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).contains("dnsjava"));
    }

    private UpdateResult publish(InetSocketAddress... primaries) {
        return publish(updater, primaries);
    }

    private static UpdateResult publish(DnsjavaZoneUpdater updater, InetSocketAddress... primaries) {
        Zone zone = Given.zone(primaries);
        return updater.apply(zone, Optional.empty(), List.of(Change.publish(OURS)))
                .get(0);
    }

    private static Message refused(Message reply) {
        reply.getHeader().setRcode(Rcode.REFUSED);
        return reply;
    }

    private static byte[] signedFor(Message other, Message reply) throws IOException {
        Message request = new Message(new Tsig(Given.KEY, Duration.ofMinutes(5), Clock.systemUTC())
                .sign(other)
                .octets());
        return ScriptedPeer.signed(Given.KEY, request, reply).toWire();
    }

    /** TXT with what we publish, as if it had been. */
    private static Message served(Message request) {
        Record txt = Wire.txt(
                Wire.name(OURS.owner()), DClass.IN, 3600, OURS.records().get(0));
        return ScriptedPeer.reply(request, Rcode.NOERROR, txt);
    }

    /** Says NOERROR to the update and serves the record, dressed up. */
    private static Script lie(Dress dress) {
        return (request, connection) -> {
            Message reply =
                    ScriptedPeer.isUpdate(request) ? ScriptedPeer.reply(request, Rcode.NOERROR) : served(request);
            ScriptedPeer.sendOctets(connection, dress.up(request, reply));
        };
    }

    private interface Dress {
        byte[] up(Message request, Message reply) throws IOException;
    }

    /** Signs what it says. */
    private static Script honest(Says says) {
        return (request, connection) -> ScriptedPeer.send(
                connection, ScriptedPeer.signed(Given.KEY, request, says.to(request, ScriptedPeer.isUpdate(request))));
    }

    private interface Says {
        Message to(Message request, boolean update);
    }

    private static void drip(Message request, Socket connection) throws IOException, InterruptedException {
        connection.getOutputStream().write(new byte[] {1, 0});
        CountDownLatch never = new CountDownLatch(1);
        while (!never.await(50, TimeUnit.MILLISECONDS)) {
            connection.getOutputStream().write(0);
        }
    }
}
