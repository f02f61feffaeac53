package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.dnsjava.ScriptedPeer.Script;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** What a look makes of answers, against a peer that gives odd ones; real servers are in DnsjavaPropagationCheckIT. */
@Timeout(30)
class DnsjavaPropagationCheckTest {
    private static final TxtRRset OURS = Given.txt("s1._domainkey.example.org", "v=DKIM1; p=abc");
    private static final Timeouts SHORT = new Timeouts(Duration.ofMillis(500), Duration.ofSeconds(3));

    private final DnsjavaPropagationCheck check = new DnsjavaPropagationCheck(
            Clock.systemUTC(),
            SHORT,
            Given.UNHEARD,
            host -> {
                throw new UnknownHostException(host);
            },
            apex -> Optional.empty(),
            new SecureRandom());

    @Test
    void questionsAreUnsignedAndWithoutRecursion() {
        try (ScriptedPeer peer = new ScriptedPeer(serving())) {
            assertThat(look(peer.address()).exactEverywhere(OURS)).isTrue();
            assertThat(peer.requests()).allSatisfy(request -> {
                assertThat(request.getHeader().getFlag(Flags.RD)).isFalse();
                assertThat(request.getTSIG()).isNull();
            });
        }
    }

    @Test
    void withoutAuthorityNothingIsProvenEitherWay() {
        Script cache = (request, connection) -> {
            Message reply = answer(request);
            reply.getHeader().unsetFlag(Flags.AA);
            ScriptedPeer.send(connection, reply);
        };
        try (ScriptedPeer peer = new ScriptedPeer(cache)) {
            Propagation seen = look(peer.address());
            assertThat(seen.servers()).singleElement().satisfies(answer -> {
                assertThat(answer.kind()).isEqualTo(ServerAnswer.Kind.SILENT);
                assertThat(answer.found()).isEmpty();
                assertThat(answer.cameBack()).contains("without authority");
            });
            assertThat(seen.absentEverywhere(OURS)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTAUTH, Rcode.FORMERR})
    void anErrorIsSilence(int rcode) {
        try (ScriptedPeer peer = new ScriptedPeer(
                (request, connection) -> ScriptedPeer.send(connection, ScriptedPeer.reply(request, rcode)))) {
            ServerAnswer answer = look(peer.address()).servers().get(0);
            assertThat(answer.kind()).isEqualTo(ServerAnswer.Kind.SILENT);
            assertThat(answer.cameBack()).contains(Rcode.string(rcode));
        }
    }

    @Test
    void anAnswerToAnotherQuestionIsSilence() {
        Script swaps = (request, connection) -> {
            Message other = new Message(request.getHeader().getID());
            other.addRecord(Record.newRecord(Wire.name(Given.APEX), Type.TXT, DClass.IN), Section.QUESTION);
            ScriptedPeer.send(connection, ScriptedPeer.reply(other, Rcode.NXDOMAIN));
        };
        try (ScriptedPeer peer = new ScriptedPeer(swaps)) {
            assertThat(look(peer.address()).servers().get(0).kind()).isEqualTo(ServerAnswer.Kind.SILENT);
        }
    }

    @Test
    void aRequestThatLooksLikeAnAnswerIsSilence() {
        Script echoes = (request, connection) -> {
            Message reply = answer(request);
            reply.getHeader().unsetFlag(Flags.QR);
            ScriptedPeer.send(connection, reply);
        };
        try (ScriptedPeer peer = new ScriptedPeer(echoes)) {
            assertThat(look(peer.address()).servers().get(0).kind()).isEqualTo(ServerAnswer.Kind.SILENT);
        }
    }

    @Test
    void aTruncatedAnswerIsSilence() {
        Script cutsShort = (request, connection) -> {
            Message reply = answer(request);
            reply.getHeader().setFlag(Flags.TC);
            ScriptedPeer.send(connection, reply);
        };
        try (ScriptedPeer peer = new ScriptedPeer(cutsShort)) {
            assertThat(look(peer.address()).servers().get(0).kind()).isEqualTo(ServerAnswer.Kind.SILENT);
        }
    }

    @Test
    void aServerThatClosesAfterEveryReplyIsAskedOverNewConnections() {
        Script closes = (request, connection) -> {
            ScriptedPeer.send(connection, answer(request));
            connection.close();
        };
        try (ScriptedPeer peer = new ScriptedPeer(closes)) {
            assertThat(look(peer.address()).exactEverywhere(OURS)).isTrue();
            assertThat(peer.accepted()).isEqualTo(3);
        }
    }

    @Test
    void theLongestOfSoaAndDenialsIsTheNegativeTtl() {
        try (ScriptedPeer peer = new ScriptedPeer(serving())) {
            assertThat(look(peer.address()).servers().get(0).negativeTtlSeconds())
                    .as("SOA TTL 30, minimum 900: 30; NSEC beside it: 120")
                    .isEqualTo(OptionalLong.of(120));
            assertThat(look(peer.address()).servers().get(0).serial()).isEqualTo(OptionalLong.of(7));
        }
    }

    @Test
    void manySilentServersHoldUpNobodyLongerThanOne() {
        try (ScriptedPeer silent = new ScriptedPeer((request, connection) -> {});
                ScriptedPeer good = new ScriptedPeer(serving())) {
            InetSocketAddress[] also = IntStream.rangeClosed(1, 9)
                    .mapToObj(i -> new InetSocketAddress(
                            "127.0.0." + i, silent.address().getPort()))
                    .toArray(InetSocketAddress[]::new);
            long begunAt = System.nanoTime();
            Set<OwnerName> owners = Set.of(OURS.owner(), OwnerName.of("s2._domainkey.example.org"));
            Map<OwnerName, Propagation> looks = check.look(zone(good.address(), also), owners);
            assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofSeconds(2));
            assertThat(looks.keySet()).isEqualTo(owners);
            Propagation seen = Objects.requireNonNull(looks.get(OURS.owner()));
            assertThat(seen.servers()).hasSize(10);
            assertThat(seen.servers().get(0).holdsExactly(OURS)).isTrue();
        }
    }

