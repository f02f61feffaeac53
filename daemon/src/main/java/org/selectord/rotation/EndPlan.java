package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.TxtRRset;

/** The end of a key: revoked when it is compromised, kept for the grace, withdrawn, proven gone; its private half forgotten and destroyed. */
final class EndPlan {
    private final Plan plan;
    private final ManagedDomain domain;
    private final RotationPolicy policy;

    EndPlan(Plan plan) {
        this.plan = plan;
        this.domain = plan.domain;
        this.policy = plan.policy;
    }

    void plan(ManagedKey key) {
        if (isRollbackTarget(key)) {
            return;
        }
        endPrivateHalf(key);
        switch (key.state()) {
            case GENERATED, PUBLISHED, READY -> endUnused(key);
            case ACTIVE -> {
                revokeIfCompromised(key);
                if (domain.signing(key.type(), policy).isEmpty()) {
                    sayWhichSignerIsGone(key);
                }
            }
            case RETIRED -> {
                if (key.isCompromised() && key.standing().isPresent()) {
                    revokeIfCompromised(key);
                } else {
                    windDown(key);
                }
            }
            case REVOKED -> {
                if (isRevocationUndone(key) && key.standing().isPresent()) {
                    revokeIfCompromised(key);
                } else {
                    windDown(key);
                }
            }
            case REMOVED -> {
                if (isRevocationUndone(key) && !plan.isChanging(key)) {
                    withdraw(key, plan.now, List.of(new Reason("it is compromised, and stands there again")));
                }
            }
        }
    }

    /** A primary that was restored serves again what others may hold the private half of. */
    private static boolean isRevocationUndone(ManagedKey key) {
        return key.isCompromised()
                && key.onPrimary()
                        .flatMap(PrimaryLook::found)
                        .filter(key.record()::saysTheSameAs)
                        .isPresent();
    }

    private boolean isRollbackTarget(ManagedKey key) {
        return key.state() == KeyState.RETIRED
                && domain.incoming(key.type()).filter(key::equals).isPresent();
    }

    // ---- a key that no signer was told of

    private void endUnused(ManagedKey key) {
        if (key.isCompromised() && key.state() != KeyState.GENERATED && !key.givenUp()) {
            revokeIfCompromised(key);
        } else if (key.isCompromised() || key.givenUp()) {
            discard(key, "it goes without having signed");
        } else if (domain.isLeaving() && !key.wasTold()) {
            discard(key, "the domain is being removed");
        }
    }

    /** By value, at once: nothing was signed with it. */
    void discard(ManagedKey key, String why) {
        if (key.givenUp() && !isStillThere(key)) {
            plan.askServers(key, SuccessorPlan.pollAt(key, plan), List.of(gone()));
        } else if (domain.zone().isEmpty()) {
            plan.locate(plan.now, List.of(new Reason(why)));
        } else if (!plan.isChanging(key)) {
            withdraw(key, DueTimes.discardDueAt(key, plan.settings), List.of(new Reason(why)));
        }
    }

    // ---- revoke

    private void revokeIfCompromised(ManagedKey key) {
        if (!key.isCompromised() || plan.isChanging(key)) {
            return;
        }
        boolean revoked = key.isMeantRevoked()
                && key.onPrimary()
                        .flatMap(PrimaryLook::found)
                        .filter(key.revocation()::saysTheSameAs)
                        .isPresent();
        if (revoked) {
            plan.askServers(
                    key,
                    SuccessorPlan.pollAt(key, plan),
                    List.of(new Reason(() -> "every server is to show that " + key.selector() + " is revoked")));
        } else {
            DueTimes.revokeDueAt(key, policy).ifPresent(dueAt -> revoke(key, dueAt));
        }
    }

    private void revoke(ManagedKey key, Instant dueAt) {
        List<Reason> because = List.of(new Reason(
                () -> "compromised by order " + key.compromise().orElseThrow().order() + stillSigning(key)));
        Optional<PrimaryLook> look = freshLook(key);
        if (look.isEmpty() || dueAt.isAfter(plan.now)) {
            Step revoke = plan.change(
                    Verb.REVOKE,
                    key,
                    new Change(key.record().owner(), key.standing(), Optional.of(key.revocation())),
                    dueAt,
                    because);
            plan.add(look.isEmpty() && !dueAt.isAfter(plan.now) ? plan.askPrimary(key, dueAt, because) : revoke);
        } else if (look.get().found().map(key::isOurs).orElse(true)) {
            plan.add(plan.change(
                    Verb.REVOKE,
                    key,
                    new Change(key.record().owner(), look.get().found(), Optional.of(key.revocation())),
                    dueAt,
                    because));
        }
    }

