package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;

/**
 * That record, its settings and a time reading in; what to do next, when, and why, out. Pure: nothing else in the daemon decides anything, and what
 * {@code explain} prints is what was decided.
 */
public final class RotationPlanner {
    /** Evidence older than this is looked at again before an act. */
    static final Duration EVIDENCE_PERIOD = Duration.ofMinutes(1);
    /** How often a key that signs, or is to sign, is looked at though nothing is due. */
    static final Duration WATCH_INTERVAL = Duration.ofMinutes(15);
    /** How soon to ask again whether the clock can be trusted, while a guard waits for that. */
    static final Duration CLOCK_INTERVAL = Duration.ofSeconds(5);

    /** How soon to ask the primary for its time again, while a guard waits for a witness. */
    static final Duration WITNESS_INTERVAL = Duration.ofSeconds(30);

    private static final Duration FIRST_POLL = Duration.ofMillis(200);
    private static final Duration LAST_POLL = Duration.ofMinutes(1);

    /** The earliest of {@link #steps}; empty when nothing will ever be due without a person. */
    public Optional<Step> next(ManagedDomain domain, DomainSettings settings, TimeReading now) {
        return steps(domain, settings, now).stream().findFirst();
    }

    /** Every step that is due or will be, the earliest first: what each chain, each open intent and each signer waits for. */
    public List<Step> steps(ManagedDomain domain, DomainSettings settings, TimeReading now) {
        return new Plan(domain, settings, now).steps();
    }

    static Step askSigner(SignerId signer, Instant dueAt, List<Reason> because) {
        return new Step(
                Verb.ASK_SIGNER,
                Optional.empty(),
                Target.signer(signer),
                Optional.empty(),
                Optional.empty(),
                dueAt,
                because);
    }

    /** The steps of one domain at one moment. */
    private static final class Plan {
        private final ManagedDomain domain;
        private final DomainSettings settings;
        private final RotationPolicy policy;
        private final TimeReading now;
        private final List<Step> steps = new ArrayList<>();

        Plan(ManagedDomain domain, DomainSettings settings, TimeReading now) {
            this.domain = domain;
            this.settings = settings;
            this.policy = settings.policy();
            this.now = now;
        }

        List<Step> steps() {
            domain.intents().forEach(this::seeWhatBecameOf);
            types().forEach(this::planChain);
            return steps.stream().sorted(Comparator.comparing(Step::dueAt)).toList();
        }

        private Set<KeyType> types() {
            Set<KeyType> types = new HashSet<>(domain.chains());
            policy.algorithms().forEach(algorithm -> types.add(algorithm.type()));
            return types;
        }

        /** An open intent is looked at; what has no look of its own is repeated as it is, for repeating it is harmless. */
        private void seeWhatBecameOf(Intent intent) {
            Step step = intent.step();
            List<Reason> because =
                    List.of(new Reason("it is not known what became of " + step.verb() + " at " + step.target()));
            switch (step.verb()) {
                case PUBLISH, WITHDRAW ->
                    addLook(Verb.ASK_PRIMARY, step.key(), step.target(), intent.lookAt(), because);
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
                case LOCATE, ASK_PRIMARY, ASK_SERVERS, ASK_SIGNER ->
                    throw new IllegalStateException("an intent to look");
            }
        }

        private void planChain(KeyType type) {
            keepSignersAtLevel(type);
            domain.successor(type).ifPresentOrElse(this::bringOn, () -> startSuccessor(type));
            domain.active(type).ifPresent(this::watchSigners);
            domain.chain(type).stream()
                    .filter(key -> key.state() == KeyState.RETIRED)
                    .forEach(this::windDown);
            domain.keys().stream()
                    .filter(key -> key.type() == type && key.state() == KeyState.REMOVED)
                    .forEach(this::endPrivateHalf);
        }

        // ---- a successor: GENERATE, PUBLISH, prove, flip

