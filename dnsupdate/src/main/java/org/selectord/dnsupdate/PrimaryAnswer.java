package org.selectord.dnsupdate;

import java.util.Optional;

/**
 * What stands at one owner name at the primary.
 *
 * @param found the TXT RRset there; only with {@link Kind#TXT}
 * @param cameBack for people
 */
public record PrimaryAnswer(Kind kind, Optional<TxtRRset> found, String cameBack) {
    public enum Kind {
        /** A verified, authoritative answer: no record of any type. */
        NOTHING,
        /** A verified, authoritative answer: TXT records. */
        TXT,
        /** A verified answer: a CNAME, a record of another type, a delegation. {@code cameBack} names it. */
        OBSTACLE,
        /** No verified answer. */
        UNKNOWN
    }
}
