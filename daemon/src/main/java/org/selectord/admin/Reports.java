package org.selectord.admin;

import static java.util.Comparator.comparing;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.selectord.admin.api.ChainProgress;
import org.selectord.admin.api.ClockStatus;
import org.selectord.admin.api.DomainHalt;
import org.selectord.admin.api.DomainHold;
import org.selectord.admin.api.DomainList;
import org.selectord.admin.api.DomainPlan;
import org.selectord.admin.api.DomainStatus;
import org.selectord.admin.api.DomainWait;
import org.selectord.admin.api.DomainWaiver;
import org.selectord.admin.api.Explanation;
import org.selectord.admin.api.HistoryLine;
import org.selectord.admin.api.HistoryVerdict;
import org.selectord.admin.api.KeyCompromise;
import org.selectord.admin.api.KeyEvidence;
import org.selectord.admin.api.KeyMilestone;
import org.selectord.admin.api.KeyStatus;
import org.selectord.admin.api.MissingAlias;
import org.selectord.admin.api.OpenIntent;
import org.selectord.admin.api.OrderStatus;
import org.selectord.admin.api.PlannedEvent;
import org.selectord.admin.api.PlannedStep;
import org.selectord.admin.api.PrimaryEvidence;
import org.selectord.admin.api.ServerEvidence;
import org.selectord.admin.api.SignerEvidence;
import org.selectord.admin.api.SigningSelector;
import org.selectord.admin.api.ZoneEvidence;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.DomainCatalog;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.Feasibility;
import org.selectord.rotation.Fleet;
import org.selectord.rotation.FlipGate;
import org.selectord.rotation.Forecast;
import org.selectord.rotation.Foretold;
import org.selectord.rotation.Halt;
import org.selectord.rotation.HistoryCheck;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.Intent;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.PrimaryLook;
import org.selectord.rotation.Propagated;
import org.selectord.rotation.Reason;
import org.selectord.rotation.RotationPlanner;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.Step;
import org.selectord.rotation.Target;
import org.selectord.rotation.TimeReading;
import org.selectord.rotation.Verb;
import org.selectord.rotation.Wait;
import org.selectord.rotation.Waiver;

/** Says in the words of the API what is recorded, and what the planner decides about it now. Decides nothing itself. */
final class Reports {
    private static final long MOST_ROTATIONS = 1000;

    private final RotationPlanner planner;
    private final DomainCatalog catalog;
    private final Fleet fleet;
    private final ClockFace clock;
    private final Function<SigningDomain, List<String>> rights;

    Reports(
            RotationPlanner planner,
            DomainCatalog catalog,
            Fleet fleet,
            ClockFace clock,
            Function<SigningDomain, List<String>> rights) {
        this.planner = planner;
        this.catalog = catalog;
        this.fleet = fleet;
        this.clock = clock;
        this.rights = rights;
    }

    boolean isListed(SigningDomain domain) {
        return catalog.settingsOf(domain).isPresent();
    }

    DomainList list(List<ManagedDomain> page, Optional<String> next) {
        TimeReading now = clock.now();
        FlipGate gate = fleet.gate(now.at());
        return new DomainList(
                now.at(),
                clockStatus(),
                page.stream().map(domain -> status(domain, now, gate)).toList(),
                next);
    }

    ClockStatus clockStatus() {
        boolean trusted = clock.now().trusted();
        return new ClockStatus(trusted, clock.doubt(), Optional.of(clock.word()).filter(word -> trusted));
    }

    List<SignerId> signersOf(SigningDomain domain) {
        return catalog.settingsOf(domain).map(DomainSettings::signers).orElse(List.of());
    }

    DomainStatus status(ManagedDomain domain) {
        TimeReading now = clock.now();
        return status(domain, now, fleet.gate(now.at()));
    }

