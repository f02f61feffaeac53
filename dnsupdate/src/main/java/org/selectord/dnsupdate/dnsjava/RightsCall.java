package org.selectord.dnsupdate.dnsjava;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsFinding.Kind;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * One probe of one primary. BIND looks at names and rights in the update section before it looks at prerequisites, so a prerequisite that
 * failed means "allowed", and REFUSED means "forbidden", or a frozen zone. A server that looks at prerequisites first, as RFC 2136 section 3
 * has it, answers as if everything were allowed: only one that has shown the other order is believed to allow too much.
 */
final class RightsCall {
    /** So many names a message: with the longest of names less than 64 KiB. */
    private static final int TOGETHER = 50;

    private static final int EXAMPLES = 5;

    private final Zone zone;
    private final NeededRights needed;
    private final Primary primary;
    private final SecureRandom random;
    private final RightsQuestions questions;
    private final Set<OwnerName> refused = new LinkedHashSet<>();
    private final List<Excess> allowed = new ArrayList<>();
    private final List<String> unclear = new ArrayList<>();
    private Optional<String> stopped = Optional.empty();
    private boolean anyReached;
    private boolean anyRefused;

    RightsCall(Zone zone, NeededRights needed, Primary primary, SecureRandom random) {
        this.zone = zone;
        this.needed = needed;
        this.primary = primary;
        this.random = random;
        this.questions = new RightsQuestions(zone.apex(), random);
    }

    /** What an answer says about the right that was asked for. */
    private enum Answer {
        /** The server came to the prerequisites. */
        REACHED,
        REFUSED,
        UNCLEAR
    }

    /**
     * Something that is not needed.
     *
     * @param name of {@link NeededRights}, where it is about one
     * @param said for people
     */
    private record Excess(Optional<OwnerName> name, OwnerName owner, int type, String said) {}

    List<RightsFinding> run() {
        boolean looksFirst = looksFirst();
        askFor(needed.parents().stream().map(parent -> new Wanted(parent, Questions.randomChild(parent, random))));
        if (unclear.isEmpty()) {
            excesses().forEach(this::askForMore);
        }
        return findings(looksFirst);
    }

    /** Only these, which a policy may name one by one, and only where nothing but the right can be the reason. */
    Optional<RightsFinding> missing(Collection<OwnerName> owners) {
        boolean looksFirst = looksFirst();
        askFor(owners.stream().map(owner -> new Wanted(owner, owner)));
        return !refused.isEmpty() && (looksFirst || anyReached)
                ? Optional.of(tooNarrow(
                        primary.key().name(),
                        false,
                        needed.only(refused.stream()
                                .flatMap(name -> Stream.of(name, zone.grantedBelow(name)))
                                .toList())))
                : Optional.empty();
    }

    /** Whether it refuses a name for what it is although the prerequisites do not hold. */
    private boolean looksFirst() {
        return primary.query(questions.outsideTheZone()) instanceof Reply.Answered answered
                && answered.rcode() == Rcode.NOTZONE;
    }

    /** And for the fence. */
    private void askFor(Stream<Wanted> records) {
        List<Wanted> wanted = Stream.concat(
                        records, needed.fenceApart().stream().map(fence -> new Wanted(fence, fence)))
                .toList();
        for (int from = 0; from < wanted.size() && unclear.isEmpty(); from += TOGETHER) {
            ask(wanted.subList(from, Math.min(wanted.size(), from + TOGETHER)));
        }
    }

    /**
     * A right that is needed.
     *
     * @param name of {@link NeededRights}
     * @param owner where it is tried
     */
    private record Wanted(OwnerName name, OwnerName owner) {}

    /** One that is refused has all refused (RFC 2136 section 3.4.1), so then each is asked for alone. */
    private void ask(List<Wanted> wanted) {
        Answer answer =
                ask(questions.mayWriteTxt(wanted.stream().map(Wanted::owner).toList()));
        if (answer == Answer.REFUSED && wanted.size() == 1) {
            refused.add(wanted.get(0).name());
        } else if (answer == Answer.REFUSED) {
            wanted.forEach(one -> ask(List.of(one)));
        }
    }

    private List<Excess> excesses() {
        List<Excess> excesses = new ArrayList<>();
        for (OwnerName parent : needed.parents()) {
            OwnerName child = Questions.randomChild(parent, random);
            Optional<OwnerName> name = Optional.of(parent);
            excesses.add(new Excess(name, parent.child("*"), Type.TXT, "TXT at *." + parent));
            excesses.add(new Excess(name, child, Type.A, "A at names below " + parent));
            excesses.add(new Excess(name, child, Type.CNAME, "CNAME at names below " + parent));
        }
        OwnerName apex = zone.apex();
        OwnerName www = apex.child("www");
        Stream.of(
                        new Excess(Optional.empty(), apex, Type.TXT, "TXT at " + apex),
                        new Excess(Optional.empty(), apex, Type.NS, "NS at " + apex),
                        new Excess(Optional.empty(), apex, Type.SOA, "SOA at " + apex),
                        new Excess(Optional.empty(), www, Type.A, "A at " + www),
                        new Excess(Optional.empty(), www, Type.TXT, "TXT at " + www),
                        new Excess(
                                Optional.empty(),
                                Questions.randomChild(apex, random),
                                Type.TXT,
                                "TXT at any other name below " + apex))
                .filter(excess -> excess.type() != Type.TXT || !needed.includes(excess.owner()))
                .forEach(excesses::add);
        return excesses;
    }

    private void askForMore(Excess excess) {
        if (ask(questions.mayDelete(excess.owner(), excess.type())) == Answer.REACHED) {
            allowed.add(excess);
        }
    }

