package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.Selector;

/**
 * What will be done with a domain in the time ahead, without doing it: the planner decides and the fold records as ever, only that every call comes to
 * what is hoped for. Pure, but for the windows of the policy.
 */
public final class Forecast {
    /** Where nothing was seen yet, this is taken for N: the most that RFC 2308 section 5 calls sensible is three times that. */
    static final Duration ASSUMED_NEGATIVE_TTL = Duration.ofHours(1);

    private static final String UNMADE = "unmade-";
    private static final int MOST_STEPS_AT_ONCE = 1000;

    private final RotationPlanner planner;
    private final DomainSettings settings;
    private final Brakes brakes;
    private final Instant end;
    private final List<Foretold> foretold = new ArrayList<>();
    private ManagedDomain domain;
    private Instant now;

    private Forecast(
            RotationPlanner planner,
            ManagedDomain domain,
            DomainSettings settings,
            Brakes brakes,
            Instant from,
            Duration period) {
        this.planner = planner;
        this.brakes = brakes;
        this.domain = domain.restarted(from, from);
        // nothing comes of looks that all find what is meant to be there
        this.settings = new DomainSettings(
                settings.domain(),
                settings.policy(),
                settings.dns(),
                settings.signers(),
                period.plusDays(1),
                settings.ring());
        this.now = from;
        this.end = from.plus(period);
    }

    /** Everything that comes about in {@code period} from {@code from} on, the earliest first. */
    public static List<Foretold> of(
            RotationPlanner planner, ManagedDomain domain, DomainSettings settings, Instant from, Duration period) {
        return new Forecast(planner, domain, settings, Brakes.NONE, from, period).look();
    }

    /** The same while the fleet's breaker may be open: what it holds is foretold as if it were reset at {@code from}, and marked. */
    public static List<Foretold> of(
            RotationPlanner planner,
            ManagedDomain domain,
            DomainSettings settings,
            Optional<String> breaker,
            Instant from,
            Duration period) {
        List<Foretold> reset = of(planner, domain, settings, from, period);
        if (breaker.isEmpty()) {
            return reset;
        }
        Brakes open = new Brakes(Optional.empty(), breaker);
        List<Foretold> byItself = new Forecast(planner, domain, settings, open, from, period).look();
        return reset.stream()
                .map(event -> byItself.stream().anyMatch(event::isTheSameAs) ? event : event.onceReset())
                .toList();
    }

    private List<Foretold> look() {
        int atOnce = 0;
        Optional<Step> next = next();
        while (next.isPresent() && !next.get().dueAt().isAfter(end) && atOnce < MOST_STEPS_AT_ONCE) {
            if (next.get().dueAt().isAfter(now)) {
                now = next.get().dueAt();
                atOnce = 0;
            } else {
                take(next.get());
                atOnce++;
            }
            next = next();
        }
        return List.copyOf(foretold);
    }

    private Optional<Step> next() {
        return planner.next(domain, settings, brakes, new TimeReading(now, true));
    }

    private void take(Step step) {
        ManagedDomain before = domain;
        ManagedDomain begun = step.verb().looks() ? domain : domain.intending(step, now);
        domain = begun.with(step, hopedFor(step, begun), new Look(now, now, true), settings)
                .saved(domain.version());
        domain.keys().forEach(key -> tell(before.find(key.id()), key, step));
    }

    private void tell(Optional<ManagedKey> before, ManagedKey after, Step step) {
        if (before.map(ManagedKey::state).filter(after.state()::equals).isEmpty()) {
            add(after, after.state().name(), step);
        }
        if (after.custody() == Custody.DESTROYED
                && before.filter(key -> key.custody() == Custody.DESTROYED).isEmpty()) {
            add(after, Custody.DESTROYED.name(), step);
        }
    }

    private void add(ManagedKey key, String what, Step step) {
        String selector =
                key.selector().name().startsWith(UNMADE) ? "" : key.selector().name();
        foretold.add(new Foretold(now, key.id(), selector, key.algorithm(), what, false, step.because()));
    }

    // ---- what is hoped for

    private Outcome hopedFor(Step step, ManagedDomain begun) {
        return step.verb() == Verb.GENERATE ? generated(step) : new Outcome.Done(found(step, begun));
    }

    /** An intent may be open since before the ring was edited: then no selector need be free, and the planner says for which one it waits. */
    private Outcome generated(Step step) {
        return selectorOf(step)
                .<Outcome>map(selector -> new Outcome.Done(new Finding.Generated(made(step, selector))))
                .orElseGet(() -> new Outcome.NotYet(Pace.SLOW, new Reason("no selector of the ring is free")));
    }