    @Test
    void whenTheNsCannotBeReadTheProblemIsSaidAndNothingIsProven() {
        try (ScriptedPeer unsigned = new ScriptedPeer(serving())) {
            DnsSettings listed = Given.settings(unsigned.address());
            DnsSettings byZone = new DnsSettings(
                    "test",
                    listed.primaries(),
                    listed.tsig(),
                    listed.recordTtl(),
                    Optional.empty(),
                    List.of(unsigned.address()),
                    listed.fudge(),
                    listed.lateMargin());
            Propagation seen = Objects.requireNonNull(check.look(new Zone(Given.APEX, byZone), Set.of(OURS.owner()))
                    .get(OURS.owner()));
            assertThat(seen.problem())
                    .hasValueSatisfying(problem -> assertThat(problem)
                            .contains("the NS of zone example.org. could not be read from", "unsigned"));
            assertThat(seen.servers()).hasSize(1);
            assertThat(seen.exactEverywhere(OURS)).isFalse();
        }
    }

    @Test
    void noThreadAndNoFileIsLeftBehind() {
        try (ScriptedPeer peer = new ScriptedPeer(serving())) {
            look(peer.address());
            long files = openFiles();
            for (int i = 0; i < 50; i++) {
                look(peer.address());
                look(ScriptedPeer.NOBODY);
            }
            // the peer's own ends of these connections are closed by its threads, some moments later
            org.awaitility.Awaitility.await().until(() -> openFiles() <= files + 10);
            org.awaitility.Awaitility.await()
                    .until(() -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().startsWith("dns-look-")));
        }
    }

    private static long openFiles() {
        return Optional.ofNullable(new java.io.File("/proc/self/fd").list())
                .map(files -> files.length)
                .orElse(0);
    }

    private Propagation look(InetSocketAddress server) {
        return Objects.requireNonNull(
                check.look(zone(server), Set.of(OURS.owner())).get(OURS.owner()));
    }

    private static Zone zone(InetSocketAddress server, InetSocketAddress... also) {
        DnsSettings listed = Given.settings(server);
        DnsSettings dns = new DnsSettings(
                "test",
                listed.primaries(),
                listed.tsig(),
                listed.recordTtl(),
                listed.authoritative(),
                Arrays.asList(also),
                listed.fudge(),
                listed.lateMargin());
        return new Zone(Given.APEX, dns);
    }

    private static Script serving() {
        return (request, connection) -> ScriptedPeer.send(connection, answer(request));
    }

    /** Our record at its name, the SOA at the apex, and at any other name NXDOMAIN with SOA and NSEC. */
    private static Message answer(Message request) {
        Record question = request.getQuestion();
        if (question.getType() == Type.SOA) {
            return ScriptedPeer.reply(request, Rcode.NOERROR, soa());
        }
        if (question.getName().equals(Wire.name(OURS.owner()))) {
            return ScriptedPeer.reply(
                    request,
                    Rcode.NOERROR,
                    Wire.txt(question.getName(), DClass.IN, 3600, OURS.records().get(0)));
        }
        Message reply = ScriptedPeer.reply(request, Rcode.NXDOMAIN);
        reply.addRecord(soa(), Section.AUTHORITY);
        if (request.getOPT() != null) {
            reply.addRecord(
                    new NSECRecord(Wire.name(Given.APEX), DClass.IN, 120, Wire.name(Given.APEX), new int[] {Type.SOA}),
                    Section.AUTHORITY);
        }
        return reply;
    }

    private static SOARecord soa() {
        return new SOARecord(
                Wire.name(Given.APEX), DClass.IN, 30, Wire.name(Given.APEX), Wire.name(Given.APEX), 7, 60, 60, 60, 900);
    }
}