    private Answer ask(Message question) {
        if (stopped.isPresent()) {
            unclear.add(stopped.get());
            return Answer.UNCLEAR;
        }
        Reply reply = primary.query(question);
        Answer answer = reply instanceof Reply.Answered answered ? answer(answered) : Answer.UNCLEAR;
        anyReached |= answer == Answer.REACHED;
        anyRefused |= answer == Answer.REFUSED;
        if (answer == Answer.UNCLEAR) {
            unclear.add(said(reply));
        }
        return answer;
    }

    private Answer answer(Reply.Answered reply) {
        if (Verdicts.isConflict(reply.rcode())) {
            return Answer.REACHED;
        }
        if (reply.rcode() == Rcode.NOERROR) {
            stopped = Optional.of("it acknowledged an update whose prerequisites cannot hold, so it does not look at"
                    + " them: nothing more was asked.");
            return Answer.UNCLEAR;
        }
        return reply.rcode() == Rcode.REFUSED ? Answer.REFUSED : Answer.UNCLEAR;
    }

    private String said(Reply reply) {
        if (stopped.isPresent()) {
            return stopped.get();
        }
        if (reply instanceof Reply.Answered answered) {
            return Texts.sentence("it answered " + Texts.rcode(answered.rcode()))
                    + Texts.hint(
                            answered.rcode(),
                            zone,
                            zone.apex(),
                            answered.clockAhead().orElse(Duration.ZERO));
        }
        // measured with Knot DNS 3.2: what its acl does not allow it refuses with BADKEY, unsigned, although it knows
        // the key
        return Texts.notRead(reply).contains("BADKEY")
                ? Texts.sentence(Texts.notRead(reply))
                        + " Knot DNS answers so where its acl does not let a key that it knows do this."
                : Texts.notRead(reply, zone.dns());
    }

    // ---- what it comes to

    private List<RightsFinding> findings(boolean looksFirst) {
        boolean ordered = looksFirst || (anyReached && anyRefused);
        List<RightsFinding> findings = new ArrayList<>();
        TsigKey taken = primary.key();
        if (!taken.equals(zone.dns().tsig()) && (anyReached || anyRefused)) {
            findings.add(oldKey(taken));
        }
        if (!refused.isEmpty()) {
            findings.add(tooNarrow(taken.name(), !looksFirst && !anyReached, needed.only(refused)));
        }
        if (!allowed.isEmpty() && ordered) {
            findings.add(tooWide(taken.name()));
        }
        if (!allowed.isEmpty() && !ordered) {
            findings.add(
                    cannotTell("nothing shows that it looks at rights before prerequisites (RFC 2136 section 3 has them"
                            + " the other way round): look at its configuration yourself."));
        } else {
            unclear.stream().findFirst().map(this::cannotTell).ifPresent(findings::add);
        }
        return findings;
    }

    private RightsFinding oldKey(TsigKey taken) {
        TsigKey newest = zone.dns().tsig();
        String newer = newest.name().equals(taken.name()) ? "the newer secret of it" : "TSIG key " + called(newest);
        return new RightsFinding(
                Kind.OLD_KEY,
                Set.of(),
                primary.called() + " still takes TSIG key " + called(taken) + ", and not yet " + newer
                        + ": give it the new key, with the same rights, before you take the old one away.",
                List.of());
    }

    private static String called(TsigKey key) {
        return key.name().withoutDot() + " (" + key.algorithm() + ")";
    }

    /** @param perhapsFrozen nothing at all got past: a frozen zone looks the same (measured with BIND 9.18) */
    private RightsFinding tooNarrow(OwnerName keyName, boolean perhapsFrozen, NeededRights lacking) {
        String who = primary.called() + " refuses TSIG key " + keyName.withoutDot();
        String said = perhapsFrozen
                ? who + " every update of zone " + zone.apex() + ": either the zone is frozen (rndc thaw "
                        + zone.apex().withoutDot()
                        + "), or this key may write nothing there, or the server is a secondary. Its update-policy needs,"
                        + " before anything that covers the same names:"
                : who + " TXT " + places() + " in zone " + zone.apex()
                        + " Add to its update-policy, before anything that covers the same names:";
        return new RightsFinding(Kind.TOO_NARROW, refused, said, lacking.policy(keyName));
    }

    private String places() {
        List<String> places = refused.stream()
                .map(name -> (needed.parents().contains(name) ? "below " : "at ") + name)
                .toList();
        return examples(places);
    }

    private RightsFinding tooWide(OwnerName keyName) {
        boolean beyondTheNames =
                allowed.stream().anyMatch(excess -> excess.name().isEmpty());
        Set<OwnerName> names = allowed.stream()
                .flatMap(excess -> excess.name().stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        // the wide grant covered the fence too
        NeededRights affected = beyondTheNames ? needed : needed.only(names);
        String said = primary.called() + " lets TSIG key " + keyName.withoutDot() + " write more in zone " + zone.apex()
                + " than is needed: "
                + Texts.sentence(examples(allowed.stream().map(Excess::said).toList()))
                + " Put this into its update-policy, in this order, in place of what grants the key more (an"
                + " allow-update gives way to it):";
        return new RightsFinding(Kind.TOO_WIDE, beyondTheNames ? Set.of() : names, said, affected.policy(keyName));
    }

    private static String examples(List<String> all) {
        String shown = all.stream().limit(EXAMPLES).collect(Collectors.joining(", "));
        return all.size() > EXAMPLES ? shown + " and " + (all.size() - EXAMPLES) + " more" : shown;
    }

    private RightsFinding cannotTell(String why) {
        return new RightsFinding(
                Kind.CANNOT_TELL,
                Set.of(),
                "what TSIG key " + primary.key().name().withoutDot() + " may write in zone " + zone.apex() + " "
                        + primary.called() + " does not tell: " + why,
                List.of());
    }
}