    private DomainStatus status(ManagedDomain domain, TimeReading now, FlipGate gate) {
        List<Step> steps = steps(domain, now, gate);
        return new DomainStatus(
                domain.name().name(),
                state(domain),
                isListed(domain.name()),
                signing(domain, now.at()),
                domain.keys().stream().map(key -> key(domain, key, steps)).toList(),
                steps.stream().findFirst().map(step -> step(domain, step)),
                halts(domain),
                waits(domain),
                hold(domain),
                waivers(domain, now.at()),
                missingAliases(domain),
                openOrders(domain, steps));
    }

    private List<MissingAlias> missingAliases(ManagedDomain domain) {
        return catalog.settingsOf(domain.name()).map(domain::missingAliases).orElse(Map.of()).entrySet().stream()
                .map(alias -> new MissingAlias(alias.getKey().toString(), alias.getValue()))
                .toList();
    }

    private List<Step> steps(ManagedDomain domain, TimeReading now) {
        return steps(domain, now, fleet.gate(now.at()));
    }

    private List<Step> steps(ManagedDomain domain, TimeReading now, FlipGate gate) {
        return catalog.settingsOf(domain.name())
                .map(known -> planner.steps(domain, known, gate.of(domain, known), now))
                .orElse(List.of());
    }

    // ---- plan

    DomainPlan plan(ManagedDomain domain, Duration period) {
        Instant from = clock.now().at();
        Optional<DomainSettings> settings = catalog.settingsOf(domain.name());
        settings.ifPresent(known -> requireFew(known.policy(), period));
        Optional<String> breaker =
                settings.flatMap(known -> fleet.gate(from).of(domain, known).breaker());
        return new DomainPlan(
                domain.name().name(),
                settings.isPresent(),
                from,
                from.plus(period),
                breaker,
                settings
                        .map(known -> Forecast.of(planner, domain, known, breaker, from, period))
                        .orElse(List.of())
                        .stream()
                        .map(Reports::event)
                        .toList());
    }

    /** So that nobody keeps the daemon busy by asking. */
    private static void requireFew(RotationPolicy policy, Duration period) {
        long rotations = period.dividedBy(new Feasibility(policy).shortestSigning());
        if (rotations > MOST_ROTATIONS) {
            throw ProblemException.badRequest(
                    "that would be " + rotations + " rotations",
                    "ask for a shorter time, of " + MOST_ROTATIONS + " at most");
        }
    }

    private static PlannedEvent event(Foretold event) {
        return new PlannedEvent(
                event.at(),
                event.key().number(),
                Optional.of(event.selector()).filter(selector -> !selector.isEmpty()),
                event.algorithm().word(),
                event.what(),
                event.afterReset(),
                texts(event.because()));
    }

    /** As the metrics count it. */
    private String state(ManagedDomain domain) {
        if (domain.hasKeys() && !isListed(domain.name())) {
            return "unlisted";
        } else if (!domain.halts().isEmpty()) {
            return "halted";
        }
        boolean signs =
                domain.chains().stream().anyMatch(type -> domain.active(type).isPresent());
        return signs ? "signing" : "waiting";
    }

    private static Stream<KeyType> chains(ManagedDomain domain) {
        return domain.chains().stream().sorted();
    }

    private static List<SigningSelector> signing(ManagedDomain domain, Instant now) {
        return chains(domain)
                .flatMap(type -> domain.active(type).stream())
                .map(key -> new SigningSelector(
                        key.type().tag(),
                        key.selector().name(),
                        key.algorithm().word(),
                        key.since(),
                        Duration.between(key.since(), now).toSeconds(),
                        warning(domain.name(), key)))
                .toList();
    }

    /** RFC 8301 section 3.2: signers SHOULD use RSA keys of at least 2048 bits; policies ask for no shorter ones. */
    private static Optional<String> warning(SigningDomain domain, ManagedKey key) {
        boolean signsThoughShort =
                key.state() == KeyState.ACTIVE && !key.algorithm().isOffered();
        return Optional.of(key.algorithm().word() + " is short, RFC 8301 asks for 2048 bits; `selectorctl rotate now "
                        + domain + "` replaces it")
                .filter(text -> signsThoughShort);
    }

