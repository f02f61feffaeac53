package org.selectord.rotation;

/**
 * What a probe message signed by the real signer came to.
 *
 * @param evidence for people and the history: which selector, what the verification said, which servers the key came from
 */
public record Proof(Kind kind, String evidence) {
    public enum Kind {
        /** Every signature for the domain verified with the key fetched from every authoritative server; or none was wanted and none was there. */
        VERIFIED,
        /** Definite: a signature does not verify against the authoritative servers, or the signer refused the message. */
        BAD,
        /** The message was signed, but no definite answer about the key could be had. */
        UNPROVEN
    }
}
