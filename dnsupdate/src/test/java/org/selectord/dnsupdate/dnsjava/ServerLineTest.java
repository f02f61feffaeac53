package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.HostAddresses;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

@Timeout(30)
class ServerLineTest {
    private static final Duration EXCHANGE = Duration.ofMillis(1_200);

    private final LastTaken lastTaken = new LastTaken();

    @Test
    void anAddressThatTakesNoConnectionLeavesTimeForTheNextWhichIsThenTheFirst() throws IOException {
        try (Deaf deaf = new Deaf();
                ScriptedPeer peer = new ScriptedPeer((request, connection) ->
                        ScriptedPeer.send(connection, ScriptedPeer.reply(request, Rcode.NOERROR)))) {
            List<InetSocketAddress> addresses = List.of(deaf.address(), peer.address());
            assertThat(millisToAsk(addresses)).isBetween(500L, 1_100L);
            assertThat(millisToAsk(addresses)).isLessThan(400);
        }
    }

    @Test
    void theAddressThatTakesItHasTheWholeTimeOfAnExchange() throws IOException {
        try (Deaf deaf = new Deaf();
                ScriptedPeer peer = new ScriptedPeer((request, connection) -> {
                    Thread.sleep(900);
                    ScriptedPeer.send(connection, ScriptedPeer.reply(request, Rcode.NOERROR));
                })) {
            assertThat(millisToAsk(List.of(deaf.address(), peer.address()))).isGreaterThan(1_400);
        }
    }

    @Test
    void ofSilentAddressesEachIsTriedWithinTheTimeOfOneExchange() throws IOException {
        try (Deaf one = new Deaf();
                Deaf other = new Deaf();
                ServerLine line = line(List.of(one.address(), other.address()))) {
            long begunAt = System.nanoTime();
            assertThat(line.askAgain(Questions.query(Given.APEX, Type.SOA)))
                    .isInstanceOfSatisfying(
                            Reply.NotSent.class,
                            reply -> assertThat(reply.why())
                                    .contains(Texts.server(one.address()) + ": ", Texts.server(other.address()) + ": ")
                                    .doesNotContain("for this call was over"));
            assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(EXCHANGE.plusMillis(400));
        }
    }

    @Test
    void theNextResolverIsAskedWhereTheFirstTakesNoConnection() throws IOException {
        Name root = Name.root;
        SOARecord soa = new SOARecord(root, DClass.IN, 60, root, root, 1, 1, 1, 1, 60);
        try (Deaf deaf = new Deaf();
                ScriptedPeer resolver = new ScriptedPeer((request, connection) ->
                        ScriptedPeer.send(connection, ScriptedPeer.reply(request, Rcode.NOERROR, soa)))) {
            DnsjavaParentZone parentZone = new DnsjavaParentZone(
                    List.of(deaf.address(), resolver.address()),
                    HostAddresses.system(),
                    53,
                    new Timeouts(EXCHANGE, EXCHANGE.multipliedBy(3)));
            assertThat(parentZone.apexOf(Given.APEX, Deadline.in(EXCHANGE.multipliedBy(3))))
                    .isPresent();
            assertThat(parentZone.apexOf(Given.APEX, Deadline.in(Duration.ofMillis(400))))
                    .as("the first is waited for once")
                    .isPresent();
        }
    }

    private long millisToAsk(List<InetSocketAddress> addresses) {
        long begunAt = System.nanoTime();
        try (ServerLine line = line(addresses)) {
            assertThat(line.askAgain(Questions.query(Given.APEX, Type.SOA))).isInstanceOf(Reply.Answered.class);
        }
        return Duration.ofNanos(System.nanoTime() - begunAt).toMillis();
    }

    private ServerLine line(List<InetSocketAddress> addresses) {
        return new ServerLine(
                lastTaken.first(addresses),
                lastTaken.noting(addresses, TcpConnection::open),
                (to, messages, until) -> Exchange.plain(),
                EXCHANGE,
                Deadline.in(EXCHANGE.multipliedBy(3)));
    }

    /** Its queue of connections is full, so the kernel drops whatever would open another, as a packet filter does. */
    private static final class Deaf implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<SocketChannel> queue = new ArrayList<>();

        Deaf() throws IOException {
            for (int i = 0; i < 4; i++) {
                SocketChannel waiting = SocketChannel.open();
                queue.add(waiting);
                waiting.configureBlocking(false);
                waiting.connect(address());
            }
        }

        InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort());
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel waiting : queue) {
                waiting.close();
            }
            listening.close();
        }
    }
}
