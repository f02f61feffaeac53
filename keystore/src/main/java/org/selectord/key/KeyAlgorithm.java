package org.selectord.key;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a key is: its type and its size. Policies may ask for those that {@link #isOffered are offered}; the others are known only so
 * that a key which signs already can be adopted, shown and replaced.
 */
public enum KeyAlgorithm {
    RSA_1024("rsa-1024", KeyType.RSA, 1024),
    RSA_1536("rsa-1536", KeyType.RSA, 1536),
    RSA_2048("rsa-2048", KeyType.RSA, 2048),
    RSA_3072("rsa-3072", KeyType.RSA, 3072),
    RSA_4096("rsa-4096", KeyType.RSA, 4096),
    ED25519("ed25519", KeyType.ED25519, 256); // RFC 8463

    private static final int ENOUGH_RSA_BITS = 2048; // RFC 8301 3.2: signers SHOULD use keys of at least 2048 bits

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

    /** Whether new keys may be of it. */
    public boolean isOffered() {
        return type != KeyType.RSA || bits >= ENOUGH_RSA_BITS;
    }

    /** What a policy may ask for. */
    public static List<KeyAlgorithm> offered() {
        return Arrays.stream(values()).filter(KeyAlgorithm::isOffered).toList();
    }

    /** The algorithm that this word asks for, if it is offered. */
    public static Optional<KeyAlgorithm> named(String word) {
        return offered().stream().filter(a -> a.word.equals(word)).findFirst();
    }

    /** The algorithm of a key of this type and size, offered or not, if it is one that we know. */
    public static Optional<KeyAlgorithm> of(KeyType type, int bits) {
        return Arrays.stream(values())
                .filter(a -> a.type == type && a.bits == bits)
                .findFirst();
    }
}
