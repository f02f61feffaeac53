package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.TxtRRset;

/**
 * The steady audit: what the primary serves is compared with what we last meant to stand there, and only a contradiction is written: what is missing is
 * published again, whatever the state of the key and whatever holds its chain. What is somebody else's is left alone.
 */
final class AuditPlan {
    private static final List<Reason> BECAUSE = List.of(new Reason("published records are looked at steadily"));

    private final Plan plan;

    AuditPlan(Plan plan) {
        this.plan = plan;
    }

    /** What stands where a record of ours did may be another zone: one that was cut off since, or the one above after the cut went. */
    void planZone() {
        boolean changed = plan.domain.halts().values().stream().anyMatch(Halt::mayBeOfAnotherZone);
        plan.domain
                .zone()
                .filter(known -> changed)
                .ifPresent(known -> plan.locate(
                        known.locatedAt().plus(plan.settings.auditInterval()),
                        List.of(new Reason("something else stands where a record of ours did: perhaps the name is in"
                                + " another zone by now"))));
    }

    void plan(ManagedKey key) {
        boolean everPublished = key.state() != KeyState.GENERATED || key.givenUp();
        boolean over = isOver(key) || plan.domain.zone().isEmpty();
        if (!everPublished || over || plan.isChanging(key)) {
            return;
        }
        Optional<TxtRRset> meant =
                key.givenUp() ? Optional.empty() : key.standing().or(() -> fallenBackTo(key));
        meant.ifPresentOrElse(standing -> audit(key, standing), () -> read(key));
    }

    /** What others may hold the private half of is never to come back, unless the name is another key's by then, or in another zone. */
    private boolean isOver(ManagedKey key) {
        return key.state() == KeyState.REMOVED
                && (!key.isCompromised()
                        || key.isAliased()
                        || !key.record().owner().equals(plan.settings.ownerOf(key.selector())));
    }

    /** Nothing is meant to stand there, and what comes back (a backup, a late copy) is withdrawn again by {@link EndPlan}. */
    private void read(ManagedKey key) {
        plan.add(plan.askPrimary(key, auditAt(key, key.onPrimary().map(PrimaryLook::seenAt)), BECAUSE));
    }

    /** A signer that fell back to a key whose record is being withdrawn has it published again. */
    private Optional<TxtRRset> fallenBackTo(ManagedKey key) {
        boolean signs = key.lastSignatureAt(plan.domain.waiversAt(plan.now)).isEmpty();
        return signs && !key.isCompromised() ? Optional.of(key.record()) : Optional.empty();
    }

    private void audit(ManagedKey key, TxtRRset standing) {
        boolean missing = key.onPrimary().filter(look -> look.found().isEmpty()).isPresent();
        if (missing || key.standing().isEmpty()) {
            plan.add(plan.change(
                    Verb.PUBLISH,
                    key,
                    Change.publish(standing),
                    plan.now,
                    List.of(new Reason(
                            key.standing().isEmpty()
                                    ? "a signer has fallen back to " + key.selector()
                                    : "the primary no longer has the record of " + key.selector()))));
            return;
        }
        read(key);
        if (key.state().compareTo(KeyState.ACTIVE) >= 0) {
            plan.askServers(key, auditAt(key, key.propagated().lookedAt()), because(key));
        }
    }

    private static List<Reason> because(ManagedKey key) {
        List<Reason> because = new ArrayList<>(BECAUSE);
        key.lostAt()
                .forEach((server, proof) -> because.add(new Reason(() -> server + " does not show it since "
                        + proof.since() + ": " + proof.cameBack() + "; look at NOTIFY and zone transfers there")));
        return because;
    }

    /** The aliases of a delegated domain, from the beginning on: what is missing there only the customer can add. */
    void planAliases() {
        if (plan.settings.ring().isEmpty() || plan.domain.isLeaving()) {
            return;
        }
        List<Reason> because = new ArrayList<>(List.of(new Reason("the aliases of a customer are looked at steadily")));
        plan.domain.missingAliases(plan.settings).forEach((alias, cameBack) -> because.add(missing(alias, cameBack)));
        Optional<Instant> lookedAt = plan.domain.aliases(plan.settings).stream()
                .map(alias -> plan.domain
                        .aliases()
                        .orElse(AliasMarks.NOTHING)
                        .of(alias.target())
                        .lookedAt()
                        .orElse(Instant.EPOCH))
                .min(Instant::compareTo);
        plan.askAliases(lookedAt.orElse(Instant.EPOCH).plus(plan.settings.auditInterval()), because);
    }

    static Reason missing(Alias alias, String cameBack) {
        return new Reason("the customer has to add: " + alias + " (" + cameBack + ")");
    }

    /** Steadily, and once when what was never answered can no longer land: it may have undone what was seen since. */
    private Instant auditAt(ManagedKey key, Optional<Instant> seenAt) {
        Instant last = seenAt.orElse(key.since());
        Instant steadily = last.plus(plan.settings.auditInterval());
        return key.mayLandUntil()
                .filter(last::isBefore)
                .map(until -> Use.earlier(until, steadily))
                .orElse(steadily);
    }
}
