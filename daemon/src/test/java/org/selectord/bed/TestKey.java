package org.selectord.bed;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Base64;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.rotation.SigningKey;

/** A key pair of a domain under a selector, in every shape that a test needs. */
public record TestKey(SigningDomain domain, Selector selector, int number, KeyPair pair) {
    public static TestKey of(String domain, String selector, int number) {
        return of(domain, selector, number, 2048);
    }

    public static TestKey of(String domain, String selector, int number, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return new TestKey(new SigningDomain(domain), new Selector(selector), number, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Another key under the same name. */
    public TestKey impostor() {
        return of(domain.name(), selector.name(), number);
    }

    public OwnerName owner() {
        return OwnerName.of(selector.ownerName(domain));
    }

    public String record() {
        return "v=DKIM1; k=rsa; p="
                + Base64.getEncoder().encodeToString(pair.getPublic().getEncoded());
    }

    public PublicHalf publicHalf() {
        return new PublicHalf(KeyAlgorithm.RSA_2048, pair.getPublic().getEncoded());
    }

    public PrivateKey privateKey() {
        return pair.getPrivate();
    }

    public PrivateKeyPem pem() {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(privateKey().getEncoded());
        return new PrivateKeyPem("-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
    }

    public SigningKey signingKey() {
        return new SigningKey(
                new KeyId(domain, number),
                selector,
                KeyAlgorithm.RSA_2048,
                publicHalf().fingerprint());
    }
}
