package org.selectord.dnsupdate;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One server's answer for one owner name.
 *
 * @param server its NS name or {@code ""}, and {@code address:port}, as people and waivers name it; stable between looks
 * @param found the TXT RRset it served, only when {@link Kind#ANSWERED}
 * @param negativeTtlSeconds how long a cache may keep "no such name" learnt from this server (RFC 2308 section 5: the smaller of the SOA's
 *     TTL and its minimum; also the TTL of NSEC and NSEC3 records served), if it was seen
 * @param serial the zone's serial at this server, if it was seen
 * @param cameBack for people: rcode, whether authoritative, what it served
 */
public record ServerAnswer(
        String server,
        Kind kind,
        Optional<TxtRRset> found,
        OptionalLong negativeTtlSeconds,
        OptionalLong serial,
        String cameBack) {
    public enum Kind {
        /** Definite: NOERROR or NXDOMAIN with authority. */
        ANSWERED,
        /** Silence, SERVFAIL, REFUSED, not authoritative, no address: proves nothing either way. */
        SILENT
    }

    /** It answered, with authority, one TXT whose strings join to {@code expected}'s. */
    public boolean holdsExactly(TxtRRset expected) {
        return found.isPresent() && found.get().saysTheSameAs(expected);
    }

    /** A definite answer in which {@code ours} is not. */
    public boolean lacks(TxtRRset ours) {
        return kind == Kind.ANSWERED && (found.isEmpty() || !found.get().holdsTextOf(ours));
    }
}
