package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.selectord.dnsupdate.Change;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyType;

/** The key that signs next: GENERATE, PUBLISH, prove, flip. A rollback is a flip to the key before. */
final class SuccessorPlan {
    private static final Duration FIRST_POLL = Duration.ofMillis(200);
    private static final Duration LAST_POLL = Duration.ofMinutes(1);

    private final Plan plan;
    private final ManagedDomain domain;
    private final RotationPolicy policy;

    SuccessorPlan(Plan plan) {
        this.plan = plan;
        this.domain = plan.domain;
        this.policy = plan.policy;
    }

    void plan(KeyType type) {
        if (domain.isLeaving()) {
            return;
        }
        Optional<ManagedKey> successor = domain.successor(type);
        if (successor.filter(this::isUnfit).isPresent()) {
            new EndPlan(plan).discard(successor.get(), "the policy asks for another kind of key");
        } else if (successor.isPresent()) {
            bringOn(successor.get());
        } else {
            start(type);
        }
        domain.incoming(type).filter(key -> key.state() == KeyState.RETIRED).ifPresent(this::flipBack);
    }

    // ---- GENERATE

    private void start(KeyType type) {
        Optional<KeyAlgorithm> algorithm = policy.algorithm(type);
        boolean urgent = domain.isUrgent(type);
        if (algorithm.isEmpty()) {
            return;
        }
        Optional<ManagedKey> active = domain.active(type);
        Optional<Order> order = domain.rotateNow(type);
        Instant dueAt = active.isEmpty() || order.isPresent() || urgent
                ? plan.now
                : DueTimes.generateDueAt(active.get(), domain, policy);
        addUnlessHeld(
                type,
                new Step(
                        Verb.GENERATE,
                        Optional.empty(),
                        Target.KEYSTORE,
                        algorithm,
                        Optional.empty(),
                        dueAt,
                        List.of(startReason(active, order, urgent))));
    }

    private void addUnlessHeld(KeyType type, Step step) {
        Optional<Reason> held = domain.isUrgent(type) ? Optional.empty() : plan.heldBecause(type);
        held.ifPresentOrElse(why -> plan.addHeld(step, why), () -> plan.add(step));
    }

    private Reason startReason(Optional<ManagedKey> active, Optional<Order> order, boolean urgent) {
        if (urgent) {
            return new Reason("the key that signs is compromised");
        } else if (order.isPresent()) {
            return Plan.ordered(order.get());
        } else if (active.isEmpty()) {
            return new Reason("the domain has no signing key yet");
        }
        return new Reason(() -> policy.standby()
                ? "a standby successor is wanted"
                : "the signing period ends at " + DueTimes.signingPeriodEndsAt(active.get(), domain, policy));
    }

    /** Of another kind than the policy asks for; one that a flip or an order uses goes on, for a policy change alone never flips. */
    private boolean isUnfit(ManagedKey successor) {
        boolean inUse = successor.wasTold()
                || domain.isUrgent(successor.type())
                || (policy.has(successor.type())
                        && domain.rotateNow(successor.type()).isPresent());
        return !inUse
                && !domain.isHeld(successor.type())
                && !policy.algorithm(successor.type()).equals(Optional.of(successor.algorithm()));
    }

    private void bringOn(ManagedKey key) {
        switch (key.state()) {
            case GENERATED -> publish(key);
            case PUBLISHED -> prove(key);
            case READY -> flipIfIncoming(key);
            case ACTIVE, RETIRED, REVOKED, REMOVED -> throw new IllegalStateException(key.id() + " is no successor");
        }
    }

    // ---- PUBLISH

    private void publish(ManagedKey key) {
        if (plan.isChanging(key)) {
            return;
        }
        boolean held = domain.isHeld(key.type()) && !domain.isUrgent(key.type());
        Optional<ZoneMarks> zone = domain.zone().filter(known -> held || plan.isFresh(known.locatedAt()));
        if (zone.isEmpty() && !held) {
            plan.locate(
                    plan.now,
                    List.of(new Reason(
                            () -> "the zone of " + key.record().owner() + " is to be found at the primary")));
        } else {
            addUnlessHeld(
                    key.type(),
                    plan.change(
                            Verb.PUBLISH,
                            key,
                            Change.publish(key.record()),
                            key.since(),
                            List.of(new Reason("the private half is durable in the keystore"))));
        }
    }

    // ---- prove

    private void prove(ManagedKey key) {
        Propagated propagated = domain.propagated(key, plan.now);
        Optional<Instant> readyDueAt = DueTimes.readyDueAt(propagated, domain, policy);
        if (readyDueAt.isEmpty()) {
            plan.askServers(key, pollAt(key), notProvenBecause(propagated));
            return;
        }
        Reason reason = waitsForCaches(propagated);
        if (plan.now.isBefore(readyDueAt.get())) {
            plan.askServers(
                    key, DueTimes.later(plan.now, Use.earlier(watchAt(key), readyDueAt.get())), List.of(reason));
        } else {
            // the look after N: soon again where a server did not answer it, and only on a clock that can be trusted
            boolean tried = propagated
                    .lookedAt()
                    .filter(at -> !at.isBefore(readyDueAt.get()))
                    .isPresent();
            Instant dueAt = tried ? pollAt(key) : readyDueAt.get();
            plan.addGuarded(Plan.look(
                    Verb.ASK_SERVERS,
                    Optional.of(key.id()),
                    plan.zone(),
                    dueAt,
                    tried ? notProvenBecause(propagated) : List.of(reason)));
        }
    }

