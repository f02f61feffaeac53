package org.selectord.dnsupdate;

import java.time.Instant;
import java.util.Optional;

/**
 * What became of one change.
 *
 * @param found the TXT RRset that was read back, if any was
 * @param unansweredSignedAt the TSIG time of the latest attempt that got no verified reply: until this + fudge + margin a copy may land
 * @param cameBack for people: what was sent to whom, what came back, and what to do if we know
 * @param heldBy the fence that stands there, when {@link Verdict#FENCED}; empty if what stands there is no fence
 */
public record UpdateResult(
        Verdict verdict,
        Optional<TxtRRset> found,
        Optional<Instant> unansweredSignedAt,
        String cameBack,
        Optional<Fence> heldBy) {
    /** Any verdict but {@link Verdict#FENCED}. */
    public UpdateResult(
            Verdict verdict, Optional<TxtRRset> found, Optional<Instant> unansweredSignedAt, String cameBack) {
        this(verdict, found, unansweredSignedAt, cameBack, Optional.empty());
    }

    /** Who may decide what from it is said at each; the read-back decides, not the rcode (lifecycle: NOERROR does not mean applied). */
    public enum Verdict {
        /** The primary holds what we asked for; also when an earlier try of ours did it. */
        AS_ASKED,
        /** Not applied: something that is not ours is at the name, or ours has been changed. A person. */
        SOMETHING_ELSE_THERE,
        /** Not applied: another daemon, or a later call, holds the fence, or what stands in its place is none. */
        FENCED,
        /** Not applied: policy, or a frozen zone. Try again slowly, and say so. */
        REFUSED,
        /** Not applied: NOTAUTH, NOTZONE: the server does not serve this zone as primary. */
        WRONG_PLACE,
        /** Not applied: BADTIME: our clock and the primary's disagree. */
        CLOCK_SKEW,
        /** Surely not applied: could not be sent, or the server failed and the read-back shows it unchanged. Try again. */
        UNAVAILABLE,
        /** Timeout, cut, unverified, BADSIG, BADKEY: neither success nor failure. The same change may be repeated at once. */
        UNKNOWN
    }
}
