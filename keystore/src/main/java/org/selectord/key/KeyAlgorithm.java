package org.selectord.key;

import java.util.Arrays;
import java.util.Optional;

/** What a policy may ask new keys to be; smaller than RSA-2048 is not offered (RFC 8301 section 3.2). */
public enum KeyAlgorithm {
    RSA_2048("rsa-2048", KeyType.RSA, 2048),
    RSA_3072("rsa-3072", KeyType.RSA, 3072),
    RSA_4096("rsa-4096", KeyType.RSA, 4096);

    private final String word;
    private final KeyType type;
    private final int bits;

    KeyAlgorithm(String word, KeyType type, int bits) {
        this.word = word;
        this.type = type;
        this.bits = bits;
    }

    /** As configuration, commands and metrics write it. */
    public String word() {
        return word;
    }

    public KeyType type() {
        return type;
    }

    public int bits() {
        return bits;
    }

    public static Optional<KeyAlgorithm> named(String word) {
        return Arrays.stream(values()).filter(a -> a.word.equals(word)).findFirst();
    }

    /** The algorithm of a key of this type and modulus size, if it is one that is offered. */
    public static Optional<KeyAlgorithm> of(KeyType type, int bits) {
        return Arrays.stream(values())
                .filter(a -> a.type == type && a.bits == bits)
                .findFirst();
    }
}
