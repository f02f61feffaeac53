package org.selectord.key;

import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * For each key type the fastest library that is here, in an order that {@code deploy/bench keys} showed: it differs by type, and hardly by
 * machine. It is written down instead of measured at each start, for a start is to be quick, and two starts are to do the same.
 */
public final class FastestKeyPairSource implements KeyPairSource {
    private final Map<KeyType, ProviderKeyPairSource> sources;

    private FastestKeyPairSource(Map<KeyType, ProviderKeyPairSource> sources) {
        this.sources = sources;
    }

    public static FastestKeyPairSource here(SecureRandom random) {
        return among(ProviderKeyPairSource.conscrypt(random), random);
    }

    static FastestKeyPairSource among(Optional<ProviderKeyPairSource> conscrypt, SecureRandom random) {
        Map<KeyType, ProviderKeyPairSource> sources = new EnumMap<>(KeyType.class);
        for (KeyType type : KeyType.values()) {
            sources.put(type, conscrypt.orElseGet(() -> switch (type) {
                case RSA -> ProviderKeyPairSource.jdk(random);
                case ED25519 -> ProviderKeyPairSource.bouncyCastle(random);
            }));
        }
        return new FastestKeyPairSource(sources);
    }

    @Override
    public KeyPair generate(KeyAlgorithm algorithm) throws KeyGenerationException {
        return source(algorithm.type()).generate(algorithm);
    }

    private ProviderKeyPairSource source(KeyType type) {
        return Objects.requireNonNull(sources.get(type));
    }

    /** Which library makes which keys, for the log. */
    @Override
    public String toString() {
        return sources.entrySet().stream()
                .map(entry -> entry.getKey().tag() + " by " + entry.getValue())
                .collect(Collectors.joining(", "));
    }
}
