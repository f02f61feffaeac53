package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.selectord.key.KeyType;

/** What signers are told: each is told again what it shall use, until it does; and each is looked at steadily. */
final class SignerPlan {
    private final Plan plan;
    private final ManagedDomain domain;

    SignerPlan(Plan plan) {
        this.plan = plan;
        this.domain = plan.domain;
    }

    void plan(KeyType type) {
        domain.active(type).ifPresent(this::watch);
        domain.incoming(type).filter(ManagedDomain::isFlipBegun).ifPresent(this::watch);
        boolean flipping = domain.incoming(type)
                .filter(key -> ManagedDomain.isFlipBegun(key) || isUrgentAndUsable(key))
                .isPresent();
        if (flipping && !domain.isLeaving()) {
            plan.settings.signers().forEach(signer -> stopWhatIsRevoked(type, signer));
            return; // SuccessorPlan tells them, on fresh evidence
        }
        Optional<ManagedKey> signing = domain.signing(type, plan.policy).filter(key -> !isToStop(key));
        for (SignerId signer : plan.settings.signers()) {
            Optional<ManagedKey> stray = domain.keys().stream()
                    .filter(key -> key.type() == type && !signing.equals(Optional.of(key)))
                    .filter(key -> key.mayBeSigningAt(signer))
                    .findFirst();
            if (signing.isPresent()) {
                tellAgain(signing.get(), signer, stray);
            } else {
                stray.ifPresent(key -> stop(key, signer));
            }
        }
    }

    /** Mail that is not signed is better than mail whose signature fails, where the successor cannot be told to a signer yet. */
    private void stopWhatIsRevoked(KeyType type, SignerId signer) {
        List<ManagedKey> used = domain.keys().stream()
                .filter(key -> key.type() == type && key.mayBeSigningAt(signer))
                .toList();
        if (used.stream().allMatch(ManagedKey::isMeantRevoked)) {
            used.forEach(key -> stop(key, signer));
        }
    }

    /** Where mail shall rather be unsigned than forgeable, a successor that a server does not show stops nobody from being stopped. */
    private boolean isUrgentAndUsable(ManagedKey incoming) {
        return domain.mayPassHolds(incoming.type())
                && (plan.policy.onCompromise() == OnCompromise.WAIT
                        || domain.propagated(incoming, plan.now).exactEverywhere());
    }

    /** While there is no successor to flip to, the policy decides between mail that can be forged and mail that is not signed. */
    private boolean isToStop(ManagedKey key) {
        return key.isCompromised() && plan.policy.onCompromise() == OnCompromise.UNSIGNED;
    }

    /** A signer that does not use the chain's ACTIVE key, or uses another one besides, is told. */
    private void tellAgain(ManagedKey signing, SignerId signer, Optional<ManagedKey> stray) {
        if (signing.isUsedBy(signer) && stray.isEmpty()) {
            return;
        }
        Optional<ManagedKey> ours = stray.filter(key -> key.custody() == Custody.HELD);
        if (signing.custody() == Custody.FOREIGN && ours.isPresent()) {
            stop(ours.get(), signer); // told nothing of ours, it goes by its own entry again
            return;
        }
        Reason reason = new Reason(() -> stray.map(key -> "signer " + signer + " may still use " + key.selector())
                .orElse("signer " + signer + " does not use " + signing.selector()));
        if (signing.custody() == Custody.FOREIGN || isYetToBeSeen(signing, signer)) {
            plan.add(Plan.askSigner(signer, lookAt(signing, signer), List.of(reason, adopted(signing))));
        } else if (stray.filter(this::verifiesStill).isPresent() && !isProvenStill(signing)) {
            plan.askServers(signing, SuccessorPlan.provenAnewAt(signing, plan), List.of(reason, lost(signing)));
        } else {
            plan.add(Plan.act(Verb.ACTIVATE, signing, Target.signer(signer), plan.now, List.of(reason)));
        }
    }

    /** A key that signed before, and stands. One that was proven bad is taken back whatever is known of the other. */
    private boolean verifiesStill(ManagedKey stray) {
        return stray.reachedAt(KeyState.ACTIVE).isPresent()
                && stray.standing().filter(stray.record()::equals).isPresent()
                && !stray.isCompromised()
                && !domain.isProvenBad(stray.type());
    }

    /** What a signer has fallen back to verifies; it is told another key only where every verifier finds that one's record. */
    private boolean isProvenStill(ManagedKey signing) {
        Instant active = signing.reachedAt(KeyState.ACTIVE).orElse(signing.since());
        return domain.propagated(signing, plan.now).exactEverywhere() && plan.isProvenSince(signing, active);
    }

    private static Reason lost(ManagedKey signing) {
        return new Reason(
                () -> "the record of " + signing.selector() + " was lost somewhere, and is proven anew first");
    }

    /** An adopted key is there by the signer's own entry: that is looked at before anything of ours overrules it. */
    private static boolean isYetToBeSeen(ManagedKey key, SignerId signer) {
        return key.wasAdopted()
                && key.useAt(signer)
                        .filter(use ->
                                use.kind() == Use.Kind.MAYBE && use.seenAt().equals(use.sinceAt()))
                        .isPresent();
    }

    private Instant lookAt(ManagedKey key, SignerId signer) {
        return key.useAt(signer)
                .filter(use -> !use.seenAt().equals(use.sinceAt()))
                .map(use -> use.seenAt().plus(plan.settings.auditInterval()))
                .orElse(plan.now);
    }

    private static Reason adopted(ManagedKey key) {
        return new Reason(() -> key.selector() + " was adopted"
                + (key.custody() == Custody.FOREIGN
                        ? " without its private half: its entry at the signer is yours"
                        : ""));
    }

    private void stop(ManagedKey key, SignerId signer) {
        Reason reason = new Reason(() -> key.selector() + " is " + key.state() + " and "
                + (domain.isLeaving()
                        ? "the domain is being removed"
                        : key.isCompromised() ? "it is compromised" : "no other key of ours is to sign"));
        plan.add(Plan.act(Verb.STOP_SIGNING, key, Target.signer(signer), plan.now, List.of(reason)));
    }

    private void watch(ManagedKey used) {
        for (SignerId signer : plan.settings.signers()) {
            used.useAt(signer)
                    .filter(use -> use.kind() == Use.Kind.USING)
                    .ifPresent(use -> plan.add(Plan.askSigner(
                            signer,
                            use.seenAt().plus(plan.settings.auditInterval()),
                            List.of(new Reason("a signer is looked at steadily")))));
        }
    }
}