    /** Whose mail will fail from the revocation on. */
    private String stillSigning(ManagedKey key) {
        List<String> names = key.uses().keySet().stream()
                .filter(key::mayBeSigningAt)
                .map(SignerId::name)
                .sorted()
                .toList();
        return names.isEmpty() ? "" : "; mail that " + String.join(", ", names) + " may still sign with it will fail";
    }

    // ---- withdraw

    private void windDown(ManagedKey key) {
        if (!isStillThere(key)) {
            plan.askServers(key, SuccessorPlan.pollAt(key, plan), List.of(gone()));
        } else if (plan.isChanging(key)) {
            return;
        } else if (domain.isHeld(key.type())) {
            addHeldWithdrawal(key);
        } else {
            withdrawAfterGrace(key);
        }
    }

    private static Reason gone() {
        return new Reason("it was withdrawn; no server may answer it any more");
    }

    private static boolean isStillThere(ManagedKey key) {
        return key.standing().isPresent()
                || key.onPrimary()
                        .flatMap(PrimaryLook::found)
                        .filter(key::isOurs)
                        .isPresent();
    }

    private void addHeldWithdrawal(ManagedKey key) {
        Reason held = plan.heldBecause(key.type()).orElseThrow();
        plan.addHeld(plan.change(Verb.WITHDRAW, key, Change.withdraw(key.expected()), plan.now, List.of()), held);
    }

    private void withdrawAfterGrace(ManagedKey key) {
        Optional<Instant> dueAt = DueTimes.withdrawDueAt(key, domain, plan.settings, plan.now);
        if (dueAt.isEmpty()) {
            sayWhichSignerIsGone(key);
            return;
        }
        List<Reason> because = List.of(new Reason(() -> key.isRevokedUnused()
                ? "revoked, and no signer was ever told of it: there is no mail to wait for"
                : "last possible signature at "
                        + key.lastSignatureAt(domain.waiversAt(plan.now)).orElseThrow() + " + grace "
                        + policy.gracePeriod().toSeconds() + " s + margin "
                        + policy.graceMargin().toSeconds() + " s"));
        Step withdraw = plan.change(Verb.WITHDRAW, key, Change.withdraw(key.expected()), dueAt.get(), because);
        Optional<Reason> breakerOpen = plan.breakerOpen();
        if (breakerOpen.isPresent()) {
            plan.addHeld(withdraw, breakerOpen.get());
        } else if (plan.now.isBefore(plan.withWait(withdraw).dueAt())) {
            plan.addGuarded(withdraw); // what must be seen before is looked at when it is needed
        } else if (isUnusedEverywhere(key, dueAt.get())) {
            withdraw(key, dueAt.get(), because);
        }
    }

    /** I14: in this pass every signer was seen not to use it, and to use the chain's ACTIVE key, if there is one; asks those that were not. */
    private boolean isUnusedEverywhere(ManagedKey key, Instant dueAt) {
        List<SignerId> unproven = domain.signersThatCount(plan.settings, plan.now).stream()
                .filter(signer -> !isFreshlyUnused(key, signer))
                .toList();
        unproven.stream()
                .filter(signer -> isToBeAsked(key, signer))
                .forEach(signer -> plan.addGuarded(Plan.askSigner(
                        signer,
                        dueAt,
                        List.of(new Reason(() -> "before " + key.selector() + " is withdrawn, signer " + signer
                                + " must prove what it uses")))));
        return unproven.isEmpty();
    }

    /** Whether there is something to ask: a signer that does not use the ACTIVE key is being told, and shows then. */
    private boolean isToBeAsked(ManagedKey key, SignerId signer) {
        return domain.active(key.type()).map(active -> active.isUsedBy(signer)).orElse(true);
    }

    /** Seen within a minute not to use it, and to use the chain's ACTIVE key, if there is one, with a signature that verified. */
    private boolean isFreshlyUnused(ManagedKey key, SignerId signer) {
        boolean unused = key.useAt(signer)
                .map(use -> use.kind() == Use.Kind.STOPPED && plan.isFresh(use.seenAt()))
                .orElse(true);
        return unused
                && domain.active(key.type())
                        .map(active -> active.useAt(signer)
                                .filter(use -> use.kind() == Use.Kind.USING && plan.isFresh(use.seenAt()))
                                .isPresent())
                        .orElse(true);
    }

