package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.rotation.ServerProof.Verdict;

/** Folds what the primary and the authoritative servers show about key records. */
final class ZoneFold {
    private final Fold fold;
    private final Look look;
    private final Instant at;

    ZoneFold(Fold fold) {
        this.fold = fold;
        this.look = fold.look;
        this.at = fold.at;
    }

    /** What stood where the zone was, in place of a record of ours, says nothing about the zone where it is now: the audit looks there. */
    ManagedDomain located(ManagedDomain domain, Finding.Located located) {
        boolean elsewhere = domain.zone()
                .filter(known -> !known.apex().equals(located.apex()))
                .isPresent();
        return domain.withZone(ZoneMarks.located(domain.zone(), located, look))
                .withoutHalts((type, halt) -> elsewhere && halt.mayBeOfAnotherZone());
    }

    // ---- the primary

    ManagedDomain onPrimary(ManagedDomain domain, Finding.OnPrimary seen) {
        ManagedDomain noted = domain.withKey(seen.key(), key -> note(key, seen));
        Optional<Intent> open = noted.intents().stream()
                .filter(intent -> intent.step().verb().changesZone()
                        && intent.step().key().equals(Optional.of(seen.key())))
                .findFirst();
        return open.map(intent -> resolve(noted.withoutIntent(intent.step()), intent.step(), seen))
                .orElseGet(() -> audit(noted, noted.key(seen.key()), seen.found()));
    }

    private ManagedKey note(ManagedKey key, Finding.OnPrimary seen) {
        ManagedKey noted = key.withOnPrimary(new PrimaryLook(seen.found(), at));
        return seen.unanswered() ? noted.mayLand(DueTimes.mayLandUntil(at, fold.settings)) : noted;
    }

    /** A change of the zone is done, or certainly not done (then the planner comes to the identical step again), or somebody else was there. */
    private ManagedDomain resolve(ManagedDomain domain, Step step, Finding.OnPrimary seen) {
        ManagedKey key = domain.key(seen.key());
        Optional<TxtRRset> meant = step.change().orElseThrow().after();
        boolean asMeant = meant.isPresent()
                ? seen.found().filter(meant.get()::saysTheSameAs).isPresent()
                : seen.found().isEmpty();
        if (asMeant) {
            return key.state() == KeyState.GENERATED && meant.isPresent()
                    ? domain.withKey(key.id(), published -> published.reached(KeyState.PUBLISHED, at))
                    : domain;
        }
        return isNothingOfOthers(key, seen.found()) || key.state() == KeyState.REMOVED
                ? fold.waiting(domain, step, Pace.QUICK, new Reason("the primary does not show the change yet"))
                : foreign(domain, key, seen.found());
    }

    private static boolean isNothingOfOthers(ManagedKey key, Optional<TxtRRset> found) {
        return found.map(key::isOurs).orElse(true);
    }

    /** What is missing proves nothing any more about a key that nobody signs with: its proof begins anew. */
    private ManagedDomain audit(ManagedDomain domain, ManagedKey key, Optional<TxtRRset> found) {
        if (key.state() == KeyState.REMOVED) {
            return domain; // whatever others put there since
        }
        if (!isNothingOfOthers(key, found)) {
            return foreign(domain, key, found);
        }
        boolean missing = key.standing().isPresent() && found.isEmpty();
        boolean unused = (key.state() == KeyState.PUBLISHED || key.state() == KeyState.READY) && !key.wasTold();
        return missing && unused ? domain.withKey(key.id(), this::provenAnew) : domain;
    }

    private ManagedKey provenAnew(ManagedKey key) {
        ManagedKey published = key.state() == KeyState.READY ? key.reached(KeyState.PUBLISHED, at) : key;
        return published.withPropagated(published.propagated().forgotten());
    }

    private ManagedDomain foreign(ManagedDomain domain, ManagedKey key, Optional<TxtRRset> found) {
        HaltReason reason = key.state() == KeyState.GENERATED ? HaltReason.NAME_TAKEN : HaltReason.RECORD_CHANGED;
        return halted(domain, key, reason, "the primary serves " + found.map(TxtRRset::records) + " there");
    }

    /** A name that was taken before we published there is never ours: the key goes, its selector stays a tombstone. */
    ManagedDomain halted(ManagedDomain domain, ManagedKey key, HaltReason reason, String found) {
        ManagedDomain halted = domain.withHalt(key.type(), new Halt(reason, found, at));
        boolean taken = reason == HaltReason.NAME_TAKEN && key.state() == KeyState.GENERATED;
        return taken
                ? halted.withKey(
                        key.id(), lost -> lost.withStanding(Optional.empty()).reached(KeyState.REMOVED, at))
                : halted;
    }

    // ---- the authoritative servers

