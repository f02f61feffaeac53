package org.selectord.dnsupdate.dnsjava;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.xbill.DNS.Rcode;

/** What a reply and a read-back together say about one change. Pure. The read-back comes first: NOERROR does not mean applied. */
final class Verdicts {
    private Verdicts() {}

    /**
     * The verdict.
     *
     * @param rcode of the verified reply; empty if the message was sent and no reply can be believed
     */
    static Verdict of(Change change, OptionalInt rcode, PrimaryAnswer readBack) {
        if (shows(change.after(), readBack)) {
            return Verdict.AS_ASKED;
        }
        return rcode.isEmpty() ? Verdict.UNKNOWN : ofRcode(change, rcode.getAsInt(), readBack);
    }

    /** Whether the change could still be made: what it wants to find is what is there. */
    static boolean isUnchanged(Change change, PrimaryAnswer readBack) {
        return change.before()
                .map(before -> readBack.found()
                        .filter(found -> Set.copyOf(found.records()).equals(Set.copyOf(before.records())))
                        .isPresent())
                .orElse(readBack.kind() == PrimaryAnswer.Kind.NOTHING);
    }

    /** Whether this, and nothing else, is there: TTL and split are not compared. */
    static boolean shows(Optional<TxtRRset> after, PrimaryAnswer readBack) {
        return after.map(wanted -> readBack.found()
                        .filter(found -> texts(found).equals(texts(wanted)))
                        .isPresent())
                .orElse(readBack.kind() == PrimaryAnswer.Kind.NOTHING);
    }

    /** RFC 2136 2.2: one of the prerequisites did not hold; which one, no server says. */
    static boolean isConflict(int rcode) {
        return rcode == Rcode.YXDOMAIN || rcode == Rcode.YXRRSET || rcode == Rcode.NXRRSET || rcode == Rcode.NXDOMAIN;
    }

    /** What is said of changes that were not sent, for the primary answered so to an update without changes; empty if not at all. */
    static Verdict unsent(OptionalInt rcode) {
        return switch (rcode.orElse(Rcode.SERVFAIL)) {
            case Rcode.REFUSED -> Verdict.REFUSED;
            case Rcode.NOTAUTH, Rcode.NOTZONE -> Verdict.WRONG_PLACE;
            case Rcode.BADTIME -> Verdict.CLOCK_SKEW;
            default -> Verdict.UNAVAILABLE;
        };
    }

    private static Verdict ofRcode(Change change, int rcode, PrimaryAnswer readBack) {
        return switch (rcode) {
            case Rcode.REFUSED -> Verdict.REFUSED;
            case Rcode.NOTAUTH, Rcode.NOTZONE -> Verdict.WRONG_PLACE;
            case Rcode.BADTIME -> Verdict.CLOCK_SKEW;
            // acknowledged and nothing done: a limit of the policy, such as TXT(1), drops records in silence
            case Rcode.NOERROR -> ofReadBack(change, readBack, Verdict.REFUSED);
            default -> ofReadBack(change, readBack, Verdict.UNAVAILABLE);
        };
    }

    private static Verdict ofReadBack(Change change, PrimaryAnswer readBack, Verdict whenUnchanged) {
        if (readBack.kind() == PrimaryAnswer.Kind.UNKNOWN) {
            return Verdict.UNKNOWN;
        }
        return isUnchanged(change, readBack) ? whenUnchanged : Verdict.SOMETHING_ELSE_THERE;
    }

    private static List<String> texts(TxtRRset set) {
        return set.records().stream().map(TxtRecord::joined).sorted().toList();
    }
}