        private void startSuccessor(KeyType type) {
            Optional<KeyAlgorithm> algorithm = policy.algorithms().stream()
                    .filter(wanted -> wanted.type() == type)
                    .findFirst();
            if (algorithm.isEmpty() || domain.isHalted(type)) {
                return;
            }
            Optional<ManagedKey> active = domain.active(type);
            Optional<Order> order = domain.openOrder(Order.Kind.ROTATE_NOW);
            Instant dueAt = order.map(Order::askedAt)
                    .or(() -> active.map(key -> DueTimes.generateDueAt(key, policy)))
                    .orElse(now.at());
            Reason reason = order.map(RotationPlanner.Plan::ordered)
                    .orElse(new Reason(
                            active.isEmpty()
                                    ? "the domain has no signing key yet"
                                    : policy.standby()
                                            ? "a standby successor is wanted"
                                            : "the signing period ends at "
                                                    + DueTimes.signingPeriodEndsAt(active.get(), policy)));
            add(new Step(
                    Verb.GENERATE,
                    Optional.empty(),
                    Target.KEYSTORE,
                    algorithm,
                    Optional.empty(),
                    dueAt,
                    List.of(reason)));
        }

        private static Reason ordered(Order order) {
            return new Reason("rotate now, order " + order.number() + " by " + order.askedBy());
        }

        private void bringOn(ManagedKey key) {
            switch (key.state()) {
                case GENERATED -> publish(key);
                case PUBLISHED -> prove(key);
                case READY -> flip(key);
                case ACTIVE, RETIRED, REVOKED, REMOVED ->
                    throw new IllegalStateException(key.id() + " is no successor");
            }
        }

        private void publish(ManagedKey key) {
            if (domain.isHalted(key.type()) || intentOnZone(key).isPresent()) {
                return;
            }
            Optional<ZoneMarks> zone = domain.zone().filter(known -> isFresh(known.locatedAt()));
            if (zone.isEmpty()) {
                addLook(
                        Verb.LOCATE,
                        Optional.empty(),
                        Target.dns(settings.dns().name()),
                        now.at(),
                        List.of(new Reason("the zone of " + key.record().owner() + " is to be found at the primary")));
            } else {
                addChange(
                        Verb.PUBLISH,
                        key,
                        Change.publish(key.record()),
                        key.since(),
                        List.of(new Reason("the private half is durable in the keystore")));
            }
        }

        private void prove(ManagedKey key) {
            Optional<Instant> readyDueAt = DueTimes.readyDueAt(key, domain, policy);
            if (readyDueAt.isEmpty()) {
                askServers(key, pollAt(key), notProvenBecause(key));
                return;
            }
            ZoneMarks zone = domain.zone().orElseThrow();
            Reason reason = new Reason("every server was proven at "
                    + key.propagated().everywhereAt().orElseThrow()
                    + "; READY " + DueTimes.publishWait(zone, policy).toSeconds() + " s later: negative TTL N = "
                    + zone.negativeTtl().seconds() + " s and margin, then one more look");
            if (now.at().isBefore(readyDueAt.get())) {
                askServers(
                        key, watchAt(key).filter(readyDueAt.get()::isAfter).orElse(readyDueAt.get()), List.of(reason));
            } else {
                // the look after N: soon again where a server did not answer it, and only on a clock that can be
                // trusted
                boolean tried = key.propagated()
                        .lookedAt()
                        .filter(at -> !at.isBefore(readyDueAt.get()))
                        .isPresent();
                Instant dueAt = tried ? pollAt(key) : readyDueAt.get();
                List<Reason> because = tried ? notProvenBecause(key) : List.of(reason);
                addGuarded(look(Verb.ASK_SERVERS, Optional.of(key.id()), zoneTarget(), dueAt, because));
            }
        }

        private Optional<Instant> watchAt(ManagedKey key) {
            return key.propagated().lookedAt().map(at -> at.plus(WATCH_INTERVAL));
        }

