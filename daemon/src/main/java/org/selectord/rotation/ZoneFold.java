package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
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

    ManagedDomain located(ManagedDomain domain, Finding.Located located) {
        return domain.withZone(domain.zone()
                .map(known -> known.located(located, look))
                .orElseGet(() -> ZoneMarks.first(located, look)));
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
        return isNothingOfOthers(key, seen.found())
                ? fold.waiting(domain, step, Pace.QUICK, new Reason("the primary does not show the change yet"))
                : foreign(domain, key, seen.found());
    }

    private static boolean isNothingOfOthers(ManagedKey key, Optional<TxtRRset> found) {
        return found.map(key::isOurs).orElse(true);
    }

    /** What is missing proves nothing any more about a key that nobody signs with: its proof begins anew. */
    private ManagedDomain audit(ManagedDomain domain, ManagedKey key, Optional<TxtRRset> found) {
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
        Propagated propagated = propagated(before, finding.seen());
        ManagedDomain noted = domain.withKey(finding.key(), key -> key.withPropagated(propagated));
        ManagedDomain marked = negativeTtl(finding.seen(), noted);
        return settleState(marked, marked.key(finding.key()), finding.seen());
    }

    private ManagedDomain settleState(ManagedDomain domain, ManagedKey key, Propagation seen) {
        if (key.standing().isEmpty()) {
            // a signer that fell back to it has it published again
            boolean unused = key.lastSignatureAt(domain.waiversAt(at)).isPresent();
            return unused && key.isGone(domain.counted(seen, at)) && mayReach(key, KeyState.REMOVED)
                    ? domain.withKey(key.id(), withdrawn -> withdrawn.reached(KeyState.REMOVED, at))
                    : domain;
        }
        Propagated counted = domain.propagated(key, at);
        // READY rests on a proof from before it: a server that came since may have denied the record until now
        boolean lost = seen.problem().isEmpty()
                && counted.everywhereAt()
                        .filter(everywhere -> !everywhere.isAfter(key.since()))
                        .isEmpty();
        if (key.state() == KeyState.READY && lost && !key.wasTold()) {
            return domain.withKey(key.id(), ready -> ready.reached(KeyState.PUBLISHED, at));
        }
        if (key.state() == KeyState.PUBLISHED && isReady(domain, key, counted)) {
            return domain.withKey(key.id(), published -> published.reached(KeyState.READY, at));
        }
        if (key.isMeantRevoked() && counted.exactEverywhere() && mayReach(key, KeyState.REVOKED)) {
            return domain.withKey(key.id(), revoked -> revoked.reached(KeyState.REVOKED, at));
        }
        return domain;
    }

    private static boolean mayReach(ManagedKey key, KeyState next) {
        return key.state().next().contains(next);
    }

    /** F5 is over on a clock to be trusted, and in a look that began after it every server answered exactly once more. */
    private boolean isReady(ManagedDomain domain, ManagedKey key, Propagated counted) {
        Optional<Instant> due = DueTimes.readyDueAt(counted, domain, fold.settings.policy());
        return look.trusted()
                && due.isPresent()
                && !look.beganAt().isBefore(due.get())
                && key.mayBeTold()
                && counted.exactEverywhere();
    }

    private Propagated propagated(ManagedKey key, Propagation seen) {
        // a set of servers that is not known leaves the earlier proofs as they were, and proves nothing
        return new Propagated(
                seen.problem().isPresent() ? key.propagated().servers() : servers(key, seen),
                ttl(key, seen),
                Optional.of(at),
                seen.problem());
    }

    private Map<String, ServerProof> servers(ManagedKey key, Propagation seen) {
        Map<String, ServerProof> known =
                hasOneLeftTooSoon(key, seen) ? Map.of() : key.propagated().servers();
        Map<String, ServerProof> servers = new HashMap<>();
        for (ServerAnswer answer : seen.servers()) {
            Optional<ServerProof> before = Optional.ofNullable(known.get(answer.server()));
            servers.put(answer.server(), proof(before, answer, key.expected()));
        }
        return servers;
    }

    /** What a server denied until it left, or until it was proven, caches may deny for N from then on: all are proven anew (I16). */
    private static boolean hasOneLeftTooSoon(ManagedKey key, Propagation seen) {
        Set<String> there = seen.servers().stream().map(ServerAnswer::server).collect(Collectors.toSet());
        return key.propagated().servers().entrySet().stream()
                .filter(server -> !there.contains(server.getKey()))
                .anyMatch(left -> key.state() == KeyState.PUBLISHED
                        || left.getValue().provenAt().isEmpty());
    }

    private Optional<HighWater> ttl(ManagedKey key, Propagation seen) {
        OptionalLong served = seen.servers().stream()
                .filter(answer -> answer.holdsExactly(key.expected()))
                .mapToLong(answer -> answer.found().orElseThrow().ttlSeconds())
                .max();
        if (served.isEmpty()) {
            return key.propagated().ttl();
        }
        return Optional.of(key.propagated()
                .ttl()
                .map(mark -> mark.with(served.getAsLong(), look))
                .orElseGet(() -> HighWater.first(served.getAsLong(), look)));
    }

    private ServerProof proof(Optional<ServerProof> before, ServerAnswer answer, TxtRRset ours) {
        Verdict verdict = answer.holdsExactly(ours)
                ? Verdict.EXACT
                : answer.kind() == ServerAnswer.Kind.ANSWERED ? Verdict.LOST : Verdict.SILENT;
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
        return new ServerProof(verdict, since, at, streak, provenAt, answer.cameBack());
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