    private static KeyStatus key(ManagedDomain domain, ManagedKey key, List<Step> steps) {
        Optional<PlannedStep> due = steps.stream()
                .filter(step -> step.key().equals(Optional.of(key.id())))
                .findFirst()
                .map(step -> step(domain, step));
        return new KeyStatus(
                key.id().number(),
                key.selector().name(),
                key.algorithm().word(),
                key.state().name(),
                key.since(),
                due);
    }

    private static PlannedStep step(ManagedDomain domain, Step step) {
        return new PlannedStep(
                step.verb().name(),
                selector(domain, step.key()),
                step.target().name(),
                step.dueAt(),
                texts(step.because()));
    }

    private static List<String> texts(List<Reason> because) {
        return because.stream().map(Reason::text).toList();
    }

    private static Optional<String> selector(ManagedDomain domain, Optional<KeyId> key) {
        return key.map(id -> domain.key(id).selector().name());
    }

    private static List<DomainHalt> halts(ManagedDomain domain) {
        return domain.halts().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> halt(domain.name(), entry.getKey(), entry.getValue()))
                .toList();
    }

    private static DomainHalt halt(SigningDomain domain, KeyType type, Halt halt) {
        String retry = "`selectorctl retry " + domain + "`";
        String remedy = switch (halt.reason()) {
            case FLIP_PROVEN_BAD ->
                "the signers were told back to what they used before; find out why the signature did not verify, then "
                        + retry + " makes a new key";
            case NAME_TAKEN ->
                "something that is not ours stands there and is left alone; " + retry
                        + " makes a new key with a new selector";
            case RECORD_CHANGED ->
                "somebody changed a record of ours; put back what `selectorctl explain " + domain
                        + "` shows, or remove it, then " + retry;
            case SIGNATURE_BAD ->
                "mail signed now does not verify; `selectorctl explain " + domain
                        + "` shows which server answers what. It ends by itself when the signature verifies again";
        };
        return new DomainHalt(type.tag(), halt.reason().word(), halt.found(), halt.sinceAt(), remedy);
    }

    private static Optional<DomainHold> hold(ManagedDomain domain) {
        return domain.hold()
                .map(hold -> new DomainHold(
                        hold.kind().name(),
                        hold.sinceAt(),
                        hold.askedBy(),
                        Optional.of(hold.reason()).filter(reason -> !reason.isEmpty())));
    }

    private static List<DomainWaiver> waivers(ManagedDomain domain, Instant now) {
        return domain.waivers().stream()
                .filter(waiver -> waiver.holdsAt(now))
                .sorted(comparing(Waiver::untilAt))
                .map(waiver -> new DomainWaiver(
                        waiver.kind().name(),
                        waiver.name(),
                        waiver.askedAt(),
                        waiver.untilAt(),
                        waiver.askedBy(),
                        waiver.reason()))
                .toList();
    }

    private static List<DomainWait> waits(ManagedDomain domain) {
        return domain.waits().stream()
                .sorted(comparing(Wait::retryAt))
                .map(wait -> new DomainWait(
                        wait.verb().name(),
                        selector(domain, wait.key()),
                        wait.target().name(),
                        wait.retryAt(),
                        wait.attempts(),
                        wait.waitingFor().text(),
                        wait.lookedAt()))
                .toList();
    }

    // ---- orders

    private static List<OrderStatus> openOrders(ManagedDomain domain, List<Step> steps) {
        return domain.orders().stream()
                .filter(Order::isOpen)
                .sorted(Comparator.comparingLong(Order::number))
                .map(order -> order(order, Optional.of(domain), steps))
                .toList();
    }

    /** With what its domain waits for now, while it is open. */
    OrderStatus order(Order order, Optional<ManagedDomain> domain) {
        List<Step> steps = domain.map(known -> steps(known, clock.now())).orElse(List.of());
        return order(order, domain, steps);
    }

    private static OrderStatus order(Order order, Optional<ManagedDomain> domain, List<Step> steps) {
        Optional<ManagedDomain> shown = domain.filter(known -> order.isOpen());
        return new OrderStatus(
                order.number(),
                order.domain().name(),
                order.kind().name(),
                order.detail(),
                order.isOpen() ? "OPEN" : "CLOSED",
                order.askedBy(),
                order.askedAt(),
                order.closing().map(closing -> closing.result().name()),
                order.closing().map(Order.Closing::at),
                order.closing().map(Order.Closing::why),
                domain.map(known -> reached(known, order)).orElse(List.of()),
                shown.map(known -> progress(known, steps)).orElse(List.of()),
                shown.map(Reports::halts).orElse(List.of()));
    }

    private static List<KeyMilestone> reached(ManagedDomain domain, Order order) {
        Instant until = order.closing().map(Order.Closing::at).orElse(Instant.MAX);
        return domain.keys().stream()
                .flatMap(key -> key.reachedAt().entrySet().stream()
                        .map(entry -> new KeyMilestone(
                                key.selector().name(), entry.getKey().name(), entry.getValue())))
                .filter(reached ->
                        !reached.at().isBefore(order.askedAt()) && !reached.at().isAfter(until))
                .sorted(comparing(KeyMilestone::at))
                .toList();
    }

    private static List<ChainProgress> progress(ManagedDomain domain, List<Step> steps) {
        if (domain.chains().isEmpty()) {
            return List.of(begin(domain, steps));
        }
        return chains(domain).map(type -> progress(domain, type, steps)).toList();
    }

    /** Before there is any key. */
    private static ChainProgress begin(ManagedDomain domain, List<Step> steps) {
        Optional<Step> first = steps.stream().findFirst();
        String chain = first.flatMap(Step::algorithm)
                .map(algorithm -> algorithm.type().tag())
                .orElse("");
        return progress(domain, chain, Optional.empty(), first);
    }

    private static ChainProgress progress(ManagedDomain domain, KeyType type, List<Step> steps) {
        Optional<ManagedKey> successor = domain.successor(type);
        Stream<Step> ofChain = steps.stream()
                .filter(step -> successor.isPresent()
                        ? bringsOn(successor.get(), step)
                        : step.algorithm().filter(made -> made.type() == type).isPresent());
        return progress(domain, type.tag(), successor, ofChain.findFirst());
    }

    private static boolean bringsOn(ManagedKey successor, Step step) {
        boolean itself = step.key().equals(Optional.of(successor.id()));
        boolean before = successor.state() == KeyState.GENERATED && step.verb() == Verb.LOCATE;
        boolean askedWhatBecame = successor.wasTold() && step.verb() == Verb.ASK_SIGNER;
        return itself || before || askedWhatBecame;
    }

    private static ChainProgress progress(
            ManagedDomain domain, String chain, Optional<ManagedKey> successor, Optional<Step> step) {
        Optional<KeyId> key = successor.map(ManagedKey::id);
        List<String> underWay = domain.intents().stream()
                .filter(intent -> intent.step().key().equals(key))
                .map(intent -> intent.step().verb() + " at " + intent.step().target() + " is under way")
                .toList();
        List<String> waitingFor = underWay.isEmpty()
                ? step
                        .map(next ->
                                next.verb() + " at " + next.target() + ": " + String.join("; ", texts(next.because())))
                        .stream()
                        .toList()
                : underWay;
        return new ChainProgress(
                chain,
                successor.map(known -> known.selector().name()),
                successor.map(known -> known.state().name()),
                waitingFor,
                step.map(Step::dueAt));
    }

    // ---- explain and history

    Explanation explain(ManagedDomain domain) {
        TimeReading now = clock.now();
        List<Step> steps = steps(domain, now);
        return new Explanation(
                domain.name().name(),
                now.at(),
                state(domain),
                isListed(domain.name()),
                clockStatus(),
                domain.zone()
                        .map(zone -> new ZoneEvidence(
                                zone.apex().name(), zone.negativeTtl().seconds(), zone.locatedAt())),
                rights.apply(domain.name()),
                domain.keys().stream()
                        .filter(key -> key.state() != KeyState.REMOVED)
                        .map(key -> evidence(domain, key))
                        .toList(),
                steps.stream().map(step -> step(domain, step)).toList(),
                domain.intents().stream().map(intent -> intent(domain, intent)).toList(),
                waits(domain),
                halts(domain),
                hold(domain),
                waivers(domain, now.at()),
                openOrders(domain, steps));
    }

    private static OpenIntent intent(ManagedDomain domain, Intent intent) {
        Step step = intent.step();
        Target target = step.target();
        return new OpenIntent(
                step.verb().name(), selector(domain, step.key()), target.name(), intent.recordedAt(), intent.lookAt());
    }

    private static KeyEvidence evidence(ManagedDomain domain, ManagedKey key) {
        Propagated propagated = domain.shown(key);
        return new KeyEvidence(
                key.id().number(),
                key.selector().name(),
                key.algorithm().word(),
                key.state().name(),
                key.since(),
                key.record().owner().name(),
                key.fingerprint().hex(),
                key.custody().name(),
                warning(domain.name(), key),
                key.compromise()
                        .map(known -> new KeyCompromise(known.order(), known.declaredAt(), key.exposureEndsAt())),
                key.lastSignatureAt().filter(at -> key.wasTold()),
                key.mayLandUntil(),
                propagated.everywhereAt(),
                propagated.problem(),
                servers(propagated),
                key.onPrimary().map(Reports::primary),
                signers(key));
    }

    private static List<ServerEvidence> servers(Propagated propagated) {
        return propagated.servers().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new ServerEvidence(
                        entry.getKey(),
                        entry.getValue().verdict().name(),
                        entry.getValue().since(),
                        entry.getValue().lookedAt(),
                        entry.getValue().streak(),
                        entry.getValue().provenAt(),
                        entry.getValue().cameBack()))
                .toList();
    }

    private static PrimaryEvidence primary(PrimaryLook look) {
        return new PrimaryEvidence(look.found().map(Reports::text), look.seenAt());
    }

    private static String text(TxtRRset found) {
        return String.join(
                " | ", found.records().stream().map(TxtRecord::joined).toList());
    }

    private static List<SignerEvidence> signers(ManagedKey key) {
        return key.uses().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new SignerEvidence(
                        entry.getKey().name(),
                        entry.getValue().kind().name(),
                        entry.getValue().sinceAt(),
                        entry.getValue().seenAt(),
                        entry.getValue().drain().toSeconds()))
                .toList();
    }

    static HistoryLine line(HistoryEntry entry) {
        return new HistoryLine(
                entry.domain().map(SigningDomain::name),
                entry.at(),
                entry.event(),
                Optional.of(entry.selector()).filter(selector -> !selector.isEmpty()),
                entry.text(),
                Optional.of(entry.askedBy()).filter(name -> !name.isEmpty()),
                entry.evidence());
    }

    static HistoryVerdict verdict(HistoryCheck check) {
        return new HistoryVerdict(
                check.broken().isEmpty(),
                check.rows(),
                check.domains(),
                check.hourlyRows(),
                check.rowsSince(),
                check.head(),
                check.broken()
                        .map(broken -> new HistoryVerdict.BrokenRow(
                                broken.kind().name(),
                                broken.domain().map(SigningDomain::name),
                                broken.row(),
                                broken.text())));
    }
}