        private void flip(ManagedKey key) {
            boolean begun = key.wasTold();
            if (!begun && domain.isHalted(key.type())) {
                watch(key);
                return;
            }
            boolean ordered = domain.openOrder(Order.Kind.ROTATE_NOW).isPresent();
            Instant dueAt = begun ? key.since() : DueTimes.activateDueAt(key, domain, policy, now.at());
            if (dueAt.isAfter(now.at())) {
                List<Reason> because = List.of(flipReason(key));
                for (SignerId signer : settings.signers()) {
                    addGuarded(act(Verb.ACTIVATE, key, Target.signer(signer), dueAt, because));
                }
                watch(key);
            } else if (!begun && wasLookedAtBeforeTheOrder(key)) {
                askServers(key, DueTimes.later(key.since(), lookedAt(key).plus(FIRST_POLL)), flipEvidence(key));
            } else if (!hasFreshExactEvidence(key)) {
                askServers(key, pollAt(key), flipEvidence(key));
            } else {
                for (SignerId signer : settings.signers()) {
                    if (!key.isUsedBy(signer)) {
                        Step step = act(Verb.ACTIVATE, key, Target.signer(signer), dueAt, List.of(flipReason(key)));
                        addEither(ordered || begun, step);
                    }
                }
            }
        }

        private Reason flipReason(ManagedKey key) {
            Optional<Order> order = domain.openOrder(Order.Kind.ROTATE_NOW);
            if (order.isPresent()) {
                return ordered(order.get());
            }
            return domain.active(key.type())
                    .map(active -> new Reason("the signing period of " + active.selector() + " ends at "
                            + DueTimes.signingPeriodEndsAt(active, policy)))
                    .orElse(new Reason("no key signs yet, and the window is open"));
        }

        private List<Reason> flipEvidence(ManagedKey key) {
            return key.propagated().exactEverywhere()
                    ? List.of(flipReason(key), new Reason("every server is asked once more before the flip"))
                    : notProvenBecause(key);
        }

        private void watch(ManagedKey key) {
            watchAt(key).ifPresent(at -> askServers(key, at, List.of(new Reason("a READY key is looked at steadily"))));
        }

        private boolean hasFreshExactEvidence(ManagedKey key) {
            return key.propagated().exactEverywhere()
                    && key.propagated().lookedAt().filter(this::isFresh).isPresent();
        }

        private static Instant lookedAt(ManagedKey key) {
            return key.propagated().lookedAt().orElse(Instant.EPOCH);
        }

        /** An order can come any time, so the last look may have missed a server that went away just before it. */
        private boolean wasLookedAtBeforeTheOrder(ManagedKey key) {
            return domain.openOrder(Order.Kind.ROTATE_NOW)
                    .filter(order -> key.propagated()
                            .lookedAt()
                            .filter(at -> !at.isBefore(order.askedAt()))
                            .isEmpty())
                    .isPresent();
        }

        /** Why not every server is proven, naming each that is not. */
        private List<Reason> notProvenBecause(ManagedKey key) {
            Propagated propagated = key.propagated();
            List<Reason> because = new ArrayList<>();
            propagated.problem().ifPresent(problem -> because.add(new Reason(problem)));
            propagated.servers().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(entry -> {
                        ServerProof proof = entry.getValue();
                        if (proof.verdict() != ServerProof.Verdict.EXACT) {
                            because.add(new Reason(entry.getKey() + " does not show it since " + proof.since() + ": "
                                    + proof.cameBack()));
                        } else if (proof.provenAt().isEmpty()) {
                            because.add(new Reason(entry.getKey() + " has shown it " + proof.streak() + " of "
                                    + policy.proofTimes() + " times over "
                                    + policy.proofOver().toSeconds() + " s"));
                        }
                    });
            return because.isEmpty() ? List.of(new Reason("every authoritative server is to be asked")) : because;
        }

