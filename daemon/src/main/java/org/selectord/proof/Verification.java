package org.selectord.proof;

import java.util.Comparator;

/**
 * What verifying a domain's signatures with the keys of its authoritative servers came to.
 *
 * @param evidence for people: which selector, which servers, what is wrong
 */
public record Verification(Kind kind, String evidence) {
    public enum Kind {
        /** It verifies with the key of every authoritative server. */
        VERIFIED,
        /** No definite answer: a server was silent, or the set of servers is not known, and nothing definite stands against it. */
        UNPROVEN,
        /** Definite: some verifier somewhere fails it now. */
        BAD
    }

    /** The worse of two, with the evidence of both. */
    Verification and(Verification other) {
        Kind worse = Comparator.<Kind>naturalOrder().compare(kind, other.kind) >= 0 ? kind : other.kind;
        return new Verification(worse, evidence + "; " + other.evidence);
    }
}
