package org.selectord.keystore.file;

/**
 * What the key files are encrypted with: a secret that never prints itself. Best made by a machine, as in
 * {@code openssl rand -base64 32}.
 */
public final class Passphrase {
    private final char[] secret;

    /** Copies the characters. An empty passphrase protects nothing and is refused, as is what openssl could not be told in one line. */
    public Passphrase(char[] secret) {
        if (secret.length == 0) {
            throw new IllegalArgumentException("the passphrase of the keystore is empty");
        }
        for (char c : secret) {
            if (Character.isISOControl(c)) {
                throw new IllegalArgumentException(
                        "the passphrase of the keystore holds a line break or another control character; it must be one line");
            }
        }
        this.secret = secret.clone();
    }

    char[] reveal() {
        return secret.clone();
    }

    @Override
    public String toString() {
        return "<secret>";
    }
}
