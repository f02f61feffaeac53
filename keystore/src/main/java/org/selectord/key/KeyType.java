package org.selectord.key;

/** The {@code k=} of a key record (RFC 6376 section 3.6.1, RFC 8463 section 4): the keys of one domain and one type are a chain. */
public enum KeyType {
    RSA("rsa"),
    ED25519("ed25519");

    private final String tag;

    KeyType(String tag) {
        this.tag = tag;
    }

    /** As it stands in {@code k=}. */
    public String tag() {
        return tag;
    }
}
