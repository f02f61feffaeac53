package org.selectord.keystore;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.selectord.key.PublicHalf;

/**
 * An unencrypted PKCS#8 PEM private key: a secret that never prints itself. Hand over what to do rather than this. It cannot be
 * wrong: the numbers in it have been checked against each other, so a store that gives one back under its fingerprint gives back a
 * key that signs.
 */
public final class PrivateKeyPem {
    private static final String TYPE = "PRIVATE KEY"; // RFC 7468 10

    private final byte[] pkcs8;
    private final PublicHalf publicHalf;

    /** Throws {@link IllegalArgumentException}, whose text says nothing of what was given, if this is no such key. */
    public PrivateKeyPem(String pem) {
        this(unwrapped(pem));
    }

    private PrivateKeyPem(byte[] pkcs8) {
        PrivateNumbers numbers = decoded(pkcs8);
        numbers.requireConsistent();
        this.pkcs8 = encoded(numbers);
        this.publicHalf = numbers.publicHalf();
    }

    /** The private half of a pair. */
    public static PrivateKeyPem of(KeyPair pair) {
        return new PrivateKeyPem(pair.getPrivate().getEncoded());
    }

    /** From the DER of a PKCS#8 PrivateKeyInfo (RFC 5208 section 5). */
    public static PrivateKeyPem ofPkcs8(byte[] der) {
        return new PrivateKeyPem(der.clone());
    }

    private static byte[] unwrapped(String pem) {
        try (PemReader reader = new PemReader(new StringReader(pem))) {
            PemObject first = reader.readPemObject();
            if (first != null && first.getType().equals(TYPE)) {
                return first.getContent();
            }
        } catch (IOException | RuntimeException e) { // falls through: a decoder's message may quote the secret
        }
        throw new IllegalArgumentException("not an unencrypted PKCS#8 PEM private key, which begins with -----BEGIN "
                + TYPE + "----- (openssl pkey makes one" + " of most others)");
    }

    private static PrivateNumbers decoded(byte[] pkcs8) {
        try {
            return PrivateNumbers.in(PrivateKeyInfo.getInstance(pkcs8));
        } catch (IOException | RuntimeException e) { // not passed on, for the same reason
            throw new IllegalArgumentException("not an RSA or Ed25519 private key in PKCS#8");
        }
    }

    private static byte[] encoded(PrivateNumbers numbers) {
        try {
            return numbers.encoded().getEncoded("DER");
        } catch (IOException e) {
            throw new UncheckedIOException("encoding numbers in memory cannot fail", e);
        }
    }

    /** What may be shown to everybody. */
    public PublicHalf publicHalf() {
        return publicHalf;
    }

    /** The secret text itself, for whoever must write or parse it. */
    public String reveal() {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(TYPE, pkcs8));
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory cannot fail", e);
        }
        return text.toString();
    }

    /** The secret itself, as the DER of a PKCS#8 PrivateKeyInfo. */
    public byte[] revealPkcs8() {
        return pkcs8.clone();
    }

    /** The secret itself, as Java signs with it. */
    public KeyPair revealKeyPair() {
        try {
            KeyFactory keys = KeyFactory.getInstance(
                    switch (publicHalf.algorithm().type()) {
                        case RSA -> "RSA";
                        case ED25519 -> "Ed25519";
                    });
            return new KeyPair(
                    keys.generatePublic(new X509EncodedKeySpec(publicHalf.subjectPublicKeyInfo())),
                    keys.generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK refuses " + publicHalf, e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PrivateKeyPem that && publicHalf.equals(that.publicHalf); // it has but one private half
    }

    @Override
    public int hashCode() {
        return publicHalf.hashCode();
    }

    @Override
    public String toString() {
        return "<secret>";
    }
}
