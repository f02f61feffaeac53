package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.rotation.ServerProof.Verdict;

/**
 * How one thing seen changes the record of a domain: what is true now, which state that is, which intent it closes. Decides nothing about what to do.
 * Pure; one instance a look.
 */
final class Fold {
    private final Look look;
    private final DomainSettings settings;
    private final Instant at;

    Fold(Look look, DomainSettings settings) {
        this.look = look;
        this.settings = settings;
        this.at = look.endedAt();
    }

    ManagedDomain fold(ManagedDomain domain, Step step, Outcome outcome) {
        if (outcome instanceof Outcome.Done done
                && done.finding() instanceof Finding.InUse seen
                && isOutdated(domain, seen)) {
            return waiting(
                    domain, step, Pace.QUICK, new Reason("the look began before what is known of " + step.target()));
        } else if (outcome instanceof Outcome.Done done) {
            ManagedDomain folded = pauseIfServersUnknown(fold(domain, done.finding()), step, done.finding());
            return dropSettledWaits(domain, step, folded);
        } else if (outcome instanceof Outcome.NotYet notYet) {
            return nothingChanged(domain, step, notYet);
        } else if (outcome instanceof Outcome.Unknown unknown) {
            return unknown(domain, step, unknown);
        } else if (outcome instanceof Outcome.Halted halted) {
            return halted(domain, step, halted);
        }
        throw new IllegalStateException("an outcome nobody folds: " + outcome);
    }

    /** A set of servers that cannot be known is not asked for again at once. */
    private ManagedDomain pauseIfServersUnknown(ManagedDomain domain, Step step, Finding finding) {
        return finding instanceof Finding.OnServers seen
                        && seen.seen().problem().isPresent()
                ? waiting(
                        domain,
                        step,
                        Pace.QUICK,
                        new Reason(seen.seen().problem().get()))
                : domain;
    }

    /** The wait of a step that came to a finding is over, unless the finding renewed it; so are those of a key that has moved on. */
    private static ManagedDomain dropSettledWaits(ManagedDomain before, Step step, ManagedDomain after) {
        return after.withoutWaits(
                wait -> before.waits().contains(wait) && (wait.holds(step) || movedOn(before, after, wait)));
    }

    private static boolean movedOn(ManagedDomain before, ManagedDomain after, Wait wait) {
        return wait.key()
                .filter(key -> before.key(key).state() != after.key(key).state())
                .isPresent();
    }

    ManagedDomain fold(ManagedDomain domain, Finding finding) {
        return closeFulfilledOrder(foldFact(domain, finding));
    }

    private ManagedDomain foldFact(ManagedDomain domain, Finding finding) {
        if (finding instanceof Finding.Generated generated) {
            return generated(domain, generated.key());
        } else if (finding instanceof Finding.OnPrimary onPrimary) {
            return onPrimary(domain, onPrimary);
        } else if (finding instanceof Finding.OnServers onServers) {
            return onServers(domain, onServers);
        } else if (finding instanceof Finding.InUse inUse) {
            return isOutdated(domain, inUse) ? domain : inUse(domain, inUse);
        } else if (finding instanceof Finding.Located located) {
            return located(domain, located);
        } else if (finding instanceof Finding.Destroyed destroyed) {
            return destroyed(domain, destroyed.key());
        } else if (finding instanceof Finding.Forgotten forgotten) {
            return forgotten(domain, forgotten);
        }
        throw new IllegalStateException("a finding nobody folds: " + finding);
    }

    // ---- outcomes that are no finding

    private ManagedDomain nothingChanged(ManagedDomain domain, Step step, Outcome.NotYet notYet) {
        // a look that failed leaves the intent open: it is still not known what became of the act
        ManagedDomain closed = step.verb().looks() ? domain : domain.withoutIntent(step);
        ManagedDomain waiting = waiting(closed, step, notYet.pace(), notYet.waitingFor());
        return step.verb() == Verb.ACTIVATE
                ? waiting.withKey(step.key().orElseThrow(), key -> neverTold(domain, step, key))
                : waiting;
    }

