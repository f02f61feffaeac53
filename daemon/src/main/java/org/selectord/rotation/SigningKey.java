package org.selectord.rotation;

import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.Selector;

/** What a signer is told of a key; the private half it fetches from the keystore itself, by the fingerprint. */
public record SigningKey(KeyId id, Selector selector, KeyAlgorithm algorithm, KeyFingerprint fingerprint) {}