    /** The split just read is part of the compare-and-swap; where nothing was read, the update finds it done. */
    private void withdraw(ManagedKey key, Instant dueAt, List<Reason> because) {
        Optional<PrimaryLook> look = freshLook(key);
        TxtRRset asRead = look.flatMap(PrimaryLook::found).filter(key::isOurs).orElse(key.expected());
        Step withdraw = plan.change(Verb.WITHDRAW, key, Change.withdraw(asRead), dueAt, because);
        plan.addGuarded(
                look.isEmpty() ? plan.askPrimary(key, plan.withWait(withdraw).dueAt(), because) : withdraw);
    }

    private Optional<PrimaryLook> freshLook(ManagedKey key) {
        return key.onPrimary().filter(seen -> plan.isFresh(seen.seenAt()));
    }

    /** SignerPlan is at work on the signers that are configured; one that is not can no longer be told. */
    private void sayWhichSignerIsGone(ManagedKey key) {
        key.uses().keySet().stream()
                .filter(signer ->
                        key.mayBeSigningAt(signer) && !plan.settings.signers().contains(signer))
                .forEach(signer -> plan.addHeld(
                        plan.change(Verb.WITHDRAW, key, Change.withdraw(key.expected()), plan.now, List.of()),
                        new Reason(() ->
                                "signer " + signer + " is no longer configured for this domain and may still sign with "
                                        + key.selector()
                                        + "; configure it again until it was seen to have stopped, or waive it")));
    }

    // ---- the private half

    /** Any signer may have laid a copy down from READY on, also one whose order then came to nothing. */
    private static boolean mayHoldACopy(ManagedKey key, SignerId signer) {
        boolean told = key.reachedAt(KeyState.READY).isPresent()
                || (key.wasAdopted() && key.useAt(signer).isPresent());
        return told && !key.forgotten().contains(signer);
    }

    /**
     * Signers that have to forget it before it is destroyed. A selector of a ring comes again, and a signer keeps its copy by the selector: there a waived
     * one too, or it would come back with the old key under the new record.
     */
    private List<SignerId> holders(ManagedKey key) {
        List<SignerId> signers =
                key.isAliased() ? plan.settings.signers() : domain.signersThatCount(plan.settings, plan.now);
        return signers.stream().filter(signer -> mayHoldACopy(key, signer)).toList();
    }

    /** A waived signer that may sign with it still would refuse mail if its copy were taken away. */
    private void forget(ManagedKey key, SignerId signer, Instant dueAt, List<Reason> because) {
        Step forget = Plan.act(Verb.FORGET, key, Target.signer(signer), dueAt, because);
        if (key.mayBeSigningAt(signer)) {
            plan.addHeld(
                    forget,
                    new Reason(() -> "signer " + signer + " is waived and was not seen to have stopped; until it is, "
                            + key.selector() + " has no other key"));
        } else if (wasRefusedSinceLooked(forget, key, signer)) {
            plan.addGuarded(Plan.askSigner(
                    signer,
                    plan.now,
                    List.of(new Reason(() -> "signer " + signer + " did not forget " + key.selector()
                            + ": it may have fallen back to it"))));
        } else {
            plan.addGuarded(forget);
        }
    }

    private boolean wasRefusedSinceLooked(Step forget, ManagedKey key, SignerId signer) {
        return domain.waitOf(forget)
                .filter(wait -> key.useAt(signer)
                        .filter(use -> use.seenAt().isBefore(wait.lookedAt()))
                        .isPresent())
                .isPresent();
    }

    private void endPrivateHalf(ManagedKey key) {
        if (key.custody() != Custody.HELD) {
            return;
        }
        DueTimes.destroyDueAt(key, domain, policy, plan.now).ifPresent(dueAt -> {
            List<Reason> because = List.of(new Reason(() -> "no signature by it is possible since "
                    + key.lastSignatureAt(domain.waiversAt(plan.now)).orElseThrow()
                    + ", and the rollback period is over"));
            List<SignerId> holders = holders(key);
            if (holders.isEmpty()) {
                plan.addGuarded(Plan.act(Verb.DESTROY, key, Target.KEYSTORE, dueAt, because));
            }
            holders.forEach(signer -> forget(key, signer, dueAt, because));
        });
    }
}
