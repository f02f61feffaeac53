package org.selectord.keystore;

import static java.math.BigInteger.ONE;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.selectord.key.PublicHalf;

/** The eight numbers of an RSA private key (RFC 8017 appendix A.1.2). */
final class RsaNumbers implements PrivateNumbers {
    private final RSAPrivateKey key;

    private RsaNumbers(RSAPrivateKey key) {
        this.key = key;
    }

    static RsaNumbers in(PrivateKeyInfo info) throws IOException {
        return new RsaNumbers(RSAPrivateKey.getInstance(info.parsePrivateKey()));
    }

    /** RFC 8017 section 3.2. One flipped bit in a file whose encryption does not notice is found here. */
    @Override
    public void requireConsistent() {
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

    @Override
    public PublicHalf publicHalf() {
        return PublicHalf.rsa(key.getModulus(), key.getPublicExponent());
    }

    @Override
    public PrivateKeyInfo encoded() throws IOException {
        return new PrivateKeyInfo(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE), key);
    }
}
