package org.selectord.admin;

import java.security.MessageDigest;

/**
 * Who may ask, and what. It holds no token, only its SHA-256.
 *
 * @param name of the person or program, for the audit
 */
record AdminToken(String name, Role role, Sha256 sha256) {

    /** 32 octets that are compared in constant time. */
    record Sha256(String hex) {
        boolean is(byte[] digest) {
            return MessageDigest.isEqual(java.util.HexFormat.of().parseHex(hex), digest);
        }
    }
}
