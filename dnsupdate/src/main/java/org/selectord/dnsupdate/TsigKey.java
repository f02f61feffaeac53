package org.selectord.dnsupdate;

import java.util.Set;

/** A TSIG key of RFC 8945: its name (an owner name), its algorithm as BIND writes it ({@code hmac-sha256}) and its secret. */
public record TsigKey(OwnerName name, String algorithm, TsigSecret secret) {
    /** RFC 8945 section 6: hmac-sha256 must be there, hmac-md5 must not be used, hmac-sha1 is not recommended. */
    public static final Set<String> ALGORITHMS =
            Set.of("hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");

    public TsigKey {
        if (!ALGORITHMS.contains(algorithm)) {
            throw new IllegalArgumentException(
                    "TSIG key " + name + ": algorithm \"" + algorithm + "\" is none of " + ALGORITHMS);
        }
    }
}
