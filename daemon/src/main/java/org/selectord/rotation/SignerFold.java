package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.selectord.key.KeyType;

/** Folds what a signer signs with: which key is in use, whether a flip is complete, whether it was proven bad. */
final class SignerFold {
    private final Fold fold;
    private final Look look;
    private final DomainSettings settings;
    private final Instant at;

    SignerFold(Fold fold) {
        this.fold = fold;
        this.look = fold.look;
        this.settings = fold.settings;
        this.at = fold.at;
    }

    /** A look that began before this signer's newest intent, or before the last look ended, says nothing about what it does now. */
    boolean isOutdated(ManagedDomain domain, Finding.InUse finding) {
        Target signer = Target.signer(finding.signer());
        boolean beforeIntent = domain.intents().stream()
                .anyMatch(intent ->
                        intent.step().target().equals(signer) && look.beganAt().isBefore(intent.recordedAt()));
        boolean beforeSeen = domain.keys().stream()
                .flatMap(key -> key.useAt(finding.signer()).stream())
                .anyMatch(use -> look.beganAt().isBefore(use.knownSince()));
        return beforeIntent || beforeSeen;
    }

    ManagedDomain inUse(ManagedDomain domain, Finding.InUse finding) {
        ManagedDomain noted = domain.withEachKey(key -> noteUse(domain, key, finding));
        ManagedDomain judged = judge(noted, finding);
        ManagedDomain closed = closeIntents(judged, finding);
        return activateWhatAllUse(closed, finding);
    }

    /** It was this very intent that made the key count as told, and it changed nothing. */
    static ManagedKey neverTold(ManagedDomain domain, Step step, ManagedKey key) {
        SignerId signer = ManagedDomain.signerOf(step.target());
        boolean byThisIntent = domain.intentOn(step.key(), step.target())
                .flatMap(intent -> key.useAt(signer)
                        .filter(use ->
                                use.kind() == Use.Kind.MAYBE && use.sinceAt().equals(intent.recordedAt())))
                .isPresent();
        return byThisIntent ? key.withoutUse(signer) : key;
    }

    // ---- which key is in use

    private ManagedKey noteUse(ManagedDomain domain, ManagedKey key, Finding.InUse finding) {
        if (finding.seen().contains(key.selector()) && domain.isNewestBearing(key)) {
            return seenSigning(domain, key, finding);
        }
        boolean told = key.useAt(finding.signer()).isPresent();
        boolean beingTold = domain.intents().stream().anyMatch(intent -> isActivation(intent, key, finding.signer()));
        boolean silenced = finding.proof().kind() != Proof.Kind.BAD;
        return told && !beingTold && silenced ? noted(key, finding, Use.Kind.STOPPED) : key;
    }

    /** A key that is to become ACTIVE is in use only when its signature verified; until then it may be signing, and no guard opens. */
    private ManagedKey seenSigning(ManagedDomain domain, ManagedKey key, Finding.InUse finding) {
        boolean verified = finding.proof().kind() == Proof.Kind.VERIFIED;
        if (verified || !isAwaited(domain, key)) {
            return noted(key, finding, Use.Kind.USING);
        }
        return key.mayBeSigningAt(finding.signer()) ? key : noted(key, finding, Use.Kind.MAYBE);
    }

    private static boolean isAwaited(ManagedDomain domain, ManagedKey key) {
        return key.state() == KeyState.ACTIVE
                || domain.incoming(key.type())
                        .filter(incoming -> incoming.id().equals(key.id()))
                        .isPresent();
    }

    private ManagedKey noted(ManagedKey key, Finding.InUse finding, Use.Kind kind) {
        Use use = key.useAt(finding.signer())
                .map(before -> before.seen(kind, look, finding.drain()))
                .orElseGet(() -> Use.at(kind, look, finding.drain()));
        return key.withUse(finding.signer(), use);
    }

    private static boolean isActivation(Intent intent, ManagedKey key, SignerId signer) {
        return intent.step().verb() == Verb.ACTIVATE
                && intent.step().key().equals(Optional.of(key.id()))
                && intent.step().target().equals(Target.signer(signer));
    }

    // ---- what the proof says

    /** Definite: a signature does not verify, or the signer refuses the mail. A flip goes back at once; a key that signs is looked into by a person. */
    private ManagedDomain judge(ManagedDomain domain, Finding.InUse finding) {
        if (finding.proof().kind() == Proof.Kind.VERIFIED) {
            return domain.withoutHalts((type, halt) -> isOver(domain, type, halt, finding));
        } else if (finding.proof().kind() == Proof.Kind.UNPROVEN) {
            return domain;
        }
        List<ManagedKey> meant =
                domain.keys().stream().filter(key -> isMeant(key, finding)).toList();
        List<ManagedKey> incoming =
                meant.stream().filter(key -> isBeingFlippedTo(domain, key)).toList();
        ManagedDomain judged = domain;
        // a message has one signature a chain, and the proof is of all: the new one is blamed first, and what signed
        // before is looked at again without it
        for (ManagedKey key : incoming.isEmpty() ? meant : incoming) {
            judged = provenBad(judged, key, finding);
        }
        return judged;
    }

    /** The signer that signed badly signs well again, with the same key. */
    private static boolean isOver(ManagedDomain domain, KeyType type, Halt halt, Finding.InUse finding) {
        return halt.reason() == HaltReason.SIGNATURE_BAD
                && halt.found().startsWith(by(finding))
                && domain.active(type)
                        .filter(key -> finding.seen().contains(key.selector()))
                        .isPresent();
    }