    ManagedDomain onServers(ManagedDomain domain, Finding.OnServers finding) {
        ManagedKey before = domain.key(finding.key());
        List<Shown> shown = finding.seen().servers().stream()
                .map(answer -> Shown.of(answer, before.expected()))
                .toList();
        Propagated propagated =
                propagated(before.propagated(), shown, finding.seen().problem(), before.state() == KeyState.PUBLISHED);
        ManagedDomain noted = domain.withKey(finding.key(), key -> key.withPropagated(propagated));
        ManagedDomain marked = negativeTtl(finding.seen(), noted);
        return settleState(marked, marked.key(finding.key()), finding.seen());
    }

    private ManagedDomain settleState(ManagedDomain domain, ManagedKey key, Propagation seen) {
        if (key.standing().isEmpty()) {
            // a signer that fell back to it has it published again
            boolean unused = key.lastSignatureAt(domain.waiversAt(at)).isPresent();
            // from then on its selector is waited for: not from a moment that a clock in doubt named
            boolean timed = look.trusted() || !key.isAliased();
            return unused && timed && key.isGone(domain.counted(seen, at)) && mayReach(key, KeyState.REMOVED)
                    ? domain.withKey(key.id(), withdrawn -> withdrawn.reached(KeyState.REMOVED, at))
                    : domain;
        }
        if (key.isMeantRevoked()) {
            return domain.propagated(key, at).exactEverywhere() && mayReach(key, KeyState.REVOKED)
                    ? domain.withKey(key.id(), revoked -> revoked.reached(KeyState.REVOKED, at))
                    : domain;
        }
        return settleProof(domain, key);
    }

    /** Whether the record of a key that no signer was told of is proven still, or at last. */
    private ManagedDomain settleProof(ManagedDomain domain, ManagedKey key) {
        Propagated counted = domain.propagated(key, at);
        // READY rests on a proof from before it: a server that came since may have denied the record until now
        boolean lost = counted.problem().isEmpty()
                && counted.everywhereAt()
                        .filter(everywhere -> !everywhere.isAfter(key.since()))
                        .isEmpty();
        if (key.state() == KeyState.READY && lost && !key.wasTold()) {
            return domain.withKey(key.id(), ready -> ready.reached(KeyState.PUBLISHED, at));
        }
        if (key.state() == KeyState.PUBLISHED && isReady(domain, key, counted)) {
            return domain.withKey(key.id(), published -> published.reached(KeyState.READY, at));
        }
        return domain;
    }

    private static boolean mayReach(ManagedKey key, KeyState next) {
        return key.state().next().contains(next);
    }

    /**
     * F5 is over on a clock to be trusted, and every server answers exactly once more: those that this look asked in one that began after it; where an alias
     * leads to the record, those of the other zone in one that ended after it, which is all that is recorded of a look.
     */
    private boolean isReady(ManagedDomain domain, ManagedKey key, Propagated counted) {
        Optional<Instant> due = DueTimes.readyDueAt(counted, domain, fold.settings.policy());
        return look.trusted()
                && due.isPresent()
                && !look.beganAt().isBefore(due.get())
                && counted.lookedAt()
                        .filter(last -> !last.isBefore(due.get()))
                        .isPresent() // the earlier end of both looks
                && key.mayBeTold()
                && counted.exactEverywhere();
    }

    // ---- the servers of a customer's zone

    ManagedDomain onAliases(ManagedDomain domain, Finding.OnAliases finding) {
        AliasMarks marks = zoneOf(finding, domain.aliases().orElse(AliasMarks.NOTHING));
        for (Map.Entry<Alias, List<AliasLook.Answer>> entry :
                finding.seen().answers().entrySet()) {
            OwnerName target = entry.getKey().target();
            boolean beingProven = domain.keys().stream()
                    .anyMatch(key -> key.state() == KeyState.PUBLISHED
                            && key.record().owner().equals(target));
            List<Shown> shown = entry.getValue().stream().map(Shown::of).toList();
            marks = marks.with(
                    target, propagated(marks.of(target), shown, finding.seen().problem(), beingProven));
        }
        ManagedDomain noted = domain.withAliases(marks);
        for (ManagedKey key : domain.keys()) {
            noted = key.isAliased() && key.standing().isPresent() ? settleProof(noted, key) : noted;
        }
        return noted;
    }

    /** How long its denials are remembered, as {@link #located} and {@link #negativeTtl} have it of ours. */
    private AliasMarks zoneOf(Finding.OnAliases finding, AliasMarks known) {
        OptionalLong negativeTtl = finding.seen().answers().values().stream()
                .flatMap(List::stream)
                .flatMapToLong(answer -> answer.negativeTtlSeconds().stream())
                .max();
        return negativeTtl.isPresent() && finding.seen().apex().isPresent()
                ? known.located(
                        new Finding.Located(
                                finding.seen().apex().get(),
                                negativeTtl.getAsLong(),
                                finding.parentNegativeTtlSeconds()),
                        look)
                : known;
    }