    /** It was this very intent that made the key count as told, and it changed nothing. */
    private static ManagedKey neverTold(ManagedDomain domain, Step step, ManagedKey key) {
        SignerId signer = ManagedDomain.signerOf(step.target());
        boolean byThisIntent = domain.intentOn(step.key(), step.target())
                .flatMap(intent -> key.useAt(signer)
                        .filter(use ->
                                use.kind() == Use.Kind.MAYBE && use.sinceAt().equals(intent.recordedAt())))
                .isPresent();
        return byThisIntent ? key.withoutUse(signer) : key;
    }

    private ManagedDomain unknown(ManagedDomain domain, Step step, Outcome.Unknown unknown) {
        Reason cameBack = new Reason(unknown.cameBack());
        ManagedDomain waiting = waiting(domain, step, Pace.QUICK, cameBack);
        if (step.verb().looks()) {
            return waiting;
        }
        Instant lookAt = waiting.waitOf(step).orElseThrow().retryAt();
        ManagedDomain open = waiting.withIntent(new Intent(step, look.beganAt(), lookAt));
        return step.verb().changesZone()
                ? open.withKey(step.key().orElseThrow(), key -> key.mayLand(DueTimes.mayLandUntil(at, settings)))
                : open;
    }

    private ManagedDomain halted(ManagedDomain domain, Step step, Outcome.Halted halted) {
        KeyId id = step.key().orElseThrow();
        KeyType type = domain.key(id).type();
        ManagedDomain closed = domain.withoutIntent(step).withHalt(type, new Halt(halted.reason(), halted.found(), at));
        return halted.reason() == HaltReason.NAME_TAKEN ? closed.withKey(id, this::nameTaken) : closed;
    }

    private ManagedKey nameTaken(ManagedKey key) {
        return key.state() == KeyState.GENERATED
                ? key.withStanding(Optional.empty()).reached(KeyState.REMOVED, at)
                : key;
    }

    private ManagedDomain waiting(ManagedDomain domain, Step step, Pace pace, Reason reason) {
        int attempts = domain.waitOf(step).map(Wait::attempts).orElse(0) + 1;
        return domain.withWait(
                new Wait(step.target(), step.verb(), step.key(), at.plus(pace.after(attempts)), attempts, reason, at));
    }

    // ---- findings

    private ManagedDomain generated(ManagedDomain domain, ManagedKey key) {
        ManagedDomain closed = closeIntent(domain, Verb.GENERATE, Optional.empty(), Target.KEYSTORE);
        return closed.everHad(key.fingerprint()) ? closed : closed.withNewKey(key);
    }

    private ManagedDomain located(ManagedDomain domain, Finding.Located located) {
        ZoneMarks known = domain.zone()
                .orElseGet(() -> new ZoneMarks(located.apex(), new HighWater(located.negativeTtlSeconds(), at), at));
        return domain.withZone(known.located(located.apex(), located.negativeTtlSeconds(), at));
    }

    private ManagedDomain onPrimary(ManagedDomain domain, Finding.OnPrimary seen) {
        ManagedDomain noted = domain.withKey(seen.key(), key -> noteOnPrimary(key, seen));
        Optional<Intent> open = noted.intents().stream()
                .filter(intent -> intent.step().verb().changesZone()
                        && intent.step().key().equals(Optional.of(seen.key())))
                .findFirst();
        return open.map(intent -> resolve(noted.withoutIntent(intent.step()), intent.step(), seen))
                .orElseGet(() -> unlessForeign(noted, noted.key(seen.key()), seen.found()));
    }

    private ManagedKey noteOnPrimary(ManagedKey key, Finding.OnPrimary seen) {
        ManagedKey noted = key.withOnPrimary(new PrimaryLook(seen.found(), at));
        return seen.unanswered() ? noted.mayLand(DueTimes.mayLandUntil(at, settings)) : noted;
    }