        /** When to ask the servers again: fast at first, slower the longer one has been missing; evenly while exact answers are counted. */
        private Instant pollAt(ManagedKey key) {
            Optional<Instant> lookedAt = key.propagated().lookedAt();
            if (lookedAt.isEmpty()) {
                return key.since();
            }
            boolean counting = key.propagated().exactEverywhere();
            Duration interval = counting ? countInterval() : patience(key, lookedAt.get());
            return key.propagated().exactEverywhere() && !isFresh(lookedAt.get())
                    ? now.at()
                    : lookedAt.get().plus(interval);
        }

        private Duration countInterval() {
            Duration even = policy.proofOver().dividedBy(Math.max(1, policy.proofTimes() - 1));
            return even.compareTo(FIRST_POLL) < 0 ? FIRST_POLL : even.compareTo(LAST_POLL) > 0 ? LAST_POLL : even;
        }

        private static Duration patience(ManagedKey key, Instant lookedAt) {
            Instant since = key.propagated().servers().values().stream()
                    .filter(proof -> proof.verdict() != ServerProof.Verdict.EXACT)
                    .map(ServerProof::since)
                    .min(Instant::compareTo)
                    .orElse(lookedAt);
            Duration quarter = Duration.between(since, lookedAt).dividedBy(4);
            return quarter.compareTo(FIRST_POLL) < 0
                    ? FIRST_POLL
                    : quarter.compareTo(LAST_POLL) > 0 ? LAST_POLL : quarter;
        }

        private void askServers(ManagedKey key, Instant dueAt, List<Reason> because) {
            addLook(Verb.ASK_SERVERS, Optional.of(key.id()), zoneTarget(), dueAt, because);
        }

        // ---- signers: each is told again what it shall use, until it does

        /** A signer that does not use the chain's ACTIVE key, or uses another one besides, is told; where nothing shall sign, it is told that. */
        private void keepSignersAtLevel(KeyType type) {
            Optional<ManagedKey> signing = domain.signing(type);
            if (signing.filter(key -> key.state() == KeyState.READY).isPresent()) {
                return; // a flip is under way: flip(key) tells them, on fresh evidence
            }
            for (SignerId signer : settings.signers()) {
                Optional<ManagedKey> stray = domain.chain(type).stream()
                        .filter(key -> !signing.equals(Optional.of(key)) && key.mayBeSigningAt(signer))
                        .findFirst();
                if (signing.isPresent()) {
                    tellAgain(signing.get(), signer, stray);
                } else {
                    stray.ifPresent(key -> add(act(
                            Verb.STOP_SIGNING,
                            key,
                            Target.signer(signer),
                            now.at(),
                            List.of(new Reason(
                                    key.selector() + " is " + key.state() + " and no other key is there to sign")))));
                }
            }
        }

        private void tellAgain(ManagedKey signing, SignerId signer, Optional<ManagedKey> stray) {
            if (!signing.isUsedBy(signer) || stray.isPresent()) {
                String text = stray.map(key -> "signer " + signer + " may still use " + key.selector())
                        .orElse("signer " + signer + " does not use " + signing.selector());
                add(act(Verb.ACTIVATE, signing, Target.signer(signer), now.at(), List.of(new Reason(text))));
            }
        }

        private void watchSigners(ManagedKey active) {
            for (SignerId signer : settings.signers()) {
                active.useAt(signer)
                        .filter(use -> use.kind() == Use.Kind.USING)
                        .ifPresent(use -> add(askSigner(
                                signer,
                                use.seenAt().plus(WATCH_INTERVAL),
                                List.of(new Reason("a signer is looked at steadily")))));
            }
        }

        // ---- a retired key: keep, withdraw, prove it gone; forget and destroy its private half

        private void windDown(ManagedKey key) {
            endPrivateHalf(key);
            boolean stillThere = key.standing().isPresent()
                    || key.onPrimary().flatMap(PrimaryLook::found).isPresent();
            if (!stillThere) {
                askServers(key, pollAt(key), List.of(new Reason("it was withdrawn; no server may answer it any more")));
            } else if (!domain.isHalted(key.type()) && intentOnZone(key).isEmpty()) {
                withdraw(key);
            }
        }

