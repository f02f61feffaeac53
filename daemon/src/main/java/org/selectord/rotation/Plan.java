package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.Change;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;

/** The steps of one domain at one moment, as they are collected: what bars a step, what makes it wait, and whether a guard may open now. */
final class Plan {
    final ManagedDomain domain;
    final DomainSettings settings;
    final RotationPolicy policy;
    final Brakes brakes;
    final Instant now;
    private final boolean trusted;
    private final List<Step> steps = new ArrayList<>();

    Plan(ManagedDomain domain, DomainSettings settings, Brakes brakes, TimeReading now) {
        this.domain = domain;
        this.settings = settings;
        this.policy = settings.policy();
        this.brakes = brakes;
        this.now = now.at();
        this.trusted = now.trusted();
    }

    List<Step> steps() {
        domain.keyElsewhere(settings).ifPresentOrElse(this::leaveAlone, this::goOn);
        steps.sort(Comparator.comparing(Step::dueAt));
        return steps;
    }

    /** Its zone would be looked for at the wrong place, by us and in the proof of its mail: nothing is concluded, and what stands and signs goes on. */
    private void leaveAlone(ManagedKey elsewhere) {
        Reason moved = new Reason(() -> settings.saysElsewhere(elsewhere));
        for (KeyType type : types()) {
            domain.successor(type)
                    .map(key -> act(
                            Verb.ACTIVATE, key, Target.signer(settings.signers().get(0)), now, List.of()))
                    .or(() -> policy.algorithm(type).map(algorithm -> generate(algorithm, now, List.of())))
                    .ifPresent(step -> addHeld(step, moved));
        }
    }

    private void goOn() {
        domain.intents().forEach(this::seeWhatBecameOf);
        domain.openOrder(Order.Kind.ADOPT).ifPresent(this::adopt);
        SuccessorPlan successors = new SuccessorPlan(this);
        SignerPlan signers = new SignerPlan(this);
        AuditPlan audit = new AuditPlan(this);
        audit.planZone();
        EndPlan ends = new EndPlan(this);
        for (KeyType type : types()) {
            signers.plan(type);
            successors.plan(type);
        }
        for (ManagedKey key : domain.keys()) {
            audit.plan(key);
            ends.plan(key);
        }
        audit.planAliases();
    }

    private Set<KeyType> types() {
        Set<KeyType> types = EnumSet.noneOf(KeyType.class);
        types.addAll(domain.chains());
        types.addAll(policy.chains());
        return types;
    }

    /** An open intent is looked at; what has no look of its own is repeated as it is, for repeating it is harmless. */
    private void seeWhatBecameOf(Intent intent) {
        Step step = intent.step();
        Verb verb = step.verb();
        Target target = step.target();
        List<Reason> because = List.of(new Reason(() -> "it is not known what became of " + verb + " at " + target));
        switch (verb) {
            case PUBLISH, REVOKE, WITHDRAW ->
                add(look(Verb.ASK_PRIMARY, step.key(), step.target(), intent.lookAt(), because));
            case ACTIVATE, STOP_SIGNING ->
                add(askSigner(ManagedDomain.signerOf(step.target()), intent.lookAt(), because));
            case GENERATE, FORGET, DESTROY ->
                steps.add(withWait(new Step(
                        step.verb(),
                        step.key(),
                        step.target(),
                        step.algorithm(),
                        step.change(),
                        intent.lookAt(),
                        because)));
            case LOCATE, ASK_PRIMARY, ASK_SERVERS, ASK_ALIASES, ASK_SIGNER, ADOPT ->
                throw new IllegalStateException("an intent to look");
        }
    }

    private void adopt(Order order) {
        List<Reason> because = List.of(ordered(order));
        if (domain.zone().filter(known -> isFresh(known.locatedAt())).isEmpty()) {
            locate(now, because);
        } else {
            add(look(Verb.ADOPT, Optional.empty(), zone(), now, because));
        }
    }

    // ---- making steps

    static Reason ordered(Order order) {
        return new Reason(
                () -> order.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ') + ", order "
                        + order.number() + " by " + order.askedBy());
    }

    static Step look(Verb verb, Optional<KeyId> key, Target target, Instant dueAt, List<Reason> because) {
        return new Step(verb, key, target, Optional.empty(), Optional.empty(), dueAt, because);
    }

    static Step askSigner(SignerId signer, Instant dueAt, List<Reason> because) {
        return look(Verb.ASK_SIGNER, Optional.empty(), Target.signer(signer), dueAt, because);
    }

    static Step generate(KeyAlgorithm algorithm, Instant dueAt, List<Reason> because) {
        return new Step(
                Verb.GENERATE,
                Optional.empty(),
                Target.KEYSTORE,
                Optional.of(algorithm),
                Optional.empty(),
                dueAt,
                because);
    }

    static Step act(Verb verb, ManagedKey key, Target target, Instant dueAt, List<Reason> because) {
        return new Step(verb, Optional.of(key.id()), target, Optional.empty(), Optional.empty(), dueAt, because);
    }