    /** A change of the zone is done, or certainly not done (then the planner comes to the identical step again), or somebody else was there. */
    private ManagedDomain resolve(ManagedDomain domain, Step step, Finding.OnPrimary seen) {
        ManagedKey key = domain.key(seen.key());
        Optional<TxtRRset> meant = step.change().orElseThrow().after();
        boolean asMeant = meant.isPresent()
                ? seen.found().filter(meant.get()::saysTheSameAs).isPresent()
                : seen.found().isEmpty();
        if (asMeant) {
            return key.state() == KeyState.GENERATED
                    ? domain.withKey(key.id(), published -> published.reached(KeyState.PUBLISHED, at))
                    : domain;
        }
        boolean unchanged = meant.isPresent() ? seen.found().isEmpty() : isOurs(key, seen.found());
        return unchanged
                ? waiting(domain, step, Pace.QUICK, new Reason("the primary does not show the change yet"))
                : unlessForeign(domain, key, seen.found());
    }

    private static boolean isOurs(ManagedKey key, Optional<TxtRRset> found) {
        return found.filter(key.record()::saysTheSameAs).isPresent();
    }

    private ManagedDomain unlessForeign(ManagedDomain domain, ManagedKey key, Optional<TxtRRset> found) {
        if (found.isEmpty() || isOurs(key, found)) {
            return domain;
        }
        HaltReason reason = key.state() == KeyState.GENERATED ? HaltReason.NAME_TAKEN : HaltReason.RECORD_CHANGED;
        ManagedDomain halted = domain.withHalt(
                key.type(), new Halt(reason, "the primary serves " + found.get().records() + " there", at));
        return halted.withKey(key.id(), this::nameTaken);
    }

    // ---- what the authoritative servers show

    private ManagedDomain onServers(ManagedDomain domain, Finding.OnServers finding) {
        ManagedKey before = domain.key(finding.key());
        Propagated propagated = propagated(before, finding.seen());
        ManagedDomain noted = domain.withKey(finding.key(), key -> key.withPropagated(propagated));
        ManagedDomain marked = negativeTtl(finding.seen(), noted);
        ManagedKey key = marked.key(finding.key());
        return settleState(marked, key, finding.seen());
    }

    private ManagedDomain settleState(ManagedDomain domain, ManagedKey key, Propagation seen) {
        boolean lost =
                seen.problem().isEmpty() && key.propagated().everywhereAt().isEmpty();
        if (key.state() == KeyState.READY && lost && !key.wasTold()) {
            return domain.withKey(key.id(), ready -> ready.reached(KeyState.PUBLISHED, at));
        }
        if (key.state() == KeyState.PUBLISHED && isReady(domain, key, seen)) {
            return domain.withKey(key.id(), published -> published.reached(KeyState.READY, at));
        }
        boolean gone = key.standing().isEmpty() && seen.absentEverywhere(key.record());
        return gone && key.state().next().contains(KeyState.REMOVED)
                ? domain.withKey(key.id(), withdrawn -> withdrawn.reached(KeyState.REMOVED, at))
                : domain;
    }

    /** F5 is over on a clock to be trusted, and in a look that began after it every server answered exactly once more. */
    private boolean isReady(ManagedDomain domain, ManagedKey key, Propagation seen) {
        Optional<Instant> due = DueTimes.readyDueAt(key, domain, settings.policy());
        return look.trusted()
                && due.isPresent()
                && !look.beganAt().isBefore(due.get())
                && seen.exactEverywhere(key.record());
    }

    private Propagated propagated(ManagedKey key, Propagation seen) {
        Map<String, ServerProof> servers = new HashMap<>();
        for (ServerAnswer answer : seen.servers()) {
            Optional<ServerProof> before =
                    Optional.ofNullable(key.propagated().servers().get(answer.server()));
            servers.put(answer.server(), proof(before, answer, key.record()));
        }
        Optional<HighWater> ttl = key.propagated().ttl();
        OptionalLong served = seen.servers().stream()
                .filter(answer -> answer.holdsExactly(key.record()))
                .mapToLong(answer -> answer.found().orElseThrow().ttlSeconds())
                .max();
        if (served.isPresent()) {
            ttl = Optional.of(ttl.orElse(new HighWater(served.getAsLong(), at)).with(served.getAsLong(), at));
        }
        // a set of servers that is not known leaves the earlier proofs as they were, and proves nothing
        return new Propagated(
                seen.problem().isPresent() ? key.propagated().servers() : servers,
                ttl,
                Optional.of(at),
                seen.problem());
    }

