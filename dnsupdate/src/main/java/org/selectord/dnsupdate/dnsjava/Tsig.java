package org.selectord.dnsupdate.dnsjava;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.selectord.dnsupdate.TsigKey;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;

/**
 * Signs requests with one TSIG key and verifies replies (RFC 8945). Signing is our own, for dnsjava takes the fudge from a property of the
 * whole process, and how long a late copy of an update may still land is counted from the fudge that it was signed with. Verifying is
 * dnsjava's. One thread.
 */
final class Tsig {
    private static final int LONGEST_MAC = 64;

    private final TsigKey key;
    private final Name name;
    private final Name algorithm;
    private final Mac mac;
    private final Duration fudge;
    private final Clock clock;
    private final TSIG verifier;
    private final Optional<Tsig> older;

    Tsig(TsigKey key, Duration fudge, Clock clock) {
        this.key = key;
        this.name = Wire.name(key.name());
        this.algorithm = Name.fromConstantString(key.algorithm() + ".");
        SecretKey secret = new SecretKeySpec(key.secret().reveal(), macName(key.algorithm()));
        this.mac = mac(secret);
        this.fudge = fudge;
        this.clock = clock;
        this.verifier = new TSIG(algorithm, name, secret, clock);
        this.older = key.older().map(before -> new Tsig(before, fudge, clock));
    }

    TsigKey key() {
        return key;
    }

    /** The same with the key that this one takes the place of. */
    Optional<Tsig> older() {
        return older;
    }

    /** A request, signed: its octets, and the TSIG record that its reply's signature covers. */
    static final class Signed {
        private final byte[] octets;
        private final TSIGRecord tsig;

        private Signed(byte[] octets, TSIGRecord tsig) {
            this.octets = octets;
            this.tsig = tsig;
        }

        byte[] octets() {
            return octets;
        }

        Instant signedAt() {
            return tsig.getTimeSigned();
        }
    }

    Signed sign(Message request) throws Wire.TooLongException {
        byte[] unsigned = Wire.encode(request);
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        TSIGRecord tsig = record(now, mac(unsigned, now), request.getHeader().getID());
        byte[] appended = tsig.toWire(Section.ADDITIONAL);
        if (unsigned.length + appended.length > Wire.MAX_LENGTH) {
            throw new Wire.TooLongException(
                    "the message does not fit into " + Wire.MAX_LENGTH + " octets with its TSIG");
        }
        ByteBuffer octets = ByteBuffer.allocate(unsigned.length + appended.length)
                .put(unsigned)
                .put(appended);
        // RFC 8945 5.1: the record is counted in ARCOUNT, but only after the signature was made
        octets.putShort(10, (short) (octets.getShort(10) + 1));
        return new Signed(octets.array(), tsig);
    }

    /** Whether the holder of the key signed this as the reply to that request, now; for BADTIME the server vouches for its refusal. */
    boolean verifies(Message reply, byte[] octets, Signed request) {
        TSIGRecord tsig = reply.getTSIG();
        return tsig != null
                // RFC 8945 4.2: class ANY and TTL 0, which the codec signs and verifies as such, whatever stands there
                && tsig.getDClass() == DClass.ANY
                && tsig.getTTL() == 0
                && (tsig.getError() == Rcode.NOERROR || tsig.getError() == Rcode.BADTIME)
                && verifier.verify(reply, octets, request.tsig) == Rcode.NOERROR
                && reply.isVerified();
    }

    /** When the server signed, by its own clock. */
    static Instant serverTime(TSIGRecord ofReply) {
        byte[] other = ofReply.getOther();
        // RFC 8945 5.2.3: with BADTIME the time signed is the request's, and the server's own stands in Other Data
        if (ofReply.getError() == Rcode.BADTIME && other != null && other.length == 6) {
            ByteBuffer seconds = ByteBuffer.allocate(8).put(2, other);
            return Instant.ofEpochSecond(seconds.getLong(0));
        }
        return ofReply.getTimeSigned();
    }

    static Optional<TSIGRecord> of(Message reply) {
        return Optional.ofNullable(reply.getTSIG());
    }

    /** How many octets it or an older one adds to a message, at most. */
    int length() {
        int own = name.length() + 10 + algorithm.length() + 16 + LONGEST_MAC;
        return Math.max(own, older.map(Tsig::length).orElse(0));
    }

    private TSIGRecord record(Instant signedAt, byte[] mac, int id) {
        return new TSIGRecord(name, DClass.ANY, 0, algorithm, signedAt, fudge, mac, id, Rcode.NOERROR, new byte[0]);
    }

    /** What Java calls it: hmac-sha256 is HmacSHA256. */
    private static String macName(String algorithm) {
        return "Hmac" + algorithm.substring("hmac-".length()).toUpperCase(Locale.ROOT);
    }

    private static Mac mac(SecretKey secret) {
        try {
            Mac mac = Mac.getInstance(secret.getAlgorithm());
            mac.init(secret);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + secret.getAlgorithm(), e);
        }
    }

    private byte[] mac(byte[] message, Instant signedAt) {
        mac.update(message);
        return mac.doFinal(variables(signedAt));
    }

    /** RFC 8945 4.3.3: name, class ANY, TTL 0, algorithm, time signed (48 bits), fudge, error, length of other data. */
    private byte[] variables(Instant signedAt) {
        byte[] canonicalName = name.toWireCanonical();
        byte[] canonicalAlgorithm = algorithm.toWireCanonical();
        ByteBuffer octets = ByteBuffer.allocate(canonicalName.length + canonicalAlgorithm.length + 18);
        octets.put(canonicalName).putShort((short) DClass.ANY).putInt(0).put(canonicalAlgorithm);
        octets.putShort((short) (signedAt.getEpochSecond() >>> 32)).putInt((int) signedAt.getEpochSecond());
        return octets.putShort((short) fudge.toSeconds())
                .putShort((short) 0)
                .putShort((short) 0)
                .array();
    }
}
