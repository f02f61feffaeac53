package org.selectord.key;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** Ed25519 public keys, which are 32 octets (RFC 8032 section 5.1.5), to and from DER SubjectPublicKeyInfo (RFC 8410 section 4). */
final class Ed25519Encodings {
    private Ed25519Encodings() {}

    static byte[] subjectPublicKeyInfo(byte[] key) {
        // RFC 8410 3: the parameters MUST be absent
        AlgorithmIdentifier ed25519 = new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);
        try {
            return new SubjectPublicKeyInfo(ed25519, key).getEncoded("DER");
        } catch (IOException e) {
            throw new UncheckedIOException("encoding 32 octets in memory cannot fail", e);
        }
    }

    /** The 32 octets in a SubjectPublicKeyInfo that {@link #subjectPublicKeyInfo} made. */
    static byte[] key(byte[] subjectPublicKeyInfo) {
        return SubjectPublicKeyInfo.getInstance(subjectPublicKeyInfo)
                .getPublicKeyData()
                .getOctets();
    }

    /** The key in the {@code p=} of a key record, which is the bare 32 octets (RFC 8463 section 4); empty if they are no such key. */
    static Optional<byte[]> parse(byte[] published) {
        boolean sound = published.length == Ed25519.PUBLIC_KEY_SIZE && Ed25519.validatePublicKeyPartial(published, 0);
        return sound ? Optional.of(published) : Optional.empty();
    }
}