        private Optional<Intent> intentOnZone(ManagedKey key) {
            return domain.intentOn(Optional.of(key.id()), zoneTarget());
        }

        private void withdraw(ManagedKey key) {
            Optional<Instant> dueAt = DueTimes.withdrawDueAt(key, policy);
            if (dueAt.isEmpty()) {
                sayWhichSignerIsGone(key);
                return;
            }
            List<Reason> because = List.of(new Reason(
                    "last possible signature at " + key.lastSignatureAt().orElseThrow() + " + grace "
                            + policy.gracePeriod().toSeconds() + " s + margin "
                            + policy.graceMargin().toSeconds() + " s"));
            if (now.at().isBefore(dueAt.get())) {
                addGuarded(change(Verb.WITHDRAW, key, Change.withdraw(key.record()), dueAt.get(), because));
                return;
            }
            List<SignerId> unproven = settings.signers().stream()
                    .filter(signer -> !isFreshlyUnused(key, signer))
                    .toList();
            if (!unproven.isEmpty()) {
                unproven.stream()
                        .filter(signer -> isToBeAsked(key, signer))
                        .forEach(signer -> addGuarded(askSigner(
                                signer,
                                dueAt.get(),
                                List.of(new Reason("before " + key.selector() + " is withdrawn, signer " + signer
                                        + " must prove what it uses")))));
                return;
            }
            Optional<PrimaryLook> look = key.onPrimary().filter(seen -> isFresh(seen.seenAt()));
            Step step = look.isEmpty()
                    ? look(Verb.ASK_PRIMARY, Optional.of(key.id()), zoneTarget(), dueAt.get(), because)
                    : change(Verb.WITHDRAW, key, Change.withdraw(asSplit(key, look.get())), dueAt.get(), because);
            addGuarded(step);
        }

        /** The split just read is part of the compare-and-swap; where nothing was read, the update finds it done. */
        private static TxtRRset asSplit(ManagedKey key, PrimaryLook look) {
            return look.found().orElse(key.record());
        }

        /** keepSignersAtLevel is at work on the signers that are configured; one that is not can no longer be told. */
        private void sayWhichSignerIsGone(ManagedKey key) {
            key.uses().keySet().stream()
                    .filter(signer ->
                            key.mayBeSigningAt(signer) && !settings.signers().contains(signer))
                    .forEach(signer -> add(change(
                            Verb.WITHDRAW,
                            key,
                            Change.withdraw(key.record()),
                            RotationRunner.NEVER,
                            List.of(new Reason("signer " + signer
                                    + " is no longer configured for this domain and may still sign with "
                                    + key.selector() + "; configure it again until it was seen to have stopped")))));
        }

        /** Whether there is something to ask: a signer that does not use the ACTIVE key is being told, and shows then. */
        private boolean isToBeAsked(ManagedKey key, SignerId signer) {
            return domain.active(key.type())
                    .map(active -> active.isUsedBy(signer))
                    .orElse(true);
        }

        /** I14: seen within a minute not to use it, and to use the chain's ACTIVE key, if there is one, with a signature that verified. */
        private boolean isFreshlyUnused(ManagedKey key, SignerId signer) {
            boolean unused = key.useAt(signer)
                    .map(use -> use.kind() == Use.Kind.STOPPED && isFresh(use.seenAt()))
                    .orElse(true);
            return unused
                    && domain.active(key.type())
                            .map(active -> active.useAt(signer)
                                    .filter(use -> use.kind() == Use.Kind.USING && isFresh(use.seenAt()))
                                    .isPresent())
                            .orElse(true);
        }

        /** Any signer may have laid a copy down from READY on, also one whose order then came to nothing. */
        private static boolean mayHoldACopy(ManagedKey key, SignerId signer) {
            return key.reachedAt(KeyState.READY).isPresent() && !key.forgotten().contains(signer);
        }

