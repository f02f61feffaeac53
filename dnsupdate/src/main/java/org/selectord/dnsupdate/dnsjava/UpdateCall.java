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
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
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
    private final int firstToTry;
    private final @Nullable UpdateResult[] results;
    private final @Nullable Instant[] unansweredSignedAt;
    private Optional<String> stopped = Optional.empty();

    /** @param firstToTry which member of a refused batch is tried alone first, so that one forbidden name does not hold up the same others for ever */
    UpdateCall(Zone zone, Primary primary, int firstToTry, int changes) {
        this.zone = zone;
        this.primary = primary;
        this.reader = new PrimaryReader(primary, zone);
        this.firstToTry = firstToTry;
        this.results = new UpdateResult[changes];
        this.unansweredSignedAt = new Instant[changes];
    }

    /** One change, and where its result goes. */
    private record Member(int index, Change change) {}

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
        Questions.cut(inZone, Member::change, primary.roomFor(zone.apex())).forEach(part -> send(part, Plan.AS_GIVEN));
        return Arrays.stream(results).map(Objects::requireNonNull).toList();
    }

    private void send(List<Member> members, Plan plan) {
        Reply reply = stopped.<Reply>map(Reply.NotSent::new).orElseGet(() -> primary.update(message(members)));
        if (reply instanceof Reply.Answered answered) {
            answered(members, answered, plan);
        } else if (reply instanceof Reply.Unbelieved lost) {
            stopped = Optional.of("an earlier message of this call got no reply to be believed");
            members.forEach(member ->
                    unansweredSignedAt[member.index()] = lost.signedAt().orElse(null));
            members.forEach(member -> settle(member, reply, reader.read(member.change())));
        } else {
            members.forEach(member -> settle(member, reply, notRead()));
        }
    }

    private org.xbill.DNS.Message message(List<Member> members) {
        return Questions.update(
                zone.apex(), members.stream().map(Member::change).toList());
    }

    private void answered(List<Member> members, Reply.Answered reply, Plan plan) {
        if (members.size() > 1 && Verdicts.isConflict(reply.rcode())) {
            conflict(members, reply, plan);
        } else if (members.size() > 1 && reply.rcode() == Rcode.REFUSED) {
            refused(members, reply, plan);
        } else {
            readBack(members, reply).forEach((member, answer) -> settle(member, reply, answer));
        }
    }

    /** One member's prerequisite failed, and the server does not say whose: read all, drop those that are decided, send the rest again. */
    private void conflict(List<Member> members, Reply.Answered reply, Plan plan) {
        List<Member> rest = new ArrayList<>();
        readBack(members, reply).forEach((member, answer) -> {
            if (Verdicts.isUnchanged(member.change(), answer)
                    && !Verdicts.shows(member.change().after(), answer)) {
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
        Deadline patience = Deadline.in(reply.rcode() == Rcode.NOERROR ? PATIENCE : Duration.ZERO);
        Map<Member, PrimaryAnswer> read = new LinkedHashMap<>();
        // with BADTIME the question would be refused as well
        members.forEach(member ->
                read.put(member, reply.rcode() == Rcode.BADTIME ? notRead() : readUntil(patience, member.change())));
        return read;
    }

    private PrimaryAnswer readUntil(Deadline patience, Change change) {
        PrimaryAnswer answer = reader.read(change);
        for (int pauseMillis = 10;
                isNotYet(change, answer) && !patience.isOver() && pause(pauseMillis);
                pauseMillis *= 2) {
            answer = reader.read(change);
        }
        return answer;
    }

    private static boolean isNotYet(Change change, PrimaryAnswer answer) {
        return Verdicts.isUnchanged(change, answer) && !Verdicts.shows(change.after(), answer);
    }

    private static boolean pause(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
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
            return Texts.NOERROR_IS_NOT_APPLIED;
        }
        return Texts.hint(
                reply.rcode(), zone, change.owner(), reply.clockAhead().orElse(Duration.ZERO));
    }

    private boolean isInZone(Member member) {
        return member.change().owner().isIn(zone.apex());
    }

    private void outside(Member member) {
        results[member.index()] = new UpdateResult(
                Verdict.WRONG_PLACE,
                Optional.empty(),
                Optional.empty(),
                Texts.updateOf(zone, member.change()) + " was not sent: the name does not lie in that zone.");
    }

    private static PrimaryAnswer notRead() {
        return new PrimaryAnswer(PrimaryAnswer.Kind.UNKNOWN, Optional.empty(), "");
    }
}
