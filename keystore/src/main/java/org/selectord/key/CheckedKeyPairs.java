package org.selectord.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAKeyGenParameterSpec;

/**
 * A source whose pairs have been looked at: the size asked for, the exponent 65537, both halves of the same pair, and a signature
 * of the one that the other verifies. It fails closed: no pair leaves that did not pass, whatever source made it.
 */
public final class CheckedKeyPairs implements KeyPairSource {
    private static final byte[] SELF_TEST = "selectord signs this to see whether a new key can".getBytes(US_ASCII);

    private final KeyPairSource source;

    public CheckedKeyPairs(KeyPairSource source) {
        this.source = source;
    }

    @Override
    public KeyPair generate(KeyAlgorithm algorithm) throws KeyGenerationException {
        KeyPair pair = source.generate(algorithm);
        requireFit(pair, algorithm);
        return pair;
    }

    private static void requireFit(KeyPair pair, KeyAlgorithm algorithm) throws KeyGenerationException {
        if (!(pair.getPublic() instanceof RSAPublicKey publicKey)
                || !(pair.getPrivate() instanceof RSAPrivateKey privateKey)) {
            throw refused(algorithm, "it is not made of two RSA keys");
        }
        if (publicKey.getModulus().bitLength() != algorithm.bits()) {
            throw refused(algorithm, "its modulus has " + publicKey.getModulus().bitLength() + " bits");
        }
        if (!publicKey.getPublicExponent().equals(RSAKeyGenParameterSpec.F4)) {
            throw refused(algorithm, "its exponent is " + publicKey.getPublicExponent() + ", not 65537");
        }
        if (!publicKey.getModulus().equals(privateKey.getModulus())) {
            throw refused(algorithm, "its halves belong to two pairs");
        }
        if (!verifies(publicKey, signature(privateKey, algorithm), algorithm)) {
            throw refused(algorithm, "its public half does not verify what its private half signs");
        }
    }

    private static byte[] signature(PrivateKey key, KeyAlgorithm algorithm) throws KeyGenerationException {
        try {
            Signature signer = sha256WithRsa();
            signer.initSign(key);
            signer.update(SELF_TEST);
            return signer.sign();
        } catch (GeneralSecurityException | ProviderException e) {
            throw refused(algorithm, "its private half cannot sign", e);
        }
    }

    private static boolean verifies(PublicKey key, byte[] signature, KeyAlgorithm algorithm)
            throws KeyGenerationException {
        try {
            Signature verifier = sha256WithRsa();
            verifier.initVerify(key);
            verifier.update(SELF_TEST);
            return verifier.verify(signature);
        } catch (GeneralSecurityException | ProviderException e) {
            throw refused(algorithm, "its public half cannot verify", e);
        }
    }

    /** What DKIM calls rsa-sha256 (RFC 6376 section 3.3.2). */
    private static Signature sha256WithRsa() throws GeneralSecurityException {
        return Signature.getInstance("SHA256withRSA");
    }

    private static KeyGenerationException refused(KeyAlgorithm algorithm, String why) {
        return new KeyGenerationException(sentence(algorithm, why));
    }

    private static KeyGenerationException refused(KeyAlgorithm algorithm, String why, Exception cause) {
        return new KeyGenerationException(sentence(algorithm, why), cause);
    }

    private static String sentence(KeyAlgorithm algorithm, String why) {
        return "a new " + algorithm.word() + " key pair was thrown away: " + why
                + ". Either its source or this machine's random numbers are broken";
    }
}
