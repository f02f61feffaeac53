package org.selectord.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;

/**
 * A source whose pairs have been looked at: the kind and size asked for, for RSA the exponent 65537, both halves of the same pair, and
 * a signature of the one that the other verifies. It fails closed: no pair leaves that did not pass, whatever source made it.
 */
public final class CheckedKeyPairs implements KeyPairSource {
    private static final byte[] SELF_TEST = "selectord signs this to see whether a new key can".getBytes(US_ASCII);

    private final KeyPairSource source;

    public CheckedKeyPairs(KeyPairSource source) {
        this.source = source;
    }

    @Override
    public KeyPair generate(KeyAlgorithm algorithm) throws KeyGenerationException {
        if (!algorithm.isOffered()) {
            throw new KeyGenerationException(
                    "no " + algorithm.word() + " key pair is made: such keys are only adopted (RFC 8301 section 3.2)");
        }
        KeyPair pair = source.generate(algorithm);
        requireFit(pair, algorithm);
        return pair;
    }

    private static void requireFit(KeyPair pair, KeyAlgorithm algorithm) throws KeyGenerationException {
        switch (algorithm.type()) {
            case RSA -> requireFitRsa(pair, algorithm);
            case ED25519 -> requireFitEd25519(pair, algorithm);
        }
        if (!verifies(pair.getPublic(), signature(pair.getPrivate(), algorithm), algorithm)) {
            throw refused(algorithm, "its public half does not verify what its private half signs");
        }
    }

    private static void requireFitRsa(KeyPair pair, KeyAlgorithm algorithm) throws KeyGenerationException {
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
    }

    /** That its halves belong together shows only in what they sign and verify. */
    private static void requireFitEd25519(KeyPair pair, KeyAlgorithm algorithm) throws KeyGenerationException {
        boolean ed25519 = pair.getPublic() instanceof EdECPublicKey publicKey
                && pair.getPrivate() instanceof EdECPrivateKey privateKey
                && isEd25519(publicKey.getParams())
                && isEd25519(privateKey.getParams());
        if (!ed25519) {
            throw refused(algorithm, "it is not made of two Ed25519 keys");
        }
    }

    private static boolean isEd25519(NamedParameterSpec curve) {
        return curve.getName().equals(NamedParameterSpec.ED25519.getName());
    }

    private static byte[] signature(PrivateKey key, KeyAlgorithm algorithm) throws KeyGenerationException {
        try {
            Signature signer = signatures(algorithm);
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
            Signature verifier = signatures(algorithm);
            verifier.initVerify(key);
            verifier.update(SELF_TEST);
            return verifier.verify(signature);
        } catch (GeneralSecurityException | ProviderException e) {
            throw refused(algorithm, "its public half cannot verify", e);
        }
    }

    private static Signature signatures(KeyAlgorithm algorithm) throws GeneralSecurityException {
        return switch (algorithm.type()) {
            case RSA -> Signature.getInstance("SHA256withRSA"); // what DKIM calls rsa-sha256 (RFC 6376 3.3.2)
            case ED25519 -> Signature.getInstance("Ed25519"); // within ed25519-sha256 (RFC 8463 3)
        };
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
