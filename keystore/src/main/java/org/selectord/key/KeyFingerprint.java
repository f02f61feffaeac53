package org.selectord.key;

import java.util.regex.Pattern;

/**
 * SHA-256 over the DER SubjectPublicKeyInfo of a public half, as 64 lower-case hexadecimal digits. A private half is named by
 * the fingerprint of its public half.
 */
public record KeyFingerprint(String hex) implements Comparable<KeyFingerprint> {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    public KeyFingerprint {
        if (!SHA256.matcher(hex).matches()) {
            throw new IllegalArgumentException(
                    "a fingerprint is 64 lower-case hexadecimal digits, not \"" + hex + "\"");
        }
    }

    @Override
    public int compareTo(KeyFingerprint other) {
        return hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return hex;
    }
}
