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
     * @throws IllegalArgumentException if the modulus has a size that {@link KeyAlgorithm} does not offer
     */
    public static PublicHalf rsa(BigInteger modulus, BigInteger exponent) {
        KeyAlgorithm algorithm = KeyAlgorithm.of(KeyType.RSA, modulus.bitLength())
                .orElseThrow(() -> new IllegalArgumentException("an RSA modulus of " + modulus.bitLength()
                        + " bits is none of those offered: " + Arrays.toString(KeyAlgorithm.values())));
        return new PublicHalf(algorithm, RsaEncodings.subjectPublicKeyInfo(modulus, exponent));
    }

    public KeyAlgorithm algorithm() {
        return algorithm;
    }

    public byte[] subjectPublicKeyInfo() {
        return subjectPublicKeyInfo.clone();
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
