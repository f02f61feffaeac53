package org.selectord.dnsupdate.dnsjava;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * One call of {@link DnsjavaZoneUpdater#apply}: sends the changes together, takes a refused batch apart, reads every name back. After a
 * message that got no reply to be believed nothing more is sent: what is not known is read, not tried again.
 */
final class UpdateCall {
    /** How long names are read again after NOERROR: with inline signing the served copy follows the raw zone by some milliseconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Zone zone;
    private final Primary primary;
    private final PrimaryReader reader;
    private final Optional<FenceGuard> fence;
    private final int firstToTry;
    private final InFlight inFlight;
    private final @Nullable UpdateResult[] results;
    private final @Nullable Instant[] unansweredSignedAt;
    private Optional<String> stopped = Optional.empty();
    private Optional<FenceGuard.Look.Held> held = Optional.empty();
    private Optional<Applied> unread = Optional.empty();

    /** @param firstToTry which member of a refused batch is tried alone first, so that one forbidden name does not hold up the same others for ever */
    UpdateCall(Zone zone, Optional<Fence> fence, Primary primary, int firstToTry, int changes, InFlight inFlight) {
        this.zone = zone;
        this.primary = primary;
        this.reader = new PrimaryReader(primary, zone);
        this.fence = fence.map(ours -> new FenceGuard(zone, ours, primary, reader));
        this.firstToTry = firstToTry;
        this.inFlight = inFlight;
        this.results = new UpdateResult[changes];
        this.unansweredSignedAt = new Instant[changes];
    }

    /** One change, and where its result goes. */
    private record Member(int index, Change change) {}

    /** What the server has acknowledged. */
    private record Applied(List<Member> members, Reply.Answered reply) {}

    /** What is still to be tried when a batch is refused for one member's sake. */
    private enum Plan {
        AS_GIVEN,
        WITHOUT_THE_BAD,
        ONE_BY_ONE,
        BY_HALVES
    }

    List<UpdateResult> run(List<Change> changes) {
        List<Member> members = IntStream.range(0, changes.size())
                .mapToObj(i -> new Member(i, changes.get(i)))
                .toList();
        members.stream().filter(member -> !isInZone(member)).forEach(this::outside);
        List<Member> inZone = members.stream().filter(this::isInZone).toList();
        if (!inZone.isEmpty() && mayBegin(inZone)) {
            Questions.cut(inZone, Member::change, room()).forEach(part -> send(part, Plan.AS_GIVEN));
            unread.ifPresent(this::readBack);
            fence.filter(guard -> !guard.isTaken() && stopped.isEmpty() && held.isEmpty())
                    .ifPresent(guard -> renewFor(
                            inZone.stream()
                                    .filter(member -> verdict(member) == Verdict.AS_ASKED)
                                    .toList(),
                            guard));
        }
        return Arrays.stream(results).map(Objects::requireNonNull).toList();
    }

    /** What found itself done already has left the fence as it was, and with it the way open for a late copy of the opposite. */
    private void renewFor(List<Member> done, FenceGuard guard) {
        if (done.isEmpty()) {
            return;
        }
        Reply reply = primary.update(message(List.of()));
        if (reply instanceof Reply.Answered answered && answered.rcode() == Rcode.NOERROR) {
            guard.applied();
            return;
        }
        String why = Texts.sentence("it is done already, but the fence at " + zone.fenceOwner()
                + " could not be renewed, so a late update could undo it: " + Texts.notRead(reply));
        done.forEach(member -> notSent(member, Verdict.UNAVAILABLE, why));
    }

    /** Nothing is sent at all. */
    List<UpdateResult> notSent(List<Change> changes, String why) {
        for (int i = 0; i < changes.size(); i++) {
            notSent(new Member(i, changes.get(i)), Verdict.UNAVAILABLE, why);
        }
        return Arrays.stream(results).map(Objects::requireNonNull).toList();
    }

    /** Nothing is sent where the fence is not ours to take, or cannot be read. */
    private boolean mayBegin(List<Member> members) {
        FenceGuard.Look look = fence.map(FenceGuard::look).orElse(new FenceGuard.Look.Free(false));
        if (look instanceof FenceGuard.Look.Held other) {
            held = Optional.of(other);
            members.forEach(member -> notSent(member, Verdict.FENCED, Texts.fenced(other)));
        } else if (look instanceof FenceGuard.Look.NotRead unread) {
            String hint = unread.rcode().isPresent()
                    ? Texts.hint(unread.rcode().getAsInt(), asTaken(), zone.fenceOwner(), unread.clockAhead())
                    : "";
            members.forEach(
                    member -> notSent(member, Verdicts.unsent(unread.rcode()), Texts.sentence(unread.said()) + hint));
        }
        return look instanceof FenceGuard.Look.Free;
    }

    private int room() {
        return primary.roomFor(zone.apex()) - fence.map(FenceGuard::length).orElse(0);
    }

    private void send(List<Member> members, Plan plan) {
        if (held.isPresent()) {
            fenced(members, held.get());
            return;
        }
        Reply reply = stopped.<Reply>map(Reply.NotSent::new).orElseGet(() -> update(message(members)));
        if (reply instanceof Reply.Answered answered) {
            inFlight.answered();
            answered(members, answered, plan);
        } else if (reply instanceof Reply.Unbelieved lost) {
            if (lost.silent()) {
                inFlight.silent();
            }
            stopped = Optional.of("an earlier message of this call got no reply to be believed");
            members.forEach(member ->
                    unansweredSignedAt[member.index()] = lost.signedAt().orElse(null));
            read(members).forEach((member, answer) -> settle(member, reply, answer));
        } else {
            members.forEach(member -> settle(member, reply, notRead()));
        }
    }

    /** What the message before has done is read back on the way, so that the server works on this one while we check that. */
    private Reply update(Message update) {
        if (unread.isEmpty()) {
            return primary.update(update);
        }
        Applied before = unread.get();
        PrimaryReader.Asked asked = reader.askedFor(changes(before.members()));
        List<Reply> replies = primary.updateBehind(asked.questions(), update);
        List<Reply> answers = replies.subList(0, before.members().size());
        if (answers.stream().allMatch(Reply.Answered.class::isInstance)) {
            unread = Optional.empty();
            settle(before, byMember(before.members(), asked.answers(answers)));
        }
        Reply reply = replies.get(before.members().size());
        return reply instanceof Reply.NotSent ? primary.update(update) : reply;
    }

    private void readBack(Applied done) {
        settle(done, read(done.members()));
    }

    private void settle(Applied done, Map<Member, PrimaryAnswer> read) {
        readAgain(read);
        read.forEach((member, answer) -> settle(member, done.reply(), answer));
    }

    private Message message(List<Member> members) {
        Message update = Questions.update(zone.apex(), List.of());
        fence.ifPresent(guard -> guard.guard(update));
        Questions.add(update, changes(members));
        return update;
    }

    private void answered(List<Member> members, Reply.Answered reply, Plan plan) {
        if (reply.rcode() == Rcode.NOERROR) {
            fence.ifPresent(FenceGuard::applied);
            if (plan == Plan.AS_GIVEN) {
                unread.ifPresent(this::readBack);
                unread = Optional.of(new Applied(members, reply));
                return;
            }
        }
        if (Verdicts.isConflict(reply.rcode()) && fence.isPresent()) {
            underFence(fence.get(), members, reply, plan);
        } else if (members.size() > 1 && reply.rcode() == Rcode.REFUSED) {
            refused(members, reply, plan);
        } else {
            conflictOrEnd(members, reply, plan);
        }
    }

    /** The prerequisite that failed may be the fence's: that is looked at first. */
    private void underFence(FenceGuard guard, List<Member> members, Reply.Answered reply, Plan plan) {
        FenceGuard.Look look = guard.lookAgain(Deadline.in(PATIENCE));
        if (look instanceof FenceGuard.Look.Held other) {
            held = Optional.of(other);
            fenced(members, other);
        } else if (look instanceof FenceGuard.Look.Free free && free.moved()) {
            send(members, plan);
        } else {
            conflictOrEnd(members, reply, plan);
        }
    }

    private void conflictOrEnd(List<Member> members, Reply.Answered reply, Plan plan) {
        if (members.size() > 1 && Verdicts.isConflict(reply.rcode())) {
            conflict(members, reply, plan);
        } else {
            readBack(members, reply).forEach((member, answer) -> settle(member, reply, answer));
        }
    }

    /** What an earlier message of ours has done is done all the same. */
    private void fenced(List<Member> members, FenceGuard.Look.Held other) {
        read(members).forEach((member, answer) -> {
            boolean done = Verdicts.shows(member.change().after(), answer);
            results[member.index()] = new UpdateResult(
                    done ? Verdict.AS_ASKED : Verdict.FENCED,
                    answer.found(),
                    Optional.ofNullable(unansweredSignedAt[member.index()]),
                    Texts.sentence(Texts.updateOf(zone, member.change())
                                    + (done ? " is done: " : " was not done: ")
                                    + answer.cameBack())
                            + " Then " + Texts.fenced(other),
                    done ? Optional.empty() : other.by());
        });
    }

    /** One member's prerequisite failed, and the server does not say whose: read all, drop those that are decided, send the rest again. */
    private void conflict(List<Member> members, Reply.Answered reply, Plan plan) {
        List<Member> rest = new ArrayList<>();
        readBack(members, reply).forEach((member, answer) -> {
            if (isNotYet(member.change(), answer)) {
                rest.add(member);
            } else {
                settle(member, reply, answer);
            }
        });
        if (plan == Plan.AS_GIVEN && rest.size() < members.size()) {
            sendAll(List.of(rest), Plan.WITHOUT_THE_BAD);
        } else {
            sendAll(rest.stream().map(List::of).toList(), Plan.ONE_BY_ONE);
        }
    }

    /** One member may be forbidden, or all of them: two tried alone tell a frozen zone from one bad name without a message for each. */
    private void refused(List<Member> members, Reply.Answered reply, Plan plan) {
        if (plan == Plan.BY_HALVES) {
            int half = members.size() / 2;
            sendAll(List.of(members.subList(0, half), members.subList(half, members.size())), Plan.BY_HALVES);
            return;
        }
        List<Member> rest = new ArrayList<>(members);
        for (int tried = 0; tried < 2 && !rest.isEmpty(); tried++) {
            Member alone = rest.remove(Math.floorMod(firstToTry, rest.size()));
            send(List.of(alone), Plan.BY_HALVES);
            if (verdict(alone) != Verdict.REFUSED) {
                sendAll(List.of(rest), Plan.BY_HALVES);
                return;
            }
        }
        readBack(rest, reply).forEach((member, answer) -> settle(member, reply, answer));
    }

    private void sendAll(List<List<Member>> parts, Plan plan) {
        parts.stream().filter(part -> !part.isEmpty()).forEach(part -> send(part, plan));
    }

    private Map<Member, PrimaryAnswer> readBack(List<Member> members, Reply.Answered reply) {
        if (reply.rcode() == Rcode.BADTIME) {
            // the question would be refused as well
            Map<Member, PrimaryAnswer> none = new LinkedHashMap<>();
            members.forEach(member -> none.put(member, notRead()));
            return none;
        }
        Map<Member, PrimaryAnswer> read = read(members);
        if (reply.rcode() == Rcode.NOERROR) {
            readAgain(read);
        }
        return read;
    }

    /** Those that do not show yet what the server has acknowledged. */
    private void readAgain(Map<Member, PrimaryAnswer> read) {
        Deadline patience = Deadline.in(PATIENCE);
        List<Member> late = late(read);
        for (int pauseMillis = 10;
                !late.isEmpty() && !patience.isOver() && Pause.atMost(pauseMillis, patience);
                pauseMillis *= 2) {
            read.putAll(read(late));
            late = late(read);
        }
    }

    private static List<Member> late(Map<Member, PrimaryAnswer> read) {
        return read.entrySet().stream()
                .filter(seen -> isNotYet(seen.getKey().change(), seen.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private Map<Member, PrimaryAnswer> read(List<Member> members) {
        return byMember(members, reader.readFor(changes(members)));
    }

    private static Map<Member, PrimaryAnswer> byMember(List<Member> members, List<PrimaryAnswer> answers) {
        Map<Member, PrimaryAnswer> read = new LinkedHashMap<>();
        for (int i = 0; i < members.size(); i++) {
            read.put(members.get(i), answers.get(i));
        }
        return read;
    }

    private static List<Change> changes(List<Member> members) {
        return members.stream().map(Member::change).toList();
    }

    private static boolean isNotYet(Change change, PrimaryAnswer answer) {
        return Verdicts.isUnchanged(change, answer) && !Verdicts.shows(change.after(), answer);
    }

    private void settle(Member member, Reply reply, PrimaryAnswer readBack) {
        Verdict verdict = verdict(member.change(), reply, readBack);
        results[member.index()] = new UpdateResult(
                verdict,
                readBack.found(),
                Optional.ofNullable(unansweredSignedAt[member.index()]),
                sentence(member.change(), reply, readBack, verdict));
    }

    private static Verdict verdict(Change change, Reply reply, PrimaryAnswer readBack) {
        if (reply instanceof Reply.NotSent) {
            return Verdict.UNAVAILABLE;
        }
        OptionalInt rcode =
                reply instanceof Reply.Answered answered ? OptionalInt.of(answered.rcode()) : OptionalInt.empty();
        return Verdicts.of(change, rcode, readBack);
    }

    private Verdict verdict(Member member) {
        return Objects.requireNonNull(results[member.index()]).verdict();
    }

    private String sentence(Change change, Reply reply, PrimaryAnswer readBack, Verdict verdict) {
        String update = Texts.updateOf(zone, change);
        String back = readBack.cameBack().isEmpty() ? "" : "; " + readBack.cameBack();
        if (reply instanceof Reply.NotSent unsent) {
            return Texts.sentence(update + " was not sent: " + unsent.why());
        }
        if (reply instanceof Reply.Unbelieved lost) {
            String said = primary.called() + " gave no reply to be believed to " + update + ": " + lost.why() + back;
            return Texts.sentence(said) + Texts.credentialHint(lost.why(), zone.dns());
        }
        Reply.Answered answered = (Reply.Answered) reply;
        String said = primary.called() + " answered " + Texts.rcode(answered.rcode()) + " to " + update + back;
        return Texts.sentence(said) + hint(change, answered, readBack, verdict);
    }

    private String hint(Change change, Reply.Answered reply, PrimaryAnswer readBack, Verdict verdict) {
        if (verdict == Verdict.AS_ASKED) {
            return Texts.servedTtl(change, readBack);
        }
        if (reply.rcode() == Rcode.NOERROR) {
            return verdict == Verdict.UNKNOWN ? "" : Texts.NOERROR_IS_NOT_APPLIED;
        }
        return Texts.hint(
                        reply.rcode(),
                        asTaken(),
                        change.owner(),
                        reply.clockAhead().orElse(Duration.ZERO))
                + (reply.rcode() == Rcode.REFUSED && fence.isPresent()
                        ? Texts.fenceGrant(asTaken(), change.owner())
                        : "");
    }

    /** With the one of our TSIG keys that the primary takes: whose rights are meant. */
    private Zone asTaken() {
        return new Zone(zone.apex(), zone.dns().with(primary.key()), zone.leftOut(), zone.aliasedBelow());
    }

    private boolean isInZone(Member member) {
        return member.change().owner().isIn(zone.apex());
    }

    private void outside(Member member) {
        notSent(member, Verdict.WRONG_PLACE, "the name does not lie in that zone.");
    }

    private void notSent(Member member, Verdict verdict, String why) {
        results[member.index()] = new UpdateResult(
                verdict,
                Optional.empty(),
                Optional.empty(),
                Texts.updateOf(zone, member.change()) + " was not sent: " + why,
                held.flatMap(FenceGuard.Look.Held::by));
    }

    private static PrimaryAnswer notRead() {
        return new PrimaryAnswer(PrimaryAnswer.Kind.UNKNOWN, Optional.empty(), "");
    }
}
