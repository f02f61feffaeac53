package org.selectord.keystore;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.selectord.key.PublicHalf;

/**
 * The 32 random octets that are an Ed25519 private key (RFC 8032 section 5.1.5). Any 32 octets are one: that a bit has flipped shows only
 * in the public half, and so in the fingerprint that a store knows the key by.
 */
final class Ed25519Seed implements PrivateNumbers {
    private final byte[] seed;
    private final byte[] publicKey;
    private final Optional<byte[]> claimed;

    private Ed25519Seed(byte[] seed, Optional<byte[]> claimed) {
        if (seed.length != Ed25519.SECRET_KEY_SIZE) {
            throw new IllegalArgumentException("an Ed25519 private key has another length");
        }
        this.seed = seed;
        this.publicKey = new byte[Ed25519.PUBLIC_KEY_SIZE];
        this.claimed = claimed;
        Ed25519.generatePublicKey(seed, 0, publicKey, 0);
    }

    /** RFC 8410 section 7: an octet string within an octet string, and at times the public key beside it. */
    static Ed25519Seed in(PrivateKeyInfo info) throws IOException {
        byte[] seed = ASN1OctetString.getInstance(info.parsePrivateKey()).getOctets();
        return new Ed25519Seed(
                seed, Optional.ofNullable(info.getPublicKeyData()).map(ASN1BitString::getOctets));
    }

    @Override
    public void requireConsistent() {
        if (claimed.isPresent() && !Arrays.equals(claimed.get(), publicKey)) {
            throw new IllegalArgumentException(
                    "the halves of this Ed25519 private key do not belong together: it is damaged");
        }
    }

    @Override
    public PublicHalf publicHalf() {
        return PublicHalf.ed25519(publicKey);
    }

    /** Without the public key, which some programs cannot read. */
    @Override
    public PrivateKeyInfo encoded() throws IOException {
        return new PrivateKeyInfo(new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), new DEROctetString(seed));
    }
}