    private ServerProof proof(Optional<ServerProof> before, ServerAnswer answer, TxtRRset ours) {
        Verdict verdict = answer.holdsExactly(ours)
                ? Verdict.EXACT
                : answer.kind() == ServerAnswer.Kind.ANSWERED ? Verdict.LOST : Verdict.SILENT;
        boolean same = before.filter(proof -> proof.verdict() == verdict).isPresent();
        Instant since = same ? before.orElseThrow().since() : at;
        int streak = verdict == Verdict.EXACT ? (same ? before.orElseThrow().streak() : 0) + 1 : 0;
        Optional<Instant> provenAt = switch (verdict) {
            case LOST -> Optional.empty();
            case SILENT -> before.flatMap(ServerProof::provenAt);
            case EXACT -> before.flatMap(ServerProof::provenAt).or(() -> firstOfEnough(streak, since));
        };
        return new ServerProof(verdict, since, at, streak, provenAt, answer.cameBack());
    }

    /** F3: C exact answers in a row over long enough prove a server, from the first of them on. */
    private Optional<Instant> firstOfEnough(int streak, Instant since) {
        Duration over = Duration.between(since, at);
        boolean enough = streak >= settings.policy().proofTimes()
                && over.compareTo(settings.policy().proofOver()) >= 0;
        return enough ? Optional.of(since) : Optional.empty();
    }

    private ManagedDomain negativeTtl(Propagation seen, ManagedDomain domain) {
        OptionalLong highest = seen.servers().stream()
                .map(ServerAnswer::negativeTtlSeconds)
                .flatMapToLong(OptionalLong::stream)
                .max();
        return highest.isPresent() && domain.zone().isPresent()
                ? domain.withZone(domain.zone().get().withNegativeTtl(highest.getAsLong(), at))
                : domain;
    }

    // ---- what a signer shows

    /** A look that began before this signer's newest intent, or before the last look ended, says nothing about what it does now. */
    private boolean isOutdated(ManagedDomain domain, Finding.InUse finding) {
        Target signer = Target.signer(finding.signer());
        boolean beforeIntent = domain.intents().stream()
                .anyMatch(intent ->
                        intent.step().target().equals(signer) && look.beganAt().isBefore(intent.recordedAt()));
        boolean beforeSeen = domain.keys().stream()
                .flatMap(key -> key.useAt(finding.signer()).stream())
                .anyMatch(use -> look.beganAt().isBefore(use.sinceAt()));
        return beforeIntent || beforeSeen;
    }

    private ManagedDomain inUse(ManagedDomain domain, Finding.InUse finding) {
        ManagedDomain noted = domain;
        for (ManagedKey key : domain.keys()) {
            noted = noted.withKey(key.id(), known -> noteUse(domain, known, finding));
        }
        ManagedDomain judged = wayBackIfProvenBad(noted, finding);
        ManagedDomain closed = closeSignerIntents(judged, finding);
        return activateWhatAllUse(closed, finding);
    }

    private ManagedKey noteUse(ManagedDomain domain, ManagedKey key, Finding.InUse finding) {
        if (finding.seen().contains(key.selector()) && isNewestBearing(domain, key)) {
            return seenSigning(key, finding);
        }
        boolean told = key.useAt(finding.signer()).isPresent();
        boolean beingTold = domain.intents().stream().anyMatch(intent -> isActivation(intent, key, finding.signer()));
        boolean silenced = finding.proof().kind() != Proof.Kind.BAD;
        return told && !beingTold && silenced ? noted(key, finding, Use.Kind.STOPPED) : key;
    }

