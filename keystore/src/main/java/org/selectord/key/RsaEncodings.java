package org.selectord.key;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.Optional;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** RSA public keys to and from DER SubjectPublicKeyInfo (RFC 3279 section 2.3.1). */
final class RsaEncodings {
    private RsaEncodings() {}

    static byte[] subjectPublicKeyInfo(BigInteger modulus, BigInteger exponent) {
        // RFC 3279 2.3.1: the parameters field MUST have ASN.1 type NULL
        AlgorithmIdentifier rsa = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
        try {
            return new SubjectPublicKeyInfo(rsa, new RSAPublicKey(modulus, exponent)).getEncoded("DER");
        } catch (IOException e) {
            throw new UncheckedIOException("encoding two numbers in memory cannot fail", e);
        }
    }

    /**
     * The numbers in the {@code p=} of a key record: a SubjectPublicKeyInfo, as everybody publishes, or the bare RSAPublicKey that
     * RFC 6376 section 3.6.1 speaks of (erratum 3017 allows both). Empty if it is neither.
     */
    static Optional<RSAPublicKey> parse(byte[] published) {
        return subjectPublicKeyInfo(published).or(() -> bare(published));
    }

    private static Optional<RSAPublicKey> subjectPublicKeyInfo(byte[] der) {
        try {
            SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(der);
            return info.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)
                    ? sensible(RSAPublicKey.getInstance(info.parsePublicKey()))
                    : Optional.empty();
        } catch (IOException | RuntimeException e) { // the bytes come from the net; the decoder has many ways to say no
            return Optional.empty();
        }
    }

    private static Optional<RSAPublicKey> bare(byte[] der) {
        try {
            return sensible(RSAPublicKey.getInstance(der));
        } catch (RuntimeException e) { // as above
            return Optional.empty();
        }
    }

    private static Optional<RSAPublicKey> sensible(RSAPublicKey key) {
        return key.getModulus().signum() > 0 && key.getPublicExponent().signum() > 0
                ? Optional.of(key)
                : Optional.empty();
    }
}
