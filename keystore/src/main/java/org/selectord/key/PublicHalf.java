package org.selectord.key;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The public half of a key pair: its algorithm and its DER SubjectPublicKeyInfo.
 * {@link #fingerprint()} names the pair everywhere.
 */
public final class PublicHalf {
    private final KeyAlgorithm algorithm;
    private final byte[] subjectPublicKeyInfo;
    private final KeyFingerprint fingerprint;

    public PublicHalf(KeyAlgorithm algorithm, byte[] subjectPublicKeyInfo) {
        this.algorithm = algorithm;
        this.subjectPublicKeyInfo = subjectPublicKeyInfo.clone();
        this.fingerprint = Fingerprints.of(subjectPublicKeyInfo);
    }

    /**
     * The public half of these two numbers, in the one encoding they have here, so that a private half, its key record and its
     * file all come to the same fingerprint.
     *
     * @throws IllegalArgumentException if the modulus has a size that {@link KeyAlgorithm} does not know
     */
    public static PublicHalf rsa(BigInteger modulus, BigInteger exponent) {
        KeyAlgorithm algorithm = KeyAlgorithm.of(KeyType.RSA, modulus.bitLength())
                .orElseThrow(() -> new IllegalArgumentException("an RSA modulus of " + modulus.bitLength()
                        + " bits is none of those known here: " + Arrays.toString(KeyAlgorithm.values())));
        return new PublicHalf(algorithm, RsaEncodings.subjectPublicKeyInfo(modulus, exponent));
    }

    /** The public half of these 32 octets (RFC 8032 section 5.1.5), likewise. */
    public static PublicHalf ed25519(byte[] key) {
        return new PublicHalf(KeyAlgorithm.ED25519, Ed25519Encodings.subjectPublicKeyInfo(key));
    }

    public KeyAlgorithm algorithm() {
        return algorithm;
    }

    public byte[] subjectPublicKeyInfo() {
        return subjectPublicKeyInfo.clone();
    }

    /** As the {@code p=} of its key record has it, before base64. */
    byte[] published() {
        return switch (algorithm.type()) {
            case RSA ->
                subjectPublicKeyInfo(); // RFC 6376 3.6.1 speaks of a bare RSAPublicKey; everybody publishes this
            case ED25519 -> Ed25519Encodings.key(subjectPublicKeyInfo); // RFC 8463 4: without any ASN.1
        };
    }

    public KeyFingerprint fingerprint() {
        return fingerprint;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PublicHalf that
                && algorithm == that.algorithm
                && Arrays.equals(subjectPublicKeyInfo, that.subjectPublicKeyInfo);
    }

    @Override
    public int hashCode() {
        return fingerprint.hashCode();
    }

    @Override
    public String toString() {
        return algorithm.word() + " " + fingerprint;
    }
}
