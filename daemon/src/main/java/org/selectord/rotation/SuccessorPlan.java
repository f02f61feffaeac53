package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Change;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
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
        Step generate = Plan.generate(algorithm.get(), dueAt, List.of(startReason(active, order, urgent)));
        Optional<Reason> held = heldBecause(type);
        if (held.isPresent()) {
            plan.addHeld(generate, held.get());
        } else if (plan.settings.ring().isPresent()) {
            startInRing(generate, RingSelector.of(plan.settings.ring().get(), type, domain, policy));
        } else {
            plan.add(generate);
        }
    }

    /** Never in place: a selector has its next key once no cache can know its last one any more. */
    private void startInRing(Step generate, List<RingSelector> ring) {
        Optional<Instant> freeAt = ring.stream().findFirst().flatMap(RingSelector::freeAt);
        Reason waits = new Reason(() -> "a selector of the ring is waited for: "
                + ring.stream()
                        .map(each -> each.text(domain, plan.settings, plan.now))
                        .collect(Collectors.joining("; ")));
        if (freeAt.isEmpty()) {
            plan.addHeld(generate, waits);
        } else if (freeAt.get().isAfter(generate.dueAt())) {
            plan.addGuarded(generate.waiting(freeAt.get(), waits));
        } else {
            plan.add(freeAt.get().equals(Instant.EPOCH), generate);
        }
    }

    private Optional<Reason> heldBecause(KeyType type) {
        return domain.mayPassHolds(type) ? Optional.empty() : plan.heldBecause(type);
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

    /** Not while a key is adopted: the zone is located for that without a look at what stands in the way of a new record. */
    private void publish(ManagedKey key) {
        if (plan.isChanging(key) || domain.openOrder(Order.Kind.ADOPT).isPresent()) {
            return;
        }
        boolean held = domain.isHeld(key.type()) && !domain.mayPassHolds(key.type());
        Optional<ZoneMarks> zone = domain.zone().filter(known -> held || plan.isFresh(known.locatedAt()));
        if (zone.isEmpty() && !held) {
            plan.locate(
                    plan.now,
                    List.of(new Reason(
                            () -> "the zone of " + key.record().owner() + " is to be found at the primary")));
        } else {
            Step publish = plan.change(
                    Verb.PUBLISH,
                    key,
                    Change.publish(key.record()),
                    key.since(),
                    List.of(new Reason("the private half is durable in the keystore")));
            heldBecause(key.type()).ifPresentOrElse(why -> plan.addHeld(publish, why), () -> plan.add(publish));
        }
    }

    // ---- prove

    private void prove(ManagedKey key) {
        Propagated propagated = domain.propagated(key, plan.now);
        Optional<Instant> readyDueAt = DueTimes.readyDueAt(propagated, domain, policy);
        if (readyDueAt.isEmpty()) {
            ask(key, sight -> pollAt(sight, key), propagated);
            return;
        }
        Reason reason = waitsForCaches(propagated);
        if (plan.now.isBefore(readyDueAt.get())) {
            Instant dueAt = DueTimes.later(plan.now, Use.earlier(watchAt(key.propagated(), key), readyDueAt.get()));
            plan.askServers(key, dueAt, List.of(reason));
        } else {
            // the look after N: soon again where a server did not answer it, and only on a clock that can be trusted
            for (Sight sight : sights(key)) {
                boolean tried = sight.shown()
                        .lookedAt()
                        .filter(at -> !at.isBefore(readyDueAt.get()))
                        .isPresent();
                plan.addGuarded(
                        tried
                                ? sight.look(pollAt(sight, key), notProvenBecause(key, propagated))
                                : sight.look(readyDueAt.get(), List.of(reason)));
            }
        }
    }

    /** One of the looks that a proof consists of, and what it has shown. */
    private record Sight(Verb verb, Optional<KeyId> key, Target target, Propagated shown) {
        Step look(Instant dueAt, List<Reason> because) {
            return Plan.look(verb, key, target, dueAt, because);
        }
    }

    /** At the servers of our zone; and, where an alias leads to the record, at those of the zone that has it: each is asked by itself. */
    private List<Sight> sights(ManagedKey key) {
        Sight own = new Sight(Verb.ASK_SERVERS, Optional.of(key.id()), plan.zone(), key.propagated());
        return key.isAliased() && plan.settings.ring().isPresent()
                ? List.of(
                        own,
                        new Sight(Verb.ASK_ALIASES, Optional.empty(), Target.aliases(domain.name()), domain.alias(key)))
                : List.of(own);
    }

    private void ask(ManagedKey key, Function<Sight, Instant> dueAt, Propagated propagated) {
        ask(key, dueAt, notProvenBecause(key, propagated));
    }

    private void ask(ManagedKey key, Function<Sight, Instant> dueAt, List<Reason> because) {
        sights(key).forEach(sight -> plan.add(sight.look(dueAt.apply(sight), because)));
    }

    private Reason waitsForCaches(Propagated propagated) {
        String parent = domain.zones().stream()
                .flatMap(zone -> zone.cut().stream())
                .filter(cut -> plan.now.isBefore(DueTimes.parentForgottenAt(cut, policy)))
                .findFirst()
                .map(cut -> ", not before " + DueTimes.parentForgottenAt(cut, policy) + " (the parent zone's N = "
                        + cut.parentNegativeTtlSeconds() + " s and margin after the zone cut was first seen)")
                .orElse("");
        return new Reason(
                () -> "every server was proven at " + propagated.everywhereAt().orElseThrow()
                        + "; READY " + DueTimes.publishWait(domain, policy).toSeconds() + " s later: negative TTL N = "
                        + DueTimes.negativeTtl(domain).toSeconds() + " s and margin" + parent + ", then one more look");
    }

    private Instant watchAt(Propagated shown, ManagedKey key) {
        return watchAt(shown, key, plan);
    }

    private static Instant watchAt(Propagated shown, ManagedKey key, Plan plan) {
        return shown.lookedAt().orElse(key.since()).plus(plan.settings.auditInterval());
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
        plan.askServers(key, watchAt(key.propagated(), key), List.of(new Reason("a READY key is looked at steadily")));
    }

    private void flip(ManagedKey key) {
        boolean begun = ManagedDomain.isFlipBegun(key);
        if (begun || domain.mayPassHolds(key.type())) {
            tell(key, begun ? key.since() : plan.now, flipReason(key), true);
            return;
        }
        Instant dueAt = DueTimes.activateDueAt(key, domain, policy, plan.now);
        Optional<Reason> held = plan.heldBecause(key.type()).or(plan::breakerOpen);
        Optional<Brakes.Held> capped =
                plan.brakes.flips().filter(brake -> brake.until().isAfter(dueAt));
        Instant freed = capped.map(Brakes.Held::until).orElse(dueAt);
        if (held.isPresent()) {
            announce(key, RotationRunner.NEVER, List.of(flipReason(key), held.get()));
        } else if (freed.isAfter(plan.now)) {
            announce(
                    key,
                    freed,
                    Stream.concat(Stream.of(flipReason(key)), capped.stream().map(SuccessorPlan::waitsFor))
                            .toList());
        } else {
            tell(key, dueAt, flipReason(key), domain.rotateNow(key.type()).isPresent());
        }
    }

    private static Reason waitsFor(Brakes.Held brake) {
        return new Reason(() -> "waits for " + brake.why() + "; looked at again at " + brake.until());
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
            tell(key, Use.earlier(order.askedAt(), plan.now), Plan.ordered(order), true);
        } else {
            proveAnew(key, propagated);
        }
    }

    /** A record that stood before is proven as that of a new key is. */
    private void proveAnew(ManagedKey key, Propagated propagated) {
        Optional<Instant> readyDueAt = DueTimes.readyDueAt(propagated, domain, policy);
        ask(
                key,
                sight -> lookAt(readyDueAt, sight.shown(), key, plan).orElseGet(() -> pollAt(sight, key)),
                readyDueAt.isPresent() ? List.of(waitsForCaches(propagated)) : notProvenBecause(key, propagated));
    }

    /** The same for one that signs already. */
    static Instant provenAnewAt(ManagedKey key, Plan plan) {
        Propagated propagated = plan.domain.propagated(key, plan.now);
        boolean own = key.propagated().exactEverywhere()
                && key.propagated().everywhereAt().isPresent();
        return lookAt(DueTimes.readyDueAt(propagated, plan.domain, plan.policy), key.propagated(), key, plan)
                .orElseGet(() -> own ? watchAt(key.propagated(), key, plan) : pollAt(key, plan));
    }

    private static Optional<Instant> lookAt(Optional<Instant> readyDueAt, Propagated shown, ManagedKey key, Plan plan) {
        return readyDueAt.filter(plan.now::isBefore).map(at -> Use.earlier(at, watchAt(shown, key, plan)));
    }

    /** Tells each signer that does not use it yet, on evidence of this very pass. */
    private void tell(ManagedKey key, Instant dueAt, Reason reason, boolean whateverTheClock) {
        Propagated propagated = domain.propagated(key, plan.now);
        boolean proven = isProvenForOneMore(key, dueAt);
        if (!ManagedDomain.isFlipBegun(key) && wasLookedAtBeforeTheOrder(propagated)) {
            ask(
                    key,
                    sight -> DueTimes.later(key.since(), lookedAt(sight.shown()).plus(FIRST_POLL)),
                    evidence(key, propagated, reason));
        } else if (!propagated.exactEverywhere() || !plan.isFresh(lookedAt(propagated))) {
            if (proven) {
                ask(key, sight -> pollAt(sight, key), evidence(key, propagated, reason));
            } else {
                proveAnew(key, propagated);
            }
        } else {
            completeIfAllUse(key, reason);
            for (SignerId signer : plan.settings.signers()) {
                if (key.isUsedBy(signer)) {
                    continue;
                }
                if (!proven && !key.mayBeSigningAt(signer)) {
                    proveAnew(key, propagated);
                } else if (isYetToBeLookedAt(key, signer)) {
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

    /** In mid-flip: what a server lost, caches may deny, while the signers that are not told yet sign with what verifies. */
    private boolean isProvenForOneMore(ManagedKey key, Instant dueAt) {
        return !ManagedDomain.isFlipBegun(key)
                || domain.isUrgent(key.type())
                || plan.isProvenSince(key, key.state() == KeyState.READY ? key.since() : dueAt);
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

    private List<Reason> evidence(ManagedKey key, Propagated propagated, Reason reason) {
        return propagated.exactEverywhere()
                ? List.of(reason, new Reason("every server is asked once more before the flip"))
                : notProvenBecause(key, propagated);
    }

    private static Instant lookedAt(Propagated shown) {
        return shown.lookedAt().orElse(Instant.EPOCH);
    }

    /** An order can come any time, so the last look may have missed a server that went away just before it. */
    private boolean wasLookedAtBeforeTheOrder(Propagated propagated) {
        return domain.orders().stream()
                .filter(Order::isOpen)
                .map(Order::askedAt)
                .anyMatch(askedAt ->
                        !askedAt.isAfter(plan.now) && lookedAt(propagated).isBefore(askedAt));
    }

    /** Why not every server is proven, naming each that is not. */
    private List<Reason> notProvenBecause(ManagedKey key, Propagated propagated) {
        List<Reason> because = new ArrayList<>();
        if (key.isAliased()) {
            domain.missingAliases(plan.settings).entrySet().stream()
                    .filter(alias -> alias.getKey().target().equals(key.record().owner()))
                    .forEach(alias -> because.add(AuditPlan.missing(alias.getKey(), alias.getValue())));
        }
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
        if (key.state() == KeyState.PUBLISHED && !because.isEmpty() && !plan.now.isBefore(DueTimes.lateAt(key))) {
            because.add(new Reason(
                    () -> "published at " + key.since() + ", which is longer ago than a change takes to reach"
                            + " every server: look at NOTIFY and zone transfers of those that lack it"));
        }
        return because.isEmpty() ? List.of(new Reason("every authoritative server is to be asked")) : because;
    }

    /** A customer may take weeks to add an alias, and the servers are not ours; what is proven itself is only watched meanwhile. */
    private Instant pollAt(Sight sight, ManagedKey key) {
        boolean proven =
                sight.shown().exactEverywhere() && sight.shown().everywhereAt().isPresent();
        if (key.isAliased() && proven && !domain.propagated(key, plan.now).exactEverywhere()) {
            return watchAt(sight.shown(), key);
        }
        boolean customers = sight.verb() == Verb.ASK_ALIASES
                && plan.settings.auditInterval().compareTo(LAST_POLL) > 0;
        return pollAt(sight.shown(), key, plan, customers ? plan.settings.auditInterval() : LAST_POLL);
    }

    static Instant pollAt(ManagedKey key, Plan plan) {
        return pollAt(key.propagated(), key, plan, LAST_POLL);
    }

    /** When to ask the servers again: fast at first, slower the longer one has been missing; evenly while exact answers are counted. */
    private static Instant pollAt(Propagated shown, ManagedKey key, Plan plan, Duration slowest) {
        Optional<Instant> lookedAt = shown.lookedAt();
        if (lookedAt.isEmpty()) {
            return key.since();
        }
        boolean counting = shown.exactEverywhere();
        if (counting && !shown.isCounted()) {
            return lookedAt.get().plus(LAST_POLL); // on a clock in doubt nothing is counted
        }
        RotationPolicy policy = plan.policy;
        Duration even = policy.proofOver().dividedBy(Math.max(1, policy.proofTimes() - 1));
        Duration interval = counting ? even : patience(shown, key, lookedAt.get());
        return lookedAt.get().plus(Plan.within(interval, FIRST_POLL, slowest));
    }

    /** A record that is being proven has been missing since it was published: a server that has it now and then would begin anew each time. */
    private static Duration patience(Propagated shown, ManagedKey key, Instant lookedAt) {
        Instant since = shown.servers().values().stream()
                .filter(proof -> proof.verdict() != ServerProof.Verdict.EXACT)
                .map(ServerProof::since)
                .min(Instant::compareTo)
                .orElse(lookedAt);
        Instant from = key.state() == KeyState.PUBLISHED ? Use.earlier(since, key.since()) : since;
        return Duration.between(from, lookedAt).dividedBy(4);
    }
}
