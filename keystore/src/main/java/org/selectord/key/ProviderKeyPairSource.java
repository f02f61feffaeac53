package org.selectord.key;

import java.lang.reflect.InvocationTargetException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Pairs from one library. Whatever that is, the pairs come back as the JDK's own keys, so that {@link CheckedKeyPairs} lets the JDK sign
 * and verify with what another library made.
 */
public final class ProviderKeyPairSource implements KeyPairSource {
    private static final String CONSCRYPT = "org.conscrypt.OpenSSLProvider";

    private static final int JAVAS_ED25519_BITS = 255; // as all three count them

    private final String called;
    private final Provider rsa;
    private final Provider ed25519;
    private final SecureRandom random;

    private ProviderKeyPairSource(String called, Provider rsa, Provider ed25519, SecureRandom random) {
        this.called = called;
        this.rsa = rsa;
        this.ed25519 = ed25519;
        this.random = random;
    }

    /** What every Java brings along. */
    public static ProviderKeyPairSource jdk(SecureRandom random) {
        return new ProviderKeyPairSource("the JDK", installed("SunRsaSign"), installed("SunEC"), random);
    }

    private static Provider installed(String name) {
        Provider provider = Security.getProvider(name);
        if (provider == null) {
            throw new IllegalStateException(
                    "this Java has no provider " + name + ", without which it makes no key pairs");
        }
        return provider;
    }

    public static ProviderKeyPairSource bouncyCastle(SecureRandom random) {
        Provider provider = new BouncyCastleProvider(); // not registered: it is nobody else's business
        return new ProviderKeyPairSource("Bouncy Castle", provider, provider, random);
    }

    /**
     * Conscrypt, where it is on the class path. It takes its random numbers from BoringSSL's own source. Empty where its native half cannot be
     * loaded: on another processor, or where nothing may be executed in the directory for temporary files.
     */
    public static Optional<ProviderKeyPairSource> conscrypt(SecureRandom random) {
        return conscrypt(random, ProviderKeyPairSource.class.getClassLoader());
    }

    static Optional<ProviderKeyPairSource> conscrypt(SecureRandom random, ClassLoader classes) {
        try {
            Provider provider = Class.forName(CONSCRYPT, true, classes)
                    .asSubclass(Provider.class)
                    .getConstructor()
                    .newInstance();
            return Optional.of(new ProviderKeyPairSource("Conscrypt", provider, provider, random));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof Error error && !(error instanceof LinkageError)) {
                throw error;
            }
            return Optional.empty();
        } catch (ReflectiveOperationException | LinkageError e) {
            return Optional.empty();
        }
    }

    @Override
    public KeyPair generate(KeyAlgorithm algorithm) throws KeyGenerationException {
        try {
            return asJdkKeys(generator(algorithm).generateKeyPair(), algorithm);
        } catch (GeneralSecurityException | ProviderException e) {
            throw new KeyGenerationException(
                    called + " made no " + algorithm.word() + " key pair: " + e.getMessage(), e);
        }
    }

    private KeyPairGenerator generator(KeyAlgorithm algorithm) throws GeneralSecurityException {
        return switch (algorithm.type()) {
            case RSA -> {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", rsa);
                generator.initialize(new RSAKeyGenParameterSpec(algorithm.bits(), RSAKeyGenParameterSpec.F4), random);
                yield generator;
            }
            case ED25519 -> {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519", ed25519);
                generator.initialize(JAVAS_ED25519_BITS, random);
                yield generator;
            }
        };
    }

    private static KeyPair asJdkKeys(KeyPair pair, KeyAlgorithm algorithm) throws GeneralSecurityException {
        KeyFactory keys = switch (algorithm.type()) {
            case RSA -> KeyFactory.getInstance("RSA", "SunRsaSign");
            case ED25519 -> KeyFactory.getInstance("Ed25519", "SunEC");
        };
        return new KeyPair(
                keys.generatePublic(new X509EncodedKeySpec(pair.getPublic().getEncoded())),
                keys.generatePrivate(new PKCS8EncodedKeySpec(pair.getPrivate().getEncoded())));
    }

    @Override
    public String toString() {
        return called;
    }
}