    private Finding found(Step step, ManagedDomain begun) {
        return switch (step.verb()) {
            case LOCATE -> new Finding.Located(apex(), negativeTtl(), Optional.empty());
            case ASK_PRIMARY ->
                new Finding.OnPrimary(step.key().orElseThrow(), key(step, begun).standing(), false);
            case ASK_SERVERS -> new Finding.OnServers(step.key().orElseThrow(), shown(key(step, begun)));
            case ASK_ALIASES -> new Finding.OnAliases(aliases(), Optional.empty());
            case ASK_SIGNER, ACTIVATE, STOP_SIGNING -> inUse(ManagedDomain.signerOf(step.target()), begun);
            case ADOPT ->
                new Finding.NotAdopted(
                        begun.openOrder(Order.Kind.ADOPT).orElseThrow().number(), "what stands there is not known yet");
            case GENERATE -> throw new IllegalStateException("a key is made, not found");
            case PUBLISH, REVOKE, WITHDRAW ->
                new Finding.OnPrimary(
                        step.key().orElseThrow(), step.change().orElseThrow().after(), false);
            case FORGET ->
                new Finding.Forgotten(
                        ManagedDomain.signerOf(step.target()), step.key().orElseThrow());
            case DESTROY -> new Finding.Destroyed(step.key().orElseThrow());
        };
    }

    private static ManagedKey key(Step step, ManagedDomain begun) {
        return begun.key(step.key().orElseThrow());
    }

    private OwnerName apex() {
        return domain.zone()
                .map(ZoneMarks::apex)
                .orElseGet(() -> OwnerName.of(domain.name().name()));
    }

    private long negativeTtl() {
        return domain.zone().map(zone -> zone.negativeTtl().seconds()).orElse(ASSUMED_NEGATIVE_TTL.toSeconds());
    }

    private Propagation shown(ManagedKey key) {
        Set<String> known = domain.keys().stream()
                .flatMap(other -> other.propagated().servers().keySet().stream())
                .collect(Collectors.toSet());
        Stream<String> servers = known.isEmpty() ? Stream.of("every server") : known.stream();
        return new Propagation(servers.map(server -> answer(server, key)).toList(), Optional.empty());
    }

    private ServerAnswer answer(String server, ManagedKey key) {
        return new ServerAnswer(
                server,
                ServerAnswer.Kind.ANSWERED,
                key.standing(),
                OptionalLong.of(negativeTtl()),
                OptionalLong.empty(),
                "as hoped");
    }

    private Finding inUse(SignerId signer, ManagedDomain begun) {
        Set<Selector> told = begun.chains().stream()
                .flatMap(type -> begun.signing(type, settings.policy()).stream())
                .map(ManagedKey::selector)
                .collect(Collectors.toSet());
        Duration drain = begun.keys().stream()
                .flatMap(key -> key.useAt(signer).stream())
                .map(Use::drain)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        return new Finding.InUse(signer, told, new Proof(Proof.Kind.VERIFIED, "as hoped"), drain);
    }

    private AliasLook aliases() {
        Optional<ZoneMarks> known = domain.aliases().flatMap(AliasMarks::zone);
        Map<Alias, List<AliasLook.Answer>> answers = new HashMap<>();
        for (Alias alias : domain.aliases(settings)) {
            Set<String> servers = domain.aliases()
                    .orElse(AliasMarks.NOTHING)
                    .of(alias.target())
                    .servers()
                    .keySet();
            answers.put(
                    alias,
                    (servers.isEmpty() ? Set.of("every server") : servers)
                            .stream().map(server -> aliased(server, known)).toList());
        }
        return new AliasLook(
                known.map(ZoneMarks::apex)
                        .or(() -> Optional.of(OwnerName.of(domain.name().name()))),
                answers,
                Optional.empty());
    }

    private AliasLook.Answer aliased(String server, Optional<ZoneMarks> known) {
        return new AliasLook.Answer(
                server,
                ServerAnswer.Kind.ANSWERED,
                OptionalLong.of(settings.dns().recordTtl().toSeconds()),
                OptionalLong.of(
                        known.map(zone -> zone.negativeTtl().seconds()).orElse(ASSUMED_NEGATIVE_TTL.toSeconds())),
                "as hoped");
    }

    private Optional<Selector> selectorOf(Step step) {
        return settings.ring()
                .map(ring -> GenerateKey.freeSelector(ring, step.algorithm().orElseThrow(), step, domain, settings))
                .orElseGet(() ->
                        Optional.of(new Selector(UNMADE + domain.nextKeyId().number())));
    }

    private ManagedKey made(Step step, Selector selector) {
        TxtRRset record = new TxtRRset(
                settings.ownerOf(selector),
                settings.dns().recordTtl().toSeconds(),
                List.of(new TxtRecord(List.of("v=DKIM1; p=" + selector))));
        KeyFingerprint unmade =
                new KeyFingerprint(String.format("%064x", domain.nextKeyId().number()));
        return ManagedKey.generated(
                domain.nextKeyId(), selector, step.algorithm().orElseThrow(), unmade, record, now);
    }
}