    Step change(Verb verb, ManagedKey key, Change change, Instant dueAt, List<Reason> because) {
        return new Step(verb, Optional.of(key.id()), zone(), Optional.empty(), Optional.of(change), dueAt, because);
    }

    void askServers(ManagedKey key, Instant dueAt, List<Reason> because) {
        add(look(Verb.ASK_SERVERS, Optional.of(key.id()), zone(), dueAt, because));
    }

    void askAliases(Instant dueAt, List<Reason> because) {
        add(look(Verb.ASK_ALIASES, Optional.empty(), Target.aliases(domain.name()), dueAt, because));
    }

    Step askPrimary(ManagedKey key, Instant dueAt, List<Reason> because) {
        return look(Verb.ASK_PRIMARY, Optional.of(key.id()), zone(), dueAt, because);
    }

    void locate(Instant dueAt, List<Reason> because) {
        add(look(Verb.LOCATE, Optional.empty(), Target.dns(settings.dns().name()), dueAt, because));
    }

    Target zone() {
        return domain.zone()
                .map(known -> settings.ring().isPresent()
                        ? Target.aliasedZone(settings.dns().name(), known.apex())
                        : Target.zone(settings.dns().name(), known.apex()))
                .orElse(Target.dns(settings.dns().name()));
    }

    /** Whether a change of the key's record is under way. */
    boolean isChanging(ManagedKey key) {
        return domain.intentOn(Optional.of(key.id()), zone()).isPresent();
    }

    /** Whether no cache can know that the record was lost: it never was since then, or was proven again and N is over. */
    boolean isProvenSince(ManagedKey key, Instant since) {
        Propagated propagated = domain.propagated(key, now);
        return propagated.everywhereAt().filter(at -> !at.isAfter(since)).isPresent()
                || DueTimes.readyDueAt(propagated, domain, policy)
                        .filter(at -> !now.isBefore(at))
                        .isPresent();
    }

    boolean isFresh(Instant seenAt) {
        // evidence from the future was seen by a clock that has been put back since
        return !seenAt.isAfter(now) && now.isBefore(seenAt.plus(RotationPlanner.EVIDENCE_PERIOD));
    }

    // ---- collecting them

    /** An open intent bars its own key and target. */
    void add(Step step) {
        boolean barred = !step.verb().looks()
                && domain.intents().stream().anyMatch(intent -> intent.step().bars(step));
        if (!barred) {
            steps.add(withWait(step));
        }
    }

    void add(boolean whateverTheClock, Step step) {
        if (whateverTheClock) {
            add(step);
        } else {
            addGuarded(step);
        }
    }

    /** A step whose due time is a guard: on a clock that cannot be trusted it is not reached, and the primary is asked for its time. */
    void addGuarded(Step step) {
        if (trusted) {
            add(step);
            return;
        }
        Reason doubt =
                new Reason("the clock cannot be trusted yet, so that no wait is over before a witness agrees with it");
        add(step.waiting(DueTimes.later(step.dueAt(), now.plus(RotationPlanner.CLOCK_INTERVAL)), doubt));
        if (!step.dueAt().isAfter(now)) {
            Instant witnessAt = domain.zone()
                    .map(zone -> zone.locatedAt().plus(RotationPlanner.WITNESS_INTERVAL))
                    .filter(at -> !at.isAfter(now.plus(RotationPlanner.WITNESS_INTERVAL)))
                    .orElse(now);
            locate(witnessAt, List.of(doubt));
        }
    }

    /** A step that comes only after a person has acted: it is shown with what it waits for, and never due. */
    void addHeld(Step step, Reason waitsFor) {
        add(step.waiting(RotationRunner.NEVER, waitsFor));
    }

    Step withWait(Step step) {
        return domain.waitOf(step)
                .filter(wait -> wait.retryAt().isAfter(step.dueAt()))
                .map(wait -> step.waiting(wait.retryAt(), wait.waitingFor()))
                .orElse(step);
    }

    /** What a person has to do before a chain goes on; empty when nothing holds it. */
    Optional<Reason> heldBecause(KeyType type) {
        return Optional.ofNullable(domain.halts().get(type))
                .map(halt -> new Reason(() -> "the chain is halted since " + halt.sinceAt() + ": "
                        + halt.reason().word() + ": " + halt.found()))
                .or(() -> domain.hold()
                        .map(hold -> new Reason(() -> "the domain is " + hold.kind() + " since " + hold.sinceAt()
                                + " by " + hold.askedBy() + "; selectorctl resume " + domain.name())));
    }

    /** What holds scheduled flips, {@code rotate now} and withdrawals of the whole fleet. */
    Optional<Reason> breakerOpen() {
        return brakes.breaker()
                .map(why -> new Reason(() -> "the fleet's breaker is open: " + why + "; selectorctl breaker reset"));
    }

    static Duration within(Duration interval, Duration first, Duration last) {
        return interval.compareTo(first) < 0 ? first : interval.compareTo(last) > 0 ? last : interval;
    }
}
