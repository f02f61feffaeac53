package org.selectord.keystore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;

/**
 * A private half as other programs write it to a file: PEM or DER, PKCS#8 (also encrypted) or PKCS#1, as {@code openssl},
 * {@code opendkim-genkey} and {@code rspamadm} do; the same DER in base64, as rspamd takes it; an Ed25519 seed in base64, alone as
 * {@code dknewkey} writes it or with its public half behind it as {@code rspamadm} does. No exception says anything of what was read.
 */
public final class ForeignKey {
    private static final AlgorithmIdentifier RSA =
            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
    private static final AlgorithmIdentifier ED25519 = new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);
    private static final int SEED = Ed25519.SECRET_KEY_SIZE;
    private static final int SEED_AND_PUBLIC = SEED + Ed25519.PUBLIC_KEY_SIZE;

    private final Optional<char[]> passphrase;

    private ForeignKey(Optional<char[]> passphrase) {
        this.passphrase = passphrase;
    }

    /**
     * Reads a whole file.
     *
     * @param passphrase of a file that is encrypted; any other file needs none and does without
     * @throws IllegalArgumentException if it holds no private half that is known here, or the passphrase is missing or wrong
     */
    public static PrivateKeyPem read(byte[] file, Optional<char[]> passphrase) {
        return new ForeignKey(passphrase).key(file);
    }

    private PrivateKeyPem key(byte[] file) {
        String text = new String(file, ISO_8859_1);
        if (text.contains("-----BEGIN ")) {
            return ofPem(text);
        }
        byte[] bytes = unwrapped(text).orElse(file);
        return switch (bytes.length) {
            case SEED -> ofSeed(bytes);
            case SEED_AND_PUBLIC -> ofSeedAndPublic(bytes);
            default -> ofDer(bytes);
        };
    }

    /** Empty if it is no base64. */
    private static Optional<byte[]> unwrapped(String text) {
        try {
            return Optional.of(Base64.getDecoder().decode(text.replaceAll("\\s", "")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private PrivateKeyPem ofPem(String text) {
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            for (Object found = parser.readObject(); found != null; found = parser.readObject()) {
                Optional<PrivateKeyInfo> key = privateKey(found);
                if (key.isPresent()) {
                    return PrivateKeyPem.ofPkcs8(key.get().getEncoded());
                }
            }
        } catch (NotTakenException e) {
            throw e;
        } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
            throw unreadable(); // without its cause: a decoder's message may quote the secret
        }
        throw unreadable();
    }

    private PrivateKeyPem ofDer(byte[] der) {
        try {
            return PrivateKeyPem.ofPkcs8(
                    privateKey(object(der)).orElseThrow(this::unreadable).getEncoded());
        } catch (NotTakenException e) {
            throw e;
        } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
            throw unreadable(); // likewise
        }
    }

    /** As the PEM parser would have made it. */
    private static Object object(byte[] der) throws IOException {
        ASN1Sequence sequence = ASN1Sequence.getInstance(der);
        if (sequence.getObjectAt(0) instanceof ASN1Sequence) {
            return new PKCS8EncryptedPrivateKeyInfo(der);
        }
        return sequence.getObjectAt(1) instanceof ASN1Sequence
                ? PrivateKeyInfo.getInstance(sequence)
                : new PrivateKeyInfo(RSA, RSAPrivateKey.getInstance(sequence));
    }

    /** Empty for what stands beside a private half in some files, such as a certificate. */
    private Optional<PrivateKeyInfo> privateKey(Object found)
            throws IOException, PKCSException, OperatorCreationException {
        if (found instanceof PrivateKeyInfo info) {
            return Optional.of(info);
        }
        if (found instanceof PEMKeyPair pair) {
            return Optional.of(pair.getPrivateKeyInfo());
        }
        if (found instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
            return Optional.of(encrypted.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                    .setProvider(new BouncyCastleProvider())
                    .build(needed())));
        }
        if (found instanceof PEMEncryptedKeyPair encrypted) { // as OpenSSL encrypted PKCS#1 before PKCS#8
            return Optional.of(encrypted
                    .decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                            .setProvider(new BouncyCastleProvider())
                            .build(needed()))
                    .getPrivateKeyInfo());
        }
        return Optional.empty();
    }

    private char[] needed() {
        return passphrase.orElseThrow(
                () -> new NotTakenException("this private key is encrypted, and no passphrase for it was given"));
    }

    private NotTakenException unreadable() {
        return new NotTakenException(
                passphrase.isPresent()
                        ? "this private key cannot be read: its passphrase is another one, or it is damaged"
                        : "this is no RSA or Ed25519 private key in a form that is known here: PEM or DER, PKCS#8 or PKCS#1, the same"
                                + " DER in base64, or an Ed25519 seed in base64");
    }

    private static PrivateKeyPem ofSeed(byte[] seed) {
        try {
            return PrivateKeyPem.ofPkcs8(
                    new PrivateKeyInfo(ED25519, new DEROctetString(seed)).getEncoded()); // RFC 8410 7
        } catch (IOException e) {
            throw new UncheckedIOException("encoding 32 octets in memory cannot fail", e);
        }
    }

    private static PrivateKeyPem ofSeedAndPublic(byte[] both) {
        byte[] publicKey = new byte[Ed25519.PUBLIC_KEY_SIZE];
        Ed25519.generatePublicKey(both, 0, publicKey, 0);
        if (!Arrays.equals(publicKey, Arrays.copyOfRange(both, SEED, SEED_AND_PUBLIC))) {
            throw new NotTakenException("the halves of this Ed25519 private key do not belong together: it is damaged");
        }
        return ofSeed(Arrays.copyOf(both, SEED));
    }

    /** Whose text says nothing of what was read. */
    private static final class NotTakenException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        NotTakenException(String message) {
            super(message);
        }
    }
}
