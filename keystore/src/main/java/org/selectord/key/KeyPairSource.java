package org.selectord.key;

import java.security.KeyPair;

/**
 * Makes new key pairs. Blocks for as long as the search for primes takes (RSA-2048: 80 ms as a rule, 300 ms at times); safe from
 * any thread. What it returns is not to be believed before {@link CheckedKeyPairs} has looked at it.
 */
public interface KeyPairSource {
    /** A new pair, never the same twice. */
    KeyPair generate(KeyAlgorithm algorithm) throws KeyGenerationException;
}
