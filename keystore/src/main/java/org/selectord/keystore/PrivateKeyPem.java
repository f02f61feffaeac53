package org.selectord.keystore;

import static java.math.BigInteger.ONE;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.selectord.key.PublicHalf;

/**
 * An unencrypted PKCS#8 PEM private key: a secret that never prints itself. Hand over what to do rather than this. It cannot be
 * wrong: the numbers in it have been checked against each other, so a store that gives one back gives back a key that signs.
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
        RSAPrivateKey key = decoded(pkcs8);
        requireConsistent(key);
        this.pkcs8 = encoded(key);
        this.publicHalf = PublicHalf.rsa(key.getModulus(), key.getPublicExponent());
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

    private static RSAPrivateKey decoded(byte[] pkcs8) {
        try {
            return RSAPrivateKey.getInstance(PrivateKeyInfo.getInstance(pkcs8).parsePrivateKey());
        } catch (IOException | RuntimeException e) { // not passed on, for the same reason
            throw new IllegalArgumentException("not an RSA private key in PKCS#8");
        }
    }

    /** RFC 8017 section 3.2. One flipped bit in a file whose encryption does not notice is found here. */
    private static void requireConsistent(RSAPrivateKey key) {
        BigInteger p = key.getPrime1();
        BigInteger q = key.getPrime2();
        boolean consistent = p.compareTo(ONE) > 0
                && q.compareTo(ONE) > 0
                && p.multiply(q).equals(key.getModulus())
                && inverse(key.getPublicExponent(), key.getExponent1(), p.subtract(ONE))
                && inverse(key.getPublicExponent(), key.getExponent2(), q.subtract(ONE))
                && inverse(key.getPublicExponent(), key.getPrivateExponent(), p.subtract(ONE))
                && inverse(key.getPublicExponent(), key.getPrivateExponent(), q.subtract(ONE))
                && inverse(q, key.getCoefficient(), p);
        if (!consistent) {
            throw new IllegalArgumentException(
                    "the numbers of this RSA private key do not belong together: it is damaged");
        }
    }

    private static boolean inverse(BigInteger a, BigInteger b, BigInteger modulus) {
        return a.multiply(b).mod(modulus).equals(ONE.mod(modulus));
    }

    private static byte[] encoded(RSAPrivateKey key) {
        AlgorithmIdentifier rsa = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
        try {
            return new PrivateKeyInfo(rsa, key).getEncoded("DER");
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
            KeyFactory rsa = KeyFactory.getInstance("RSA");
            return new KeyPair(
                    rsa.generatePublic(new X509EncodedKeySpec(publicHalf.subjectPublicKeyInfo())),
                    rsa.generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
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
