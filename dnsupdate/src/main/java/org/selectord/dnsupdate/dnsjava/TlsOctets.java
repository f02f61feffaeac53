package org.selectord.dnsupdate.dnsjava;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import org.selectord.dnsupdate.PrimaryTls;

/**
 * TLS over other octets, by the JDK's engine: it has no socket and no thread of its own, so the deadline of what lies below holds for the
 * handshake too. That the other side ends without saying so (RFC 8446 section 6.1) is an end like any other: half a DNS message is none.
 */
final class TlsOctets implements Octets {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final Duration AT_ONCE = Duration.ofMillis(200);

    private final Octets below;
    private final SSLEngine engine;
    /** What came and was not decrypted yet, from position to limit. */
    private ByteBuffer sealed;
    /** What was decrypted and not read yet, from position to limit. */
    private ByteBuffer opened;

    private TlsOctets(Octets below, SSLEngine engine) {
        this.below = below;
        this.engine = engine;
        this.sealed =
                ByteBuffer.allocate(engine.getSession().getPacketBufferSize()).flip();
        this.opened = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize())
                .flip();
    }

    /** Those of {@code below} are closed if it fails. */
    static TlsOctets agree(Octets below, PrimaryTls tls, Deadline deadline) throws NotConnectedException {
        return agree(below, tls.engine(), tls.name(), deadline);
    }

    static TlsOctets agree(Octets below, SSLEngine engine, String name, Deadline deadline)
            throws NotConnectedException {
        TlsOctets octets = new TlsOctets(below, engine);
        try {
            octets.handshake(deadline);
            return octets;
        } catch (IOException e) {
            octets.close();
            throw new NotConnectedException(
                    "no TLS with it as " + name + ", so nothing was sent: " + whyNot(e, name), e);
        }
    }

    private void handshake(Deadline deadline) throws IOException {
        try {
            engine.beginHandshake();
            goOn(deadline);
        } catch (RuntimeException e) {
            throw unsound(e);
        }
    }

    /** The engine works on what came from outside: whatever it throws is the end of this connection, and of nothing else. */
    private static SSLException unsound(RuntimeException thrown) {
        return new SSLException("TLS failed: " + thrown, thrown);
    }

    private static String whyNot(IOException failure, String name) {
        if (failure instanceof SocketTimeoutException || failure instanceof EOFException) {
            return Texts.of(failure) + " (does it speak TLS 1.3 at this port?)";
        }
        boolean certificate = false;
        Throwable deepest = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            certificate |= cause instanceof CertificateException;
            deepest = cause;
        }
        return certificate
                ? "its certificate is not to be believed: " + Texts.of(deepest) + " (is it for " + name
                        + ", still valid, and from one of the authorities in tls.ca?)"
                : Texts.of(failure);
    }

    @Override
    public int read(ByteBuffer into, Deadline deadline) throws IOException {
        return read(into, more -> readBelow(more, deadline), deadline);
    }

    /** Records without content do not keep anybody here: whoever sends them without pause is left at the deadline. */
    private int readBelow(ByteBuffer more, Deadline deadline) throws IOException {
        if (deadline.isOver()) {
            throw new SocketTimeoutException("time over while waiting for the reply");
        }
        return below.read(more, deadline);
    }

    @Override
    public int readNow(ByteBuffer into) throws IOException {
        Deadline soon = Deadline.in(AT_ONCE);
        return read(
                into,
                more -> {
                    if (soon.isOver()) {
                        throw new SocketTimeoutException("there is no end to what comes");
                    }
                    return below.readNow(more);
                },
                Deadline.in(Duration.ZERO));
    }

    @Override
    public void write(ByteBuffer octets, Deadline deadline) throws IOException {
        try {
            while (octets.hasRemaining()) {
                wrap(octets, deadline);
            }
        } catch (RuntimeException e) {
            throw unsound(e);
        }
    }

    /** Where more that is encrypted comes from. */
    @FunctionalInterface
    private interface Source {
        int read(ByteBuffer into) throws IOException;
    }

    private int read(ByteBuffer into, Source source, Deadline deadline) throws IOException {
        try {
            while (!opened.hasRemaining()) {
                int came = unwrap(source);
                if (came <= 0) {
                    return came;
                }
                goOn(deadline); // tickets and new keys come between the messages (RFC 8446 section 4.6)
            }
        } catch (RuntimeException e) {
            throw unsound(e);
        }
        int count = Math.min(into.remaining(), opened.remaining());
        into.put(opened.slice().limit(count));
        opened.position(opened.position() + count);
        return count;
    }

    /** Until nothing of the handshake is left to be done. */
    private void goOn(Deadline deadline) throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> engine.getDelegatedTask().run();
                case NEED_WRAP -> wrap(NOTHING, deadline);
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (unwrap(more -> readBelow(more, deadline)) < 0) {
                        throw new EOFException("the connection was closed");
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> {
                    return;
                }
            }
        }
    }

    private void wrap(ByteBuffer octets, Deadline deadline) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        SSLEngineResult result = engine.wrap(octets, out);
        below.write(out.flip(), deadline);
        if (result.getStatus() != SSLEngineResult.Status.OK) {
            throw new SSLException("TLS has ended");
        }
    }

    /** One record: more than 0 if there was one, else what {@code source} said. */
    private int unwrap(Source source) throws IOException {
        while (true) {
            opened.compact();
            SSLEngineResult result = engine.unwrap(sealed, opened);
            opened.flip();
            switch (result.getStatus()) {
                case OK -> {
                    return 1;
                }
                case CLOSED -> {
                    return -1;
                }
                case BUFFER_OVERFLOW ->
                    opened = larger(opened, engine.getSession().getApplicationBufferSize());
                case BUFFER_UNDERFLOW -> {
                    int came = fill(source);
                    if (came <= 0) {
                        return came;
                    }
                }
            }
        }
    }

    private int fill(Source source) throws IOException {
        if (sealed.remaining() == sealed.capacity()) {
            sealed = larger(sealed, engine.getSession().getPacketBufferSize());
        }
        sealed.compact();
        try {
            return source.read(sealed);
        } finally {
            sealed.flip();
        }
    }

    private static ByteBuffer larger(ByteBuffer full, int atLeast) {
        return ByteBuffer.allocate(Math.max(2 * full.capacity(), atLeast))
                .put(full)
                .flip();
    }

    /** Says so to the other side, and why, if there is room for it at once. */
    @Override
    public void close() {
        try (below) {
            engine.closeOutbound();
            for (int alerts = 0; alerts < 2 && !engine.isOutboundDone(); alerts++) {
                wrap(NOTHING, Deadline.in(Duration.ZERO));
            }
        } catch (IOException | RuntimeException e) {
            // it will see the end of the connection
        }
    }
}
