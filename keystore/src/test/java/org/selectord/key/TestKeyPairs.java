package org.selectord.key;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.RSAKeyGenParameterSpec;

/** Key pairs for tests, of any kind, unchecked. */
public final class TestKeyPairs {
    private TestKeyPairs() {}

    /** A new RSA-2048 pair as everybody makes them. */
    public static KeyPair rsa2048() {
        return rsa(2048, RSAKeyGenParameterSpec.F4);
    }

    public static KeyPair rsa(int bits, BigInteger exponent) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(new RSAKeyGenParameterSpec(bits, exponent));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static KeyPair ellipticCurve() {
        return of("EC");
    }

    /** Ed25519 or Ed448. */
    public static KeyPair edwards(String curve) {
        return of(curve);
    }

    private static KeyPair of(String algorithm) {
        try {
            return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
