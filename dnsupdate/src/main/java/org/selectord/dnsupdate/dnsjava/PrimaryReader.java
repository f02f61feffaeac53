package org.selectord.dnsupdate.dnsjava;

import java.util.Optional;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Reads what stands at a name at the primary. Asks for TXT and looks at the answer; where that leaves open whether another type is there, an
 * update without changes asks by its prerequisite, for that is the very test that a publish has to pass, and wildcards do not count in it.
 * QTYPE ANY is not asked: servers may answer it as they like (RFC 8482).
 */
final class PrimaryReader {
    private final Primary primary;
    private final Zone zone;

    PrimaryReader(Primary primary, Zone zone) {
        this.primary = primary;
        this.zone = zone;
    }

    PrimaryAnswer read(OwnerName owner) {
        return look(owner).answer();
    }

    /**
     * What is read for the sake of a change. What is neither asked for nor expected may come from a wildcard (RFC 4592), whose record is not at
     * the name: then nothing is there.
     */
    PrimaryAnswer read(Change change) {
        Sight sight = look(change.owner());
        boolean wanted = Verdicts.shows(change.after(), sight.answer()) || Verdicts.isUnchanged(change, sight.answer());
        return !wanted && sight.maySpring() && inUse(change.owner()).equals(Optional.of(false))
                ? nothing(
                        change.owner(),
                        " (a wildcard answers there: " + sight.answer().cameBack() + ")")
                : sight.answer();
    }

    /**
     * What was seen.
     *
     * @param maySpring whether a wildcard would look the same
     */
    private record Sight(PrimaryAnswer answer, boolean maySpring) {
        static Sight certain(PrimaryAnswer answer) {
            return new Sight(answer, false);
        }
    }

    private Sight look(OwnerName owner) {
        Reply reply = primary.query(Questions.query(owner, Type.TXT));
        boolean definite = reply instanceof Reply.Answered answered
                && (answered.rcode() == Rcode.NOERROR || answered.rcode() == Rcode.NXDOMAIN);
        return definite
                ? seen(owner, ((Reply.Answered) reply).message())
                : Sight.certain(unknown(owner, Texts.notRead(reply, zone.dns())));
    }

    private Sight seen(OwnerName owner, Message message) {
        if (!message.getHeader().getFlag(Flags.AA)) {
            return Sight.certain(notAuthoritative(owner, message));
        }
        Optional<Record> alias = alias(message);
        if (alias.isPresent()) {
            return new Sight(obstacle(Texts.alias(alias.get())), true);
        }
        Optional<Name> other = zoneAnswering(message).filter(apex -> !apex.equals(Wire.name(zone.apex())));
        if (other.isPresent()) {
            return Sight.certain(obstacle("the name from another zone, " + other.get()));
        }
        Optional<TxtRRset> found = Wire.txtRRset(owner, message, Section.ANSWER);
        if (found.isPresent()) {
            return new Sight(txt(found.get()), true);
        }
        return Sight.certain(message.getRcode() == Rcode.NXDOMAIN ? nothing(owner, "") : noTxt(owner));
    }

    /** NOERROR without TXT: records of other types, or none, but names below it. */
    private PrimaryAnswer noTxt(OwnerName owner) {
        return inUse(owner)
                .map(used -> used ? obstacle("no TXT, but records of another type, at " + owner) : nothing(owner, ""))
                .orElseGet(() -> unknown(owner, "there is no TXT, and whether another type is there it did not tell"));
    }

    /** Whether records of any type are at the name; empty if the server does not tell. */
    private Optional<Boolean> inUse(OwnerName owner) {
        if (!(primary.query(Questions.nothingAt(zone.apex(), owner)) instanceof Reply.Answered answered)) {
            return Optional.empty();
        }
        return switch (answered.rcode()) {
            case Rcode.NOERROR -> Optional.of(false);
            case Rcode.YXDOMAIN -> Optional.of(true);
            default -> Optional.empty();
        };
    }

    private PrimaryAnswer notAuthoritative(OwnerName owner, Message message) {
        // RFC 1034 4.3.2: a referral has no answer, and NS of the cut in its authority section
        return message.getSection(Section.AUTHORITY).stream()
                .filter(record -> record.getType() == Type.NS)
                .filter(cut -> Wire.name(owner).subdomain(cut.getName())
                        && cut.getName().subdomain(Wire.name(zone.apex()))
                        && !cut.getName().equals(Wire.name(zone.apex())))
                .findFirst()
                .map(cut -> obstacle("a delegation at " + cut.getName() + " to " + cut.rdataToString()))
                .orElseGet(() -> unknown(owner, "it answered NOERROR without authority."));
    }

    private PrimaryAnswer txt(TxtRRset found) {
        String served = primary.called() + " serves " + Texts.txt(found) + " at " + found.owner();
        return new PrimaryAnswer(PrimaryAnswer.Kind.TXT, Optional.of(found), served);
    }

    private PrimaryAnswer nothing(OwnerName owner, String more) {
        return new PrimaryAnswer(
                PrimaryAnswer.Kind.NOTHING, Optional.empty(), primary.called() + " has nothing at " + owner + more);
    }

    private PrimaryAnswer obstacle(String what) {
        return new PrimaryAnswer(PrimaryAnswer.Kind.OBSTACLE, Optional.empty(), primary.called() + " serves " + what);
    }

    private PrimaryAnswer unknown(OwnerName owner, String why) {
        return new PrimaryAnswer(
                PrimaryAnswer.Kind.UNKNOWN,
                Optional.empty(),
                "what is at " + owner + " could not be read from " + primary.called() + ": " + why);
    }

    static Optional<Record> alias(Message message) {
        return message.getSection(Section.ANSWER).stream()
                .filter(record -> record.getDClass() == DClass.IN)
                .filter(record -> record.getType() == Type.CNAME || record.getType() == Type.DNAME)
                .findFirst();
    }

    /** The apex whose SOA or NS records say who answered, if they came along. */
    private static Optional<Name> zoneAnswering(Message message) {
        return message.getSection(Section.AUTHORITY).stream()
                .filter(record -> record.getType() == Type.SOA || record.getType() == Type.NS)
                .map(Record::getName)
                .findFirst();
    }
}
