package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;

/**
 * How one thing seen changes the record of a domain: what is true now, which state that is, which intent it closes. Decides nothing about what to do.
 * What zones show is folded by {@link ZoneFold}, what signers show by {@link SignerFold}. Pure; one instance a look.
 */
final class Fold {
    final Look look;
    final DomainSettings settings;
    final Instant at;
    private final ZoneFold zones;
    private final SignerFold signers;

    Fold(Look look, DomainSettings settings) {
        this.look = look;
        this.settings = settings;
        this.at = look.endedAt();
        this.zones = new ZoneFold(this);
        this.signers = new SignerFold(this);
    }

    ManagedDomain fold(ManagedDomain domain, Step step, Outcome outcome) {
        if (outcome instanceof Outcome.Done done) {
            return done(domain, step, done.finding());
        } else if (outcome instanceof Outcome.NotYet notYet) {
            return nothingChanged(domain, step, notYet);
        } else if (outcome instanceof Outcome.Unknown unknown) {
            return unknown(domain, step, unknown);
        } else if (outcome instanceof Outcome.Halted halted) {
            return halted(domain, step, halted);
        }
        throw new IllegalStateException("an outcome nobody folds: " + outcome);
    }

    ManagedDomain fold(ManagedDomain domain, Finding finding) {
        return settled(foldFact(domain, finding));
    }

    private ManagedDomain foldFact(ManagedDomain domain, Finding finding) {
        if (finding instanceof Finding.Generated generated) {
            return generated(domain, generated.key());
        } else if (finding instanceof Finding.OnPrimary onPrimary) {
            return zones.onPrimary(domain, onPrimary);
        } else if (finding instanceof Finding.OnServers onServers) {
            return zones.onServers(domain, onServers);
        } else if (finding instanceof Finding.OnAliases onAliases) {
            return zones.onAliases(domain, onAliases);
        } else if (finding instanceof Finding.InUse inUse) {
            return signers.isOutdated(domain, inUse) ? domain : signers.inUse(domain, inUse);
        } else if (finding instanceof Finding.Located located) {
            return zones.located(domain, located);
        } else if (finding instanceof Finding.Adopted adopted) {
            return adopted(domain, adopted);
        } else if (finding instanceof Finding.NotAdopted refused) {
            return endOrder(domain, refused.order(), Order.Result.FAILED, refused.why());
        } else if (finding instanceof Finding.Destroyed destroyed) {
            return destroyed(domain, destroyed.key());
        } else if (finding instanceof Finding.Forgotten forgotten) {
            return forgotten(domain, forgotten);
        }
        throw new IllegalStateException("a finding nobody folds: " + finding);
    }

    /** What follows from a fact at once: a chain where nothing shall sign and nothing does retires its key, and orders are done. */
    private ManagedDomain settled(ManagedDomain domain) {
        ManagedDomain settled = domain;
        for (KeyType type : domain.chains()) {
            Optional<ManagedKey> silenced = domain.active(type)
                    .filter(key -> !key.isCompromised()
                            && key.lastSignatureAt(domain.waiversAt(at)).isPresent()
                            && domain.signing(type, settings.policy()).isEmpty());
            if (silenced.isPresent()) {
                settled = settled.withKey(silenced.get().id(), key -> key.reached(KeyState.RETIRED, at));
            }
        }
        return Fulfilment.close(settled, at, settings.policy().chains(), domain.signersThatCount(settings, at));
    }

    // ---- outcomes

    private ManagedDomain done(ManagedDomain domain, Step step, Finding finding) {
        if (finding instanceof Finding.InUse seen && signers.isOutdated(domain, seen)) {
            return waiting(
                    domain, step, Pace.QUICK, new Reason("the look began before what is known of " + step.target()));
        }
        ManagedDomain folded = pauseIfServersUnknown(fold(domain, finding), step, finding);
        return dropSettledWaits(domain, step, folded);
    }

    /** A set of servers that cannot be known is not asked for again at once. */
    private ManagedDomain pauseIfServersUnknown(ManagedDomain domain, Step step, Finding finding) {
        return problem(finding)
                .map(problem -> waiting(domain, step, Pace.QUICK, new Reason(problem)))
                .orElse(domain);
    }

    private static Optional<String> problem(Finding finding) {
        if (finding instanceof Finding.OnServers onServers) {
            return onServers.seen().problem();
        }
        return finding instanceof Finding.OnAliases onAliases ? onAliases.seen().problem() : Optional.empty();
    }