    /** A key that is to become ACTIVE is in use only when its signature verified; until then it may be signing, and no guard opens. */
    private ManagedKey seenSigning(ManagedKey key, Finding.InUse finding) {
        boolean verified = finding.proof().kind() == Proof.Kind.VERIFIED;
        boolean awaited = key.state() == KeyState.READY || key.state() == KeyState.ACTIVE;
        if (verified || !awaited) {
            return noted(key, finding, Use.Kind.USING);
        }
        return key.mayBeSigning() && !key.isUsedBy(finding.signer()) ? key : keepOrDoubt(key, finding);
    }

    private ManagedKey keepOrDoubt(ManagedKey key, Finding.InUse finding) {
        return key.isUsedBy(finding.signer()) ? key : noted(key, finding, Use.Kind.MAYBE);
    }

    private ManagedKey noted(ManagedKey key, Finding.InUse finding, Use.Kind kind) {
        Use use = key.useAt(finding.signer())
                .map(before -> before.seen(kind, at, finding.drain()))
                .orElse(new Use(kind, at, at, finding.drain()));
        return key.withUse(finding.signer(), use);
    }

    /** A selector may return (a ring of aliases); what is seen in a signature is then the newest key bearing it. */
    private static boolean isNewestBearing(ManagedDomain domain, ManagedKey key) {
        return domain.keys().stream()
                .noneMatch(other -> other.selector().equals(key.selector())
                        && other.id().number() > key.id().number());
    }

    private static boolean isActivation(Intent intent, ManagedKey key, SignerId signer) {
        return intent.step().verb() == Verb.ACTIVATE
                && intent.step().key().equals(Optional.of(key.id()))
                && intent.step().target().equals(Target.signer(signer));
    }

    /** Definite, and about the key being flipped to: its signature does not verify, or the signer it was told to refuses the mail. */
    private ManagedDomain wayBackIfProvenBad(ManagedDomain domain, Finding.InUse finding) {
        if (finding.proof().kind() != Proof.Kind.BAD) {
            return domain;
        }
        ManagedDomain judged = domain;
        for (ManagedKey key : domain.keys()) {
            boolean flipping =
                    key.state() == KeyState.READY && key.useAt(finding.signer()).isPresent();
            boolean meant = finding.seen().isEmpty() || finding.seen().contains(key.selector());
            if (flipping && meant) {
                Halt halt = new Halt(HaltReason.FLIP_PROVEN_BAD, finding.proof().evidence(), at);
                judged = judged.withKey(key.id(), bad -> bad.reached(KeyState.RETIRED, at))
                        .withHalt(key.type(), halt);
            }
        }
        return judged;
    }

    private ManagedDomain closeSignerIntents(ManagedDomain domain, Finding.InUse finding) {
        ManagedDomain closed = domain;
        for (Intent intent : domain.intents()) {
            if (intent.step().target().equals(Target.signer(finding.signer()))) {
                closed = closeSignerIntent(closed, intent, finding);
            }
        }
        return closed;
    }

    private ManagedDomain closeSignerIntent(ManagedDomain domain, Intent intent, Finding.InUse finding) {
        ManagedKey key = domain.key(intent.step().key().orElseThrow());
        boolean seen = finding.seen().contains(key.selector());
        return switch (intent.step().verb()) {
            case ACTIVATE -> {
                boolean wanted = key.state() == KeyState.READY || key.state() == KeyState.ACTIVE;
                boolean proven = seen && finding.proof().kind() == Proof.Kind.VERIFIED;
                if (!wanted || (proven && !anotherMayBeUsed(domain, key, finding.signer()))) {
                    yield domain.withoutIntent(intent.step());
                }
                yield notYetSeen(
                        domain, intent, finding, seen && finding.proof().kind() == Proof.Kind.UNPROVEN);
            }
            case STOP_SIGNING ->
                key.mayBeSigningAt(finding.signer())
                        ? notYetSeen(domain, intent, finding, false)
                        : domain.withoutIntent(intent.step());
            case FORGET -> domain; // repeated as it is: absent already is fine
            case LOCATE, ASK_PRIMARY, ASK_SERVERS, ASK_SIGNER, GENERATE, PUBLISH, WITHDRAW, DESTROY -> domain;
        };
    }

