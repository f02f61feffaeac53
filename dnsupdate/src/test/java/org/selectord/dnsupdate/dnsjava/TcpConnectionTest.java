package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.dnsjava.ScriptedPeer.Script;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

@Timeout(20)
class TcpConnectionTest {
    private static final byte[] QUESTION = Questions.query(Given.APEX, Type.SOA).toWire();

    @Test
    void aReplyComesBackWholeAlsoWhenItComesInPieces() throws Exception {
        byte[] reply = exchange(
                (request, connection) -> {
                    byte[] framed = ScriptedPeer.framed(
                            ScriptedPeer.reply(request, Rcode.NOERROR).toWire());
                    for (byte octet : framed) {
                        connection.getOutputStream().write(octet);
                    }
                },
                Duration.ofSeconds(10));
        assertThat(new Message(reply).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void silenceEndsAtTheDeadline() {
        assertThatExceptionOfType(SocketTimeoutException.class)
                .isThrownBy(() -> exchange((request, connection) -> {}, Duration.ofMillis(300)));
    }

    @Test
    void aSlowDripDoesNotOutliveTheDeadline() {
        CountDownLatch stop = new CountDownLatch(1);
        long begunAt = System.nanoTime();
        assertThatExceptionOfType(SocketTimeoutException.class)
                .isThrownBy(() -> exchange(
                        (request, connection) -> {
                            connection.getOutputStream().write(new byte[] {1, 0});
                            while (!stop.await(50, TimeUnit.MILLISECONDS)) {
                                connection.getOutputStream().write(0);
                            }
                        },
                        Duration.ofMillis(400)));
        stop.countDown();
        assertThat(Duration.ofNanos(System.nanoTime() - begunAt))
                .isBetween(Duration.ofMillis(400), Duration.ofSeconds(3));
    }

    @Test
    void halfAMessageIsNone() {
        assertThatExceptionOfType(EOFException.class)
                .isThrownBy(() -> exchange(
                        (request, connection) -> {
                            connection.getOutputStream().write(new byte[] {0, 40, 1, 2, 3});
                            connection.close();
                        },
                        Duration.ofSeconds(10)));
    }

    @Test
    void aResetIsAnIoException() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () -> exchange((request, connection) -> ScriptedPeer.reset(connection), Duration.ofSeconds(10)))
                .isNotInstanceOf(NotConnectedException.class);
    }

    @Test
    void aRefusedConnectionIsKnownToHaveCarriedNothing() {
        assertThatExceptionOfType(NotConnectedException.class)
                .isThrownBy(() -> TcpConnection.open(ScriptedPeer.NOBODY, Deadline.in(Duration.ofSeconds(5))));
    }

    @Test
    void anAddressThatWasNotResolvedIsNotConnectedTo() {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("ns.invalid", 53);
        assertThatExceptionOfType(NotConnectedException.class)
                .isThrownBy(() -> TcpConnection.open(unresolved, Deadline.in(Duration.ofSeconds(5))))
                .withMessageContaining("ns.invalid");
    }

    @Test
    void nothingIsConnectedToAfterTheDeadline() {
        try (ScriptedPeer peer = new ScriptedPeer((request, connection) -> {})) {
            assertThatExceptionOfType(NotConnectedException.class)
                    .isThrownBy(() -> TcpConnection.open(peer.address(), Deadline.in(Duration.ZERO)));
            assertThat(peer.accepted()).isZero();
        }
    }

    @Test
    void anInterruptEndsTheWaitAndIsKept() throws Exception {
        AtomicReference<Optional<Exception>> end = new AtomicReference<>(Optional.empty());
        AtomicReference<Boolean> kept = new AtomicReference<>(false);
        CountDownLatch asked = new CountDownLatch(1);
        Thread waiting = new Thread(() -> {
            try {
                exchange((request, connection) -> asked.countDown(), Duration.ofSeconds(15));
            } catch (IOException e) {
                end.set(Optional.of(e));
                kept.set(Thread.currentThread().isInterrupted());
            }
        });
        waiting.start();
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
        waiting.interrupt();
        waiting.join(5_000);
        assertThat(end.get()).containsInstanceOf(InterruptedIOException.class);
        assertThat(kept.get()).isTrue();
    }

    @Test
    void aWriteThatNobodyReadsEndsAtTheDeadlineToo() {
        try (ScriptedPeer peer = new ScriptedPeer((request, connection) -> new CountDownLatch(1).await());
                TcpConnection connection = open(peer)) {
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
                // the first request is taken and answered never; the rest fills the buffers of both kernels
                for (int i = 0; i < 1_000; i++) {
                    try {
                        connection.send(List.of(new byte[60_000]), Deadline.in(Duration.ofMillis(5)));
                        connection.receive(Deadline.in(Duration.ofMillis(5)));
                    } catch (SocketTimeoutException e) {
                        if (Texts.of(e).contains("sending")) {
                            throw e;
                        }
                    }
                }
            });
        }
    }

    /** dnsjava 3.6.5 lost its one thread for all connections of the JVM so (its pull request 411), which is why it opens none of ours. */
    @Test
    void aPeerThatResetsWhileWritesWaitHarmsNoOtherConnection() throws Exception {
        byte[] large = new byte[60_000];
        try (ScriptedPeer cruel = new ScriptedPeer((request, connection) -> ScriptedPeer.reset(connection))) {
            for (int i = 0; i < 20; i++) {
                try (TcpConnection connection = open(cruel)) {
                    Deadline deadline = Deadline.in(Duration.ofSeconds(5));
                    assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
                        connection.send(List.of(QUESTION, large, large, large, large, large, large, large), deadline);
                        connection.receive(deadline);
                    });
                }
            }
        }
        byte[] reply = exchange(
                (request, connection) -> ScriptedPeer.send(connection, ScriptedPeer.reply(request, Rcode.NOERROR)),
                Duration.ofSeconds(10));
        assertThat(new Message(reply).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("dnsjava"));
    }

    private static TcpConnection open(ScriptedPeer peer) {
        try {
            return TcpConnection.open(peer.address(), Deadline.in(Duration.ofSeconds(5)));
        } catch (NotConnectedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] exchange(Script script, Duration timeout) throws IOException {
        Deadline deadline = Deadline.in(timeout);
        try (ScriptedPeer peer = new ScriptedPeer(script);
                TcpConnection connection = TcpConnection.open(peer.address(), deadline)) {
            connection.send(List.of(QUESTION), deadline);
            return connection.receive(deadline);
        }
    }
}