    private Reason waitsForCaches(Propagated propagated) {
        ZoneMarks zone = domain.zone().orElseThrow();
        String parent = zone.cut()
                .filter(cut -> plan.now.isBefore(DueTimes.parentForgottenAt(cut, policy)))
                .map(cut -> ", not before " + DueTimes.parentForgottenAt(cut, policy) + " (the parent zone's N = "
                        + cut.parentNegativeTtlSeconds() + " s and margin after the zone cut was first seen)")
                .orElse("");
        return new Reason(
                () -> "every server was proven at " + propagated.everywhereAt().orElseThrow()
                        + "; READY " + DueTimes.publishWait(zone, policy).toSeconds() + " s later: negative TTL N = "
                        + zone.negativeTtl().seconds() + " s and margin" + parent + ", then one more look");
    }

    private Instant watchAt(ManagedKey key) {
        return key.propagated().lookedAt().orElse(key.since()).plus(plan.settings.auditInterval());
    }

    // ---- flip

    /** Not while a rollback goes another way: signers would be told in turns. */
    private void flipIfIncoming(ManagedKey key) {
        if (domain.incoming(key.type()).filter(key::equals).isPresent()) {
            flip(key);
        } else {
            watch(key);
        }
    }

    private void watch(ManagedKey key) {
        plan.askServers(key, watchAt(key), List.of(new Reason("a READY key is looked at steadily")));
    }

    private void flip(ManagedKey key) {
        boolean begun = ManagedDomain.isFlipBegun(key);
        boolean urgent = domain.isUrgent(key.type());
        if (begun || urgent) {
            tell(key, begun ? key.since() : plan.now, flipReason(key), true);
            return;
        }
        Instant dueAt = DueTimes.activateDueAt(key, domain, policy, plan.now);
        Optional<Reason> held = plan.heldBecause(key.type()).or(plan::breakerOpen);
        Instant freed = DueTimes.later(dueAt, plan.brakes.flipsHeldUntil().orElse(dueAt));
        if (held.isPresent()) {
            announce(key, RotationRunner.NEVER, List.of(flipReason(key), held.get()));
        } else if (freed.isAfter(plan.now)) {
            announce(
                    key,
                    freed,
                    freed.equals(dueAt) ? List.of(flipReason(key)) : List.of(flipReason(key), capped(freed)));
        } else {
            tell(key, dueAt, flipReason(key), domain.rotateNow(key.type()).isPresent());
        }
    }

    private static Reason capped(Instant freed) {
        return new Reason(() -> "the fleet's caps and canaries hold flips until " + freed);
    }

    private void announce(ManagedKey key, Instant dueAt, List<Reason> because) {
        for (SignerId signer : plan.settings.signers()) {
            plan.addGuarded(Plan.act(Verb.ACTIVATE, key, Target.signer(signer), dueAt, because));
        }
        watch(key);
    }

    /** A rollback goes on whatever else holds the chain; its record is proven as that of a new key is. */
    private void flipBack(ManagedKey key) {
        Order order = domain.openOrder(Order.Kind.ROLL_BACK).orElseThrow();
        Propagated propagated = domain.propagated(key, plan.now);
        Optional<Instant> readyDueAt = DueTimes.readyDueAt(propagated, domain, policy);
        if (ManagedDomain.isFlipBegun(key)
                || readyDueAt.filter(at -> !plan.now.isBefore(at)).isPresent()) {
            tell(key, order.askedAt(), Plan.ordered(order), true);
        } else {
            Instant dueAt = readyDueAt.map(at -> Use.earlier(at, watchAt(key))).orElseGet(() -> pollAt(key));
            plan.askServers(key, dueAt, notProvenBecause(propagated));
        }
    }

    /** Tells each signer that does not use it yet, on evidence of this very pass. */
    private void tell(ManagedKey key, Instant dueAt, Reason reason, boolean whateverTheClock) {
        Propagated propagated = domain.propagated(key, plan.now);
        if (!ManagedDomain.isFlipBegun(key) && wasLookedAtBeforeTheOrder(key)) {
            plan.askServers(
                    key, DueTimes.later(key.since(), lookedAt(key).plus(FIRST_POLL)), evidence(propagated, reason));
        } else if (!propagated.exactEverywhere() || !plan.isFresh(lookedAt(key))) {
            plan.askServers(key, pollAt(key), evidence(propagated, reason));
        } else {
            completeIfAllUse(key, reason);
            for (SignerId signer : plan.settings.signers()) {
                if (key.isUsedBy(signer)) {
                    continue;
                }
                if (isYetToBeLookedAt(key, signer)) {
                    Reason before = new Reason(() -> "what signer " + signer + " uses now is seen before it is told");
                    plan.add(Plan.askSigner(signer, dueAt, List.of(reason, before)));
                } else {
                    plan.add(
                            whateverTheClock,
                            Plan.act(Verb.ACTIVATE, key, Target.signer(signer), dueAt, List.of(reason)));
                }
            }
        }
    }

