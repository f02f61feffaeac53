package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;

/**
 * What one authoritative server has shown about one key record.
 *
 * @param verdict of the latest look
 * @param since when that verdict was first seen in an unbroken row
 * @param lookedAt the end of the latest look
 * @param streak how many exact answers in a row
 * @param provenAt r of F3: the end of the first look of a row that was long enough; silence does not undo it, a loss does
 * @param cameBack of the latest look, for people
 */
public record ServerProof(
        Verdict verdict, Instant since, Instant lookedAt, int streak, Optional<Instant> provenAt, String cameBack) {
    public enum Verdict {
        EXACT,
        /** A definite answer that is not exactly ours. */
        LOST,
        SILENT
    }

    ServerProof notBeyond(Instant now) {
        return new ServerProof(
                verdict,
                Use.earlier(since, now),
                Use.earlier(lookedAt, now),
                streak,
                provenAt.map(at -> Use.earlier(at, now)),
                cameBack);
    }
}