    private static String by(Finding.InUse finding) {
        return "signer " + finding.signer() + ": ";
    }

    private static boolean isMeant(ManagedKey key, Finding.InUse finding) {
        boolean seen = finding.seen().isEmpty() || finding.seen().contains(key.selector());
        return seen && key.useAt(finding.signer()).isPresent();
    }

    private static boolean isBeingFlippedTo(ManagedDomain domain, ManagedKey key) {
        return isAwaited(domain, key) && key.state() != KeyState.ACTIVE;
    }

    private ManagedDomain provenBad(ManagedDomain domain, ManagedKey key, Finding.InUse finding) {
        Halt flip = new Halt(HaltReason.FLIP_PROVEN_BAD, finding.proof().evidence(), at);
        boolean incoming = isBeingFlippedTo(domain, key);
        if (incoming && key.state() == KeyState.READY) {
            return domain.withKey(key.id(), bad -> bad.reached(KeyState.RETIRED, at))
                    .withHalt(key.type(), flip);
        } else if (incoming && key.mayBeSigning()) {
            return rollbackFailed(domain, finding).withHalt(key.type(), flip);
        }
        boolean signs = key.state() == KeyState.ACTIVE
                && domain.intents().stream().noneMatch(intent -> isActivation(intent, key, finding.signer()));
        return signs && finding.seen().contains(key.selector())
                ? domain.withHalt(
                        key.type(),
                        new Halt(
                                HaltReason.SIGNATURE_BAD,
                                by(finding) + finding.proof().evidence(),
                                at))
                : domain;
    }

    private ManagedDomain rollbackFailed(ManagedDomain domain, Finding.InUse finding) {
        return domain.openOrder(Order.Kind.ROLL_BACK)
                .map(order -> domain.withOrder(
                        order.closed(at, Order.Result.FAILED, finding.proof().evidence())))
                .orElse(domain);
    }

    /** What was seen proves nothing good: look again soon, and say why. */
    private ManagedDomain doubted(ManagedDomain domain, Finding.InUse finding) {
        Step look = Plan.askSigner(finding.signer(), at, List.of());
        return fold.waiting(domain, look, Pace.QUICK, new Reason(finding.proof().evidence()));
    }

    // ---- what it closes

    private ManagedDomain closeIntents(ManagedDomain domain, Finding.InUse finding) {
        ManagedDomain closed = domain;
        for (Intent intent : domain.intents()) {
            if (intent.step().target().equals(Target.signer(finding.signer()))) {
                closed = closeIntent(closed, intent, finding);
            }
        }
        return closed;
    }

    private ManagedDomain closeIntent(ManagedDomain domain, Intent intent, Finding.InUse finding) {
        ManagedKey key = domain.key(intent.step().key().orElseThrow());
        boolean seen = finding.seen().contains(key.selector());
        return switch (intent.step().verb()) {
            case ACTIVATE -> {
                boolean wanted = domain.signing(key.type(), settings.policy())
                        .filter(signing -> signing.id().equals(key.id()))
                        .isPresent();
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
            case LOCATE,
                    ASK_PRIMARY,
                    ASK_SERVERS,
                    ASK_ALIASES,
                    ASK_SIGNER,
                    ADOPT,
                    GENERATE,
                    PUBLISH,
                    REVOKE,
                    WITHDRAW,
                    DESTROY -> domain;
        };
    }

    private static boolean anotherMayBeUsed(ManagedDomain domain, ManagedKey key, SignerId signer) {
        return domain.chain(key.type()).stream()
                .anyMatch(other -> !other.id().equals(key.id()) && other.mayBeSigningAt(signer));
    }

    /** The signer does not do as told: look again where only the proof is missing, else close, so that it is told again. */
    private ManagedDomain notYetSeen(ManagedDomain domain, Intent intent, Finding.InUse finding, boolean lookAgain) {
        ManagedDomain waiting = fold.waiting(
                domain, intent.step(), Pace.QUICK, new Reason(finding.proof().evidence()));
        Instant retryAt = waiting.waitOf(intent.step()).orElseThrow().retryAt();
        return lookAgain ? waiting.withIntent(intent.lookAt(retryAt)) : waiting.withoutIntent(intent.step());
    }

    // ---- the flip

    /** Complete when every signer acknowledged, proven: the new key ACTIVE and the one before RETIRED are one change. */
    private ManagedDomain activateWhatAllUse(ManagedDomain domain, Finding.InUse finding) {
        ManagedDomain flipped = domain;
        for (KeyType type : domain.chains()) {
            Optional<ManagedKey> complete = flipped.incoming(type).filter(key -> isUsedByAll(domain, key));
            if (complete.isPresent() && !domain.isLeaving()) {
                flipped = flip(flipped, complete.get());
            }
        }
        return finding.proof().kind() == Proof.Kind.VERIFIED ? flipped : doubted(flipped, finding);
    }

    private boolean isUsedByAll(ManagedDomain domain, ManagedKey key) {
        List<SignerId> signers = domain.signersThatCount(settings, at);
        return !signers.isEmpty() && signers.stream().allMatch(key::isUsedBy);
    }

    private ManagedDomain flip(ManagedDomain domain, ManagedKey incoming) {
        ManagedDomain retired = domain.active(incoming.type())
                .map(active -> domain.withKey(active.id(), key -> key.reached(KeyState.RETIRED, at)))
                .orElse(domain);
        return retired.withKey(incoming.id(), key -> key.reached(KeyState.ACTIVE, at));
    }
}