    /** It may have fallen back to an older key since the last look: once it is told, nobody could see for how long. */
    private boolean isYetToBeLookedAt(ManagedKey key, SignerId signer) {
        Optional<Instant> lookedAt = domain.keys().stream()
                .flatMap(other -> other.useAt(signer).stream())
                .filter(use -> use.kind() != Use.Kind.MAYBE) // that it was told is no look
                .map(Use::seenAt)
                .max(Instant::compareTo);
        return key.useAt(signer).isEmpty()
                && !domain.isUrgent(key.type())
                && lookedAt.filter(at -> !plan.isFresh(at)).isPresent();
    }

    /** The last signer that counted may have been waived, or left the configuration: then a look completes the flip. */
    private void completeIfAllUse(ManagedKey key, Reason reason) {
        List<SignerId> counted = domain.signersThatCount(plan.settings, plan.now);
        if (!counted.isEmpty() && counted.stream().allMatch(key::isUsedBy)) {
            plan.add(Plan.askSigner(counted.get(0), plan.now, List.of(reason)));
        }
    }

    private Reason flipReason(ManagedKey key) {
        if (domain.isUrgent(key.type())) {
            return new Reason("the key that signs is compromised");
        }
        Optional<Order> order = domain.rotateNow(key.type());
        if (order.isPresent()) {
            return Plan.ordered(order.get());
        }
        return domain.active(key.type())
                .map(active -> new Reason(() -> "the signing period of " + active.selector() + " ends at "
                        + DueTimes.signingPeriodEndsAt(active, domain, policy)))
                .orElse(new Reason("no key signs yet, and the window is open"));
    }

    private List<Reason> evidence(Propagated propagated, Reason reason) {
        return propagated.exactEverywhere()
                ? List.of(reason, new Reason("every server is asked once more before the flip"))
                : notProvenBecause(propagated);
    }

    private static Instant lookedAt(ManagedKey key) {
        return key.propagated().lookedAt().orElse(Instant.EPOCH);
    }

    /** An order can come any time, so the last look may have missed a server that went away just before it. */
    private boolean wasLookedAtBeforeTheOrder(ManagedKey key) {
        return domain.orders().stream()
                .filter(Order::isOpen)
                .map(Order::askedAt)
                .anyMatch(askedAt -> !askedAt.isAfter(plan.now) && lookedAt(key).isBefore(askedAt));
    }

    /** Why not every server is proven, naming each that is not. */
    private List<Reason> notProvenBecause(Propagated propagated) {
        List<Reason> because = new ArrayList<>();
        propagated.problem().ifPresent(problem -> because.add(new Reason(problem)));
        propagated.servers().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> {
                    ServerProof proof = entry.getValue();
                    if (proof.verdict() != ServerProof.Verdict.EXACT) {
                        because.add(new Reason(() ->
                                entry.getKey() + " does not show it since " + proof.since() + ": " + proof.cameBack()));
                    } else if (proof.provenAt().isEmpty()) {
                        because.add(new Reason(() -> entry.getKey() + " has shown it " + proof.streak() + " of "
                                + policy.proofTimes() + " times over "
                                + policy.proofOver().toSeconds() + " s"));
                    }
                });
        return because.isEmpty() ? List.of(new Reason("every authoritative server is to be asked")) : because;
    }

    private Instant pollAt(ManagedKey key) {
        return pollAt(key, plan);
    }

    /** When to ask the servers again: fast at first, slower the longer one has been missing; evenly while exact answers are counted. */
    static Instant pollAt(ManagedKey key, Plan plan) {
        Optional<Instant> lookedAt = key.propagated().lookedAt();
        if (lookedAt.isEmpty()) {
            return key.since();
        }
        boolean counting = key.propagated().exactEverywhere();
        if (counting && !key.propagated().isCounted()) {
            return lookedAt.get().plus(LAST_POLL); // on a clock in doubt nothing is counted
        }
        RotationPolicy policy = plan.policy;
        Duration even = policy.proofOver().dividedBy(Math.max(1, policy.proofTimes() - 1));
        Duration interval = counting ? even : patience(key, lookedAt.get());
        return lookedAt.get().plus(Plan.within(interval, FIRST_POLL, LAST_POLL));
    }

    /** A record that is being proven has been missing since it was published: a server that has it now and then would begin anew each time. */
    private static Duration patience(ManagedKey key, Instant lookedAt) {
        Instant since = key.propagated().servers().values().stream()
                .filter(proof -> proof.verdict() != ServerProof.Verdict.EXACT)
                .map(ServerProof::since)
                .min(Instant::compareTo)
                .orElse(lookedAt);
        Instant from = key.state() == KeyState.PUBLISHED ? Use.earlier(since, key.since()) : since;
        return Duration.between(from, lookedAt).dividedBy(4);
    }
}