    // ---- what servers have shown, one after the other

    /** What one server answered, against what it should. */
    private record Shown(String server, Verdict verdict, OptionalLong ttlSeconds, String cameBack) {
        static Shown of(ServerAnswer answer, TxtRRset ours) {
            return answer.holdsExactly(ours)
                    ? new Shown(
                            answer.server(),
                            Verdict.EXACT,
                            OptionalLong.of(answer.found().orElseThrow().ttlSeconds()),
                            answer.cameBack())
                    : not(answer.server(), answer.kind(), answer.cameBack());
        }

        static Shown of(AliasLook.Answer answer) {
            return answer.isExact()
                    ? new Shown(answer.server(), Verdict.EXACT, answer.ttlSeconds(), answer.cameBack())
                    : not(answer.server(), answer.kind(), answer.cameBack());
        }

        private static Shown not(String server, ServerAnswer.Kind kind, String cameBack) {
            Verdict verdict = kind == ServerAnswer.Kind.ANSWERED ? Verdict.LOST : Verdict.SILENT;
            return new Shown(server, verdict, OptionalLong.empty(), cameBack);
        }
    }

    /** @param beingProven whether what is asked for was published and is not READY yet */
    private Propagated propagated(Propagated before, List<Shown> shown, Optional<String> problem, boolean beingProven) {
        // a set of servers that is not known leaves the earlier proofs as they were, and proves nothing
        return new Propagated(
                problem.isPresent() ? before.servers() : servers(before, shown, beingProven),
                ttl(before, shown),
                Optional.of(at),
                problem);
    }

    private Map<String, ServerProof> servers(Propagated before, List<Shown> shown, boolean beingProven) {
        Map<String, ServerProof> known = hasOneLeftTooSoon(before, shown, beingProven) ? Map.of() : before.servers();
        Map<String, ServerProof> servers = new HashMap<>();
        for (Shown one : shown) {
            servers.put(one.server(), proof(Optional.ofNullable(known.get(one.server())), one));
        }
        return servers;
    }

    /** What a server denied until it left, or until it was proven, caches may deny for N from then on: all are proven anew (I16). */
    private static boolean hasOneLeftTooSoon(Propagated before, List<Shown> shown, boolean beingProven) {
        Set<String> there = shown.stream().map(Shown::server).collect(Collectors.toSet());
        return before.servers().entrySet().stream()
                .filter(server -> !there.contains(server.getKey()))
                .anyMatch(left -> beingProven || left.getValue().provenAt().isEmpty());
    }

    private Optional<HighWater> ttl(Propagated before, List<Shown> shown) {
        OptionalLong served =
                shown.stream().flatMapToLong(one -> one.ttlSeconds().stream()).max();
        if (served.isEmpty()) {
            return before.ttl();
        }
        return Optional.of(before.ttl()
                .map(mark -> mark.with(served.getAsLong(), look))
                .orElseGet(() -> HighWater.first(served.getAsLong(), look)));
    }

    private ServerProof proof(Optional<ServerProof> before, Shown shown) {
        Verdict verdict = shown.verdict();
        boolean same = before.filter(proof -> proof.verdict() == verdict).isPresent();
        int streakBefore = same ? before.orElseThrow().streak() : 0;
        // an answer seen while nobody knew what time it was begins no streak: a wait would count from a wrong moment
        int streak = verdict == Verdict.EXACT && look.trusted() ? streakBefore + 1 : 0;
        Instant since = same && (verdict != Verdict.EXACT || streakBefore > 0)
                ? before.orElseThrow().since()
                : at;
        Optional<Instant> provenAt = switch (verdict) {
            case LOST -> Optional.empty();
            case SILENT -> before.flatMap(ServerProof::provenAt);
            case EXACT -> before.flatMap(ServerProof::provenAt).or(() -> firstOfEnough(streak, since));
        };
        return new ServerProof(verdict, since, at, streak, provenAt, shown.cameBack());
    }

    /** F3: C exact answers in a row over long enough prove a server, from the first of them on. */
    private Optional<Instant> firstOfEnough(int streak, Instant since) {
        RotationPolicy policy = fold.settings.policy();
        boolean enough =
                streak >= policy.proofTimes() && Duration.between(since, at).compareTo(policy.proofOver()) >= 0;
        return enough ? Optional.of(since) : Optional.empty();
    }

    private ManagedDomain negativeTtl(Propagation seen, ManagedDomain domain) {
        OptionalLong highest = seen.servers().stream()
                .map(ServerAnswer::negativeTtlSeconds)
                .flatMapToLong(OptionalLong::stream)
                .max();
        return highest.isPresent() && domain.zone().isPresent()
                ? domain.withZone(domain.zone().get().withNegativeTtl(highest.getAsLong(), look))
                : domain;
    }
}
