package org.selectord.dnsupdate;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A TSIG key of RFC 8945: its name (an owner name), its algorithm as BIND writes it ({@code hmac-sha256}) and its secret.
 *
 * @param older the key that this one takes the place of: a server that does not know this one yet is talked to with that
 */
public record TsigKey(OwnerName name, String algorithm, TsigSecret secret, Optional<TsigKey> older) {
    /** RFC 8945 section 6: hmac-sha256 must be there, hmac-md5 must not be used, hmac-sha1 is not recommended. */
    public static final Set<String> ALGORITHMS =
            Set.of("hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");

    /** What to do about the one algorithm that people may still have and that is not taken. */
    public static final String NO_MD5 = "hmac-md5 must not be used any more (RFC 8945 section 6): make a new key with"
            + " tsig-keygen -a hmac-sha256, here and on the server";

    public TsigKey {
        if (!ALGORITHMS.contains(algorithm)) {
            throw new IllegalArgumentException(
                    "TSIG key " + name + ": algorithm \"" + algorithm + "\" is none of " + ALGORITHMS);
        }
    }

    /** A key that takes no other's place. */
    public TsigKey(OwnerName name, String algorithm, TsigSecret secret) {
        this(name, algorithm, secret, Optional.empty());
    }

    /** The first of them, with the others as the older ones, in their order. */
    public static TsigKey newestFirst(List<TsigKey> keys) {
        Optional<TsigKey> older =
                keys.size() == 1 ? Optional.empty() : Optional.of(newestFirst(keys.subList(1, keys.size())));
        TsigKey newest = keys.get(0);
        return new TsigKey(newest.name, newest.algorithm, newest.secret, older);
    }

    /** What is to be said of its algorithm, for people, when it can be used but should be replaced. */
    public Optional<String> warning() {
        return algorithm.equals("hmac-sha1")
                ? Optional.of("TSIG key " + name.withoutDot()
                        + " uses hmac-sha1, which is not recommended (RFC 8945 section 6): make a new key with"
                        + " tsig-keygen -a hmac-sha256, here and on the server")
                : Optional.empty();
    }
}
