package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What no sound server can be made to show; the rest is in TlsIT. */
@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a loop without end hears no interrupt
class TlsOctetsTest {
    private final Endless below = new Endless();
    private final Engine engine = new Engine();

    @Test
    void anEngineThatThrowsEndsTheConnectionAndNothingElse() throws IOException {
        engine.status = HandshakeStatus.NEED_TASK;
        assertThatExceptionOfType(NotConnectedException.class)
                .isThrownBy(() -> agreed())
                .withMessageContaining("a bug of the engine");
        assertThat(below.closed).isTrue();

        engine.status = HandshakeStatus.NOT_HANDSHAKING;
        TlsOctets octets = agreed();
        engine.throwsOnUnwrap = true;
        assertThatExceptionOfType(SSLException.class)
                .isThrownBy(() -> octets.read(ByteBuffer.allocate(1), Deadline.in(Duration.ofSeconds(5))));
        assertThatExceptionOfType(SSLException.class)
                .isThrownBy(() -> octets.write(ByteBuffer.allocate(1), Deadline.in(Duration.ofSeconds(5))));
    }

    @Test
    void recordsWithoutContentHoldNobodyLongerThanTheDeadline() throws IOException {
        TlsOctets octets = agreed();
        assertThatExceptionOfType(SocketTimeoutException.class)
                .isThrownBy(() -> octets.read(ByteBuffer.allocate(1), Deadline.in(Duration.ofMillis(300))));
        assertThatExceptionOfType(SocketTimeoutException.class)
                .isThrownBy(() -> octets.readNow(ByteBuffer.allocate(1)));

        engine.status = HandshakeStatus.NEED_UNWRAP;
        assertThatExceptionOfType(NotConnectedException.class)
                .isThrownBy(() -> agreed())
                .withMessageContaining("time over");
    }

    private TlsOctets agreed() throws NotConnectedException {
        return TlsOctets.agree(below, engine, "ns1.example.net", Deadline.in(Duration.ofMillis(300)));
    }

    private static IllegalStateException bug() {
        return new IllegalStateException("a bug of the engine");
    }

    /** Always has more, and takes everything. */
    private static final class Endless implements Octets {
        private boolean closed;

        @Override
        public int read(ByteBuffer into, Deadline deadline) {
            return readNow(into);
        }

        @Override
        public int readNow(ByteBuffer into) {
            into.put((byte) 0);
            return 1;
        }

        @Override
        public void write(ByteBuffer octets, Deadline deadline) {
            octets.position(octets.limit());
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Each octet is a record without content. */
    private static final class Engine extends SSLEngine {
        private final SSLEngine real;
        private HandshakeStatus status = HandshakeStatus.NOT_HANDSHAKING;
        private boolean throwsOnUnwrap;

        Engine() {
            try {
                real = SSLContext.getDefault().createSSLEngine();
            } catch (java.security.GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public SSLEngineResult unwrap(ByteBuffer sealed, ByteBuffer[] opened, int offset, int length) {
            if (throwsOnUnwrap) {
                throw bug();
            }
            if (!sealed.hasRemaining()) {
                return new SSLEngineResult(SSLEngineResult.Status.BUFFER_UNDERFLOW, status, 0, 0);
            }
            sealed.get();
            return new SSLEngineResult(SSLEngineResult.Status.OK, status, 1, 0);
        }

        @Override
        public SSLEngineResult wrap(ByteBuffer[] plain, int offset, int length, ByteBuffer sealed) {
            throw bug();
        }

        @Override
        public Runnable getDelegatedTask() {
            return () -> {
                throw bug();
            };
        }

        @Override
        public HandshakeStatus getHandshakeStatus() {
            return status;
        }

        @Override
        public void beginHandshake() {}

        @Override
        public void closeInbound() {}

        @Override
        public void closeOutbound() {}

        @Override
        public boolean isInboundDone() {
            return false;
        }

        @Override
        public boolean isOutboundDone() {
            return true;
        }

        @Override
        public SSLSession getSession() {
            return real.getSession();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return real.getSupportedCipherSuites();
        }

        @Override
        public String[] getEnabledCipherSuites() {
            return real.getEnabledCipherSuites();
        }

        @Override
        public void setEnabledCipherSuites(String @Nullable [] suites) {}

        @Override
        public String[] getSupportedProtocols() {
            return real.getSupportedProtocols();
        }

        @Override
        public String[] getEnabledProtocols() {
            return real.getEnabledProtocols();
        }

        @Override
        public void setEnabledProtocols(String @Nullable [] protocols) {}

        @Override
        public void setUseClientMode(boolean mode) {}

        @Override
        public boolean getUseClientMode() {
            return true;
        }

        @Override
        public void setNeedClientAuth(boolean need) {}

        @Override
        public boolean getNeedClientAuth() {
            return false;
        }

        @Override
        public void setWantClientAuth(boolean want) {}

        @Override
        public boolean getWantClientAuth() {
            return false;
        }

        @Override
        public void setEnableSessionCreation(boolean flag) {}

        @Override
        public boolean getEnableSessionCreation() {
            return true;
        }
    }
}