    /** The wait of a step that came to a finding is over, unless the finding renewed it; so are those of a closed intent, and of a key that has moved on. */
    private static ManagedDomain dropSettledWaits(ManagedDomain before, Step step, ManagedDomain after) {
        return after.withoutWaits(wait -> before.waits().contains(wait)
                && (wait.holds(step) || isClosed(before, after, wait) || movedOn(before, after, wait)));
    }

    private static boolean isClosed(ManagedDomain before, ManagedDomain after, Wait wait) {
        return hasIntent(before, wait) && !hasIntent(after, wait);
    }

    private static boolean hasIntent(ManagedDomain domain, Wait wait) {
        return domain.intents().stream().anyMatch(intent -> wait.holds(intent.step()));
    }

    private static boolean movedOn(ManagedDomain before, ManagedDomain after, Wait wait) {
        return wait.key()
                .filter(key -> before.key(key).state() != after.key(key).state())
                .isPresent();
    }

    private ManagedDomain nothingChanged(ManagedDomain domain, Step step, Outcome.NotYet notYet) {
        // a look that failed leaves the intent open: it is still not known what became of the act
        ManagedDomain closed = step.verb().looks() ? domain : domain.withoutIntent(step);
        ManagedDomain waiting = waiting(closed, step, notYet.pace(), notYet.waitingFor());
        return step.verb() == Verb.ACTIVATE
                ? waiting.withKey(step.key().orElseThrow(), key -> SignerFold.neverTold(domain, step, key))
                : waiting;
    }

    private ManagedDomain unknown(ManagedDomain domain, Step step, Outcome.Unknown unknown) {
        ManagedDomain waiting = waiting(domain, step, Pace.QUICK, new Reason(unknown.cameBack()));
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
        ManagedDomain closed = waiting(
                domain.withoutIntent(step), step, Pace.SLOW, new Reason(halted.found())); // a person may mend it
        return closed.key(id).state() == KeyState.REMOVED
                ? closed
                : zones.halted(closed, closed.key(id), halted.reason(), halted.found());
    }

    ManagedDomain waiting(ManagedDomain domain, Step step, Pace pace, Reason reason) {
        int attempts = domain.waitOf(step).map(Wait::attempts).orElse(0) + 1;
        return domain.withWait(
                new Wait(step.target(), step.verb(), step.key(), at.plus(pace.after(attempts)), attempts, reason, at));
    }

    // ---- keys that come and go

    private static ManagedDomain generated(ManagedDomain domain, ManagedKey key) {
        ManagedDomain closed = closeIntent(domain, Verb.GENERATE, Optional.empty(), Target.KEYSTORE);
        // of two daemons that made one at the same time the second comes too late: its key stays a spare
        boolean tooLate = closed.everHad(key.fingerprint())
                || closed.nextKeyId().number() > key.id().number()
                || closed.successor(key.type()).isPresent();
        return tooLate ? closed : closed.withNewKey(key);
    }

    private ManagedDomain adopted(ManagedDomain domain, Finding.Adopted adopted) {
        ManagedKey key = adopted.adopted();
        return domain.everHad(key.selector())
                ? domain
                : endOrder(
                        domain.withNewKey(key),
                        adopted.order(),
                        Order.Result.DONE,
                        key.selector() + " is managed from now on, as " + key.state()
                                + "; its record stays as it was found");
    }

    /** Of an adoption; what is published after it has its zone located for itself. */
    private ManagedDomain endOrder(ManagedDomain domain, long number, Order.Result result, String why) {
        return domain.orders().stream()
                .filter(order -> order.number() == number && order.isOpen())
                .findFirst()
                .map(order -> domain.withOrder(order.closed(at, result, why)).withZoneToLocate())
                .orElse(domain);
    }

    private static ManagedDomain destroyed(ManagedDomain domain, KeyId id) {
        return closeIntent(domain, Verb.DESTROY, Optional.of(id), Target.KEYSTORE)
                .withKey(id, key -> key.withCustody(Custody.DESTROYED));
    }

    private static ManagedDomain forgotten(ManagedDomain domain, Finding.Forgotten finding) {
        return closeIntent(domain, Verb.FORGET, Optional.of(finding.key()), Target.signer(finding.signer()))
                .withKey(finding.key(), key -> key.forgottenBy(finding.signer()));
    }

    private static ManagedDomain closeIntent(ManagedDomain domain, Verb verb, Optional<KeyId> key, Target target) {
        return domain.intentOn(key, target)
                .filter(intent -> intent.step().verb() == verb)
                .map(intent -> domain.withoutIntent(intent.step()))
                .orElse(domain);
    }
}
