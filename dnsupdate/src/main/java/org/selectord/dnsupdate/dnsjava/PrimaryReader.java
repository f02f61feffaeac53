package org.selectord.dnsupdate.dnsjava;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
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

    /** What is at these names, in their order. */
    List<PrimaryAnswer> read(List<OwnerName> owners) {
        return ask(owners.stream().map(owner -> new Look(owner, seen -> true)).toList());
    }

    /** The same for one name, where {@code expected} tells what may be there. */
    PrimaryAnswer read(OwnerName owner, Predicate<PrimaryAnswer> expected) {
        return ask(List.of(new Look(owner, expected))).get(0);
    }

    /** What is read for the sake of changes, in their order. */
    List<PrimaryAnswer> readFor(List<Change> changes) {
        return ask(looksFor(changes));
    }

    /** The same, to be asked together with something else. */
    Asked askedFor(List<Change> changes) {
        return new Asked(looksFor(changes));
    }

    private static List<Look> looksFor(List<Change> changes) {
        return changes.stream()
                .map(change -> new Look(
                        change.owner(),
                        seen -> Verdicts.shows(change.after(), seen) || Verdicts.isUnchanged(change, seen)))
                .toList();
    }

    /**
     * One name to look at.
     *
     * @param expected what may be there. Anything else may come from a wildcard (RFC 4592), whose record is not at the name: then nothing is there
     */
    private record Look(OwnerName owner, Predicate<PrimaryAnswer> expected) {}

    /** What was seen, and what that leaves open. */
    private record Sight(PrimaryAnswer answer, Doubt doubt) {
        static Sight certain(PrimaryAnswer answer) {
            return new Sight(answer, Doubt.NONE);
        }

        boolean leavesOpen(Look look) {
            return doubt == Doubt.NO_TXT
                    || (doubt == Doubt.MAY_SPRING && !look.expected().test(answer));
        }
    }

    private enum Doubt {
        NONE,
        /** NOERROR without TXT: records of other types, or none, but names below it. */
        NO_TXT,
        /** A wildcard would look the same. */
        MAY_SPRING
    }

    private List<PrimaryAnswer> ask(List<Look> looks) {
        Asked asked = new Asked(looks);
        return asked.answers(primary.queries(asked.questions()));
    }

    /** Names to look at, and what their answers mean. */
    final class Asked {
        private final List<Look> looks;

        private Asked(List<Look> looks) {
            this.looks = looks;
        }

        List<Message> questions() {
            return looks.stream()
                    .map(look -> Questions.query(look.owner(), Type.TXT))
                    .toList();
        }

        /** From the replies to the questions; asks more where they leave something open. */
        List<PrimaryAnswer> answers(List<Reply> replies) {
            List<Sight> sights = new ArrayList<>();
            for (int i = 0; i < looks.size(); i++) {
                sights.add(sight(looks.get(i).owner(), replies.get(i)));
            }
            List<PrimaryAnswer> answers =
                    new ArrayList<>(sights.stream().map(Sight::answer).toList());
            List<Integer> open = IntStream.range(0, looks.size())
                    .filter(i -> sights.get(i).leavesOpen(looks.get(i)))
                    .boxed()
                    .toList();
            List<Reply> uses = primary.queries(open.stream()
                    .map(i -> Questions.nothingAt(zone.apex(), looks.get(i).owner()))
                    .toList());
            for (int i = 0; i < open.size(); i++) {
                int at = open.get(i);
                answers.set(at, settled(looks.get(at).owner(), sights.get(at), inUse(uses.get(i))));
            }
            return answers;
        }
    }

    /** @param inUse whether records of any type are at the name, if the server told */
    private PrimaryAnswer settled(OwnerName owner, Sight sight, Optional<Boolean> inUse) {
        return sight.doubt() == Doubt.NO_TXT ? noTxt(owner, inUse) : unlessSprung(owner, sight.answer(), inUse);
    }

    private PrimaryAnswer noTxt(OwnerName owner, Optional<Boolean> inUse) {
        return inUse.map(used ->
                        used ? obstacle("no TXT, but records of another type, at " + owner) : nothing(owner, ""))
                .orElseGet(() -> unknown(owner, "there is no TXT, and whether another type is there it did not tell"));
    }

    private PrimaryAnswer unlessSprung(OwnerName owner, PrimaryAnswer seen, Optional<Boolean> inUse) {
        return inUse.equals(Optional.of(false))
                ? nothing(owner, " (a wildcard answers there: " + seen.cameBack() + ")")
                : seen;
    }

    /** Empty if the server does not tell. */
    private static Optional<Boolean> inUse(Reply reply) {
        if (!(reply instanceof Reply.Answered answered)) {
            return Optional.empty();
        }
        return switch (answered.rcode()) {
            case Rcode.NOERROR -> Optional.of(false);
            case Rcode.YXDOMAIN -> Optional.of(true);
            default -> Optional.empty();
        };
    }

    private Sight sight(OwnerName owner, Reply reply) {
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
            return new Sight(obstacle(Texts.alias(alias.get())), Doubt.MAY_SPRING);
        }
        Optional<Name> other = zoneAnswering(message).filter(apex -> !apex.equals(Wire.name(zone.apex())));
        if (other.isPresent()) {
            return Sight.certain(obstacle("the name from another zone, " + other.get()));
        }
        Optional<TxtRRset> found = Wire.txtRRset(owner, message, Section.ANSWER);
        if (found.isPresent()) {
            return new Sight(txt(found.get()), Doubt.MAY_SPRING);
        }
        return message.getRcode() == Rcode.NXDOMAIN
                ? Sight.certain(nothing(owner, ""))
                : new Sight(unknown(owner, "there is no TXT"), Doubt.NO_TXT);
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