    private static boolean anotherMayBeUsed(ManagedDomain domain, ManagedKey key, SignerId signer) {
        return domain.chain(key.type()).stream()
                .anyMatch(other -> !other.id().equals(key.id()) && other.mayBeSigningAt(signer));
    }

    /** The signer does not do as told: look again where only the proof is missing, else close, so that it is told again. */
    private ManagedDomain notYetSeen(ManagedDomain domain, Intent intent, Finding.InUse finding, boolean lookAgain) {
        ManagedDomain waiting = waiting(
                domain, intent.step(), Pace.QUICK, new Reason(finding.proof().evidence()));
        Instant retryAt = waiting.waitOf(intent.step()).orElseThrow().retryAt();
        return lookAgain ? waiting.withIntent(intent.lookAt(retryAt)) : waiting.withoutIntent(intent.step());
    }

    /** The flip is complete when every signer acknowledged, proven: successor ACTIVE and predecessor RETIRED are one change. */
    private ManagedDomain activateWhatAllUse(ManagedDomain domain, Finding.InUse finding) {
        ManagedDomain flipped = domain;
        for (KeyType type : domain.chains()) {
            Optional<ManagedKey> complete =
                    flipped.successor(type).filter(key -> key.state() == KeyState.READY && isUsedByAll(key));
            if (complete.isPresent()) {
                flipped = flip(flipped, complete.get());
            }
        }
        return finding.proof().kind() == Proof.Kind.VERIFIED ? flipped : doubted(flipped, finding);
    }

    private boolean isUsedByAll(ManagedKey key) {
        return settings.signers().stream().allMatch(key::isUsedBy);
    }

    private ManagedDomain flip(ManagedDomain domain, ManagedKey successor) {
        ManagedDomain retired = domain.active(successor.type())
                .map(active -> domain.withKey(active.id(), key -> key.reached(KeyState.RETIRED, at)))
                .orElse(domain);
        return retired.withKey(successor.id(), key -> key.reached(KeyState.ACTIVE, at));
    }

    /** What was seen proves nothing good: look again soon, and say why. */
    private ManagedDomain doubted(ManagedDomain domain, Finding.InUse finding) {
        Step look = RotationPlanner.askSigner(finding.signer(), at, List.of());
        return waiting(domain, look, Pace.QUICK, new Reason(finding.proof().evidence()));
    }

    // ---- the end of a private half

    private ManagedDomain destroyed(ManagedDomain domain, KeyId id) {
        return closeIntent(domain, Verb.DESTROY, Optional.of(id), Target.KEYSTORE)
                .withKey(id, key -> key.withCustody(Custody.DESTROYED));
    }

    private ManagedDomain forgotten(ManagedDomain domain, Finding.Forgotten finding) {
        return closeIntent(domain, Verb.FORGET, Optional.of(finding.key()), Target.signer(finding.signer()))
                .withKey(finding.key(), key -> key.forgottenBy(finding.signer()));
    }

    private static ManagedDomain closeIntent(ManagedDomain domain, Verb verb, Optional<KeyId> key, Target target) {
        return domain.intentOn(key, target)
                .filter(intent -> intent.step().verb() == verb)
                .map(intent -> domain.withoutIntent(intent.step()))
                .orElse(domain);
    }

    /** {@code rotate now} is done when in every chain the ACTIVE key became ACTIVE after it was placed. */
    private ManagedDomain closeFulfilledOrder(ManagedDomain domain) {
        Optional<Order> order = domain.openOrder(Order.Kind.ROTATE_NOW);
        boolean fulfilled = order.isPresent()
                && settings.policy().algorithms().stream()
                        .map(algorithm -> domain.active(algorithm.type()))
                        .allMatch(active -> active.flatMap(key -> key.reachedAt(KeyState.ACTIVE))
                                .filter(since -> since.isAfter(order.get().askedAt()))
                                .isPresent());
        return fulfilled
                ? domain.withOrder(order.get()
                        .closed(at, Order.Result.DONE, "every chain signs with a key that became ACTIVE since"))
                : domain;
    }
}
