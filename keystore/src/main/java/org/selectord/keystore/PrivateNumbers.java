package org.selectord.keystore;

import java.io.IOException;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.selectord.key.PublicHalf;

/** What a PKCS#8 private key is made of: the secret itself, so it stays within this package. */
sealed interface PrivateNumbers permits RsaNumbers, Ed25519Seed {
    /** Throws whatever a decoder throws, which may quote the secret. */
    static PrivateNumbers in(PrivateKeyInfo info) throws IOException {
        boolean ed25519 = info.getPrivateKeyAlgorithm().getAlgorithm().equals(EdECObjectIdentifiers.id_Ed25519);
        return ed25519 ? Ed25519Seed.in(info) : RsaNumbers.in(info);
    }

    /** Throws {@link IllegalArgumentException}, whose text says nothing of the secret, if it is damaged and that can be told. */
    void requireConsistent();

    PublicHalf publicHalf();

    /** In the one encoding that such keys have here. */
    PrivateKeyInfo encoded() throws IOException;
}
