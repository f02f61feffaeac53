package org.selectord.key;

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