        private void endPrivateHalf(ManagedKey key) {
            if (key.custody() != Custody.HELD) {
                return;
            }
            DueTimes.destroyDueAt(key, policy).ifPresent(dueAt -> {
                List<Reason> because = List.of(new Reason("no signature by it is possible since "
                        + key.lastSignatureAt().orElseThrow() + ", and the rollback period is over"));
                List<SignerId> holders = settings.signers().stream()
                        .filter(signer -> mayHoldACopy(key, signer))
                        .toList();
                if (holders.isEmpty()) {
                    addGuarded(act(Verb.DESTROY, key, Target.KEYSTORE, dueAt, because));
                }
                holders.forEach(signer -> addGuarded(act(Verb.FORGET, key, Target.signer(signer), dueAt, because)));
            });
        }

        // ---- making steps

        private Target zoneTarget() {
            return domain.zone()
                    .map(zone -> Target.zone(settings.dns().name(), zone.apex()))
                    .orElse(Target.dns(settings.dns().name()));
        }

        private static Step look(Verb verb, Optional<KeyId> key, Target target, Instant dueAt, List<Reason> because) {
            return new Step(verb, key, target, Optional.empty(), Optional.empty(), dueAt, because);
        }

        private static Step act(Verb verb, ManagedKey key, Target target, Instant dueAt, List<Reason> because) {
            return new Step(verb, Optional.of(key.id()), target, Optional.empty(), Optional.empty(), dueAt, because);
        }

        private Step change(Verb verb, ManagedKey key, Change change, Instant dueAt, List<Reason> because) {
            return new Step(
                    verb, Optional.of(key.id()), zoneTarget(), Optional.empty(), Optional.of(change), dueAt, because);
        }

        private void addChange(Verb verb, ManagedKey key, Change change, Instant dueAt, List<Reason> because) {
            add(change(verb, key, change, dueAt, because));
        }

        private void addLook(Verb verb, Optional<KeyId> key, Target target, Instant dueAt, List<Reason> because) {
            add(look(verb, key, target, dueAt, because));
        }

        private void addEither(boolean whateverTheClock, Step step) {
            if (whateverTheClock) {
                add(step);
            } else {
                addGuarded(step);
            }
        }

        /** A step whose due time is a guard: on a clock that cannot be trusted it is not reached, and the primary is asked for its time. */
        private void addGuarded(Step step) {
            if (now.trusted()) {
                add(step);
                return;
            }
            List<Reason> because = new ArrayList<>(step.because());
            because.add(new Reason(
                    "the clock cannot be trusted yet, so that no wait is over before a witness agrees with it"));
            Instant again = DueTimes.later(step.dueAt(), now.at().plus(CLOCK_INTERVAL));
            add(new Step(step.verb(), step.key(), step.target(), step.algorithm(), step.change(), again, because));
            if (!step.dueAt().isAfter(now.at())) {
                Instant witnessAt = domain.zone()
                        .map(zone -> zone.locatedAt().plus(WITNESS_INTERVAL))
                        .orElse(now.at());
                addLook(Verb.LOCATE, Optional.empty(), Target.dns(settings.dns().name()), witnessAt, because);
            }
        }

        /** An open intent bars its own key and target. */
        private void add(Step step) {
            boolean barred = !step.verb().looks()
                    && domain.intents().stream()
                            .anyMatch(intent -> intent.step().bars(step));
            if (!barred) {
                steps.add(withWait(step));
            }
        }

        private Step withWait(Step step) {
            return domain.waitOf(step)
                    .filter(wait -> wait.retryAt().isAfter(step.dueAt()))
                    .map(wait -> {
                        List<Reason> because = new ArrayList<>(step.because());
                        because.add(wait.waitingFor());
                        return new Step(
                                step.verb(),
                                step.key(),
                                step.target(),
                                step.algorithm(),
                                step.change(),
                                wait.retryAt(),
                                because);
                    })
                    .orElse(step);
        }

        private boolean isFresh(Instant seenAt) {
            // evidence from the future was seen by a clock that has been put back since
            return !seenAt.isAfter(now.at()) && now.at().isBefore(seenAt.plus(EVIDENCE_PERIOD));
        }
    }
}
