package org.selectord.keystore;

/**
 * An unencrypted PKCS#8 PEM private key: a secret that never prints itself. Hand over what to do rather than this.
 */
public final class PrivateKeyPem {
    private final String pem;

    public PrivateKeyPem(String pem) {
        if (!pem.startsWith("-----BEGIN PRIVATE KEY-----")) {
            throw new IllegalArgumentException("not an unencrypted PKCS#8 PEM private key"); // never the text itself
        }
        this.pem = pem;
    }

    /** The secret text itself, for whoever must write or parse it. */
    public String reveal() {
        return pem;
    }

    @Override
    public String toString() {
        return "<secret>";
    }
}
