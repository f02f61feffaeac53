package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.SigningDomain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decide, do, record. Three parts, so that anything may stop between any two: what was intended is durable before it is done, and what was not recorded
 * is looked at again.
 */
public final class RotationRunner {
    /** When a domain that nothing will ever happen to by itself is due. */
    public static final Instant NEVER = Instant.parse("9999-01-01T00:00:00Z");

    private static final Logger LOG = LoggerFactory.getLogger(RotationRunner.class);

    /** No update is under way for longer. One that was signed by a clock ahead of the truth by more arrives as a thing of the future, and is refused. */
    private static final Duration LONGEST_ON_ITS_WAY = Duration.ofDays(1);

    private static final Comparator<Verb> ACTS_FIRST =
            Comparator.comparing(Verb::looks).thenComparing(Comparator.naturalOrder());

    private final KeyRegistry registry;
    private final DomainCatalog catalog;
    private final RotationPlanner planner;
    private final Map<Verb, Worker> workers;
    private final Function<Instant, FlipGate> gates;
    private final Supplier<TimeReading> clock;
    private final RotationListener listener;

    /** @param gates what holds flips for the sake of all domains, asked once a batch: {@link Fleet#gate} */
    public RotationRunner(
            KeyRegistry registry,
            DomainCatalog catalog,
            RotationPlanner planner,
            Map<Verb, Worker> workers,
            Function<Instant, FlipGate> gates,
            Supplier<TimeReading> clock,
            RotationListener listener) {
        this.registry = registry;
        this.catalog = catalog;
        this.planner = planner;
        this.workers = new EnumMap<>(workers);
        this.gates = gates;
        this.clock = clock;
        this.listener = listener;
    }

    /** What the calls of one lane came to, and when each was made; one of both a task. */
    public record Performed(List<Look> looks, List<Outcome> outcomes) {
        public Performed {
            looks = List.copyOf(looks);
            outcomes = List.copyOf(outcomes);
        }

        Performed only(List<Integer> indexes) {
            return new Performed(
                    indexes.stream().map(looks::get).toList(),
                    indexes.stream().map(outcomes::get).toList());
        }
    }

    /**
     * After a crash: every open intent is due to be looked at now, and what was under way in a zone may still land there.
     */
    public void recover() {
        Instant now = clock.get().at();
        for (ManagedDomain domain : registry.withOpenIntents()) {
            registry.save(List.of(new Recorded(domain.restarted(now, lateUntil(domain, now)), now, List.of())));
        }
    }

    private Instant lateUntil(ManagedDomain domain, Instant now) {
        return catalog.settingsOf(domain.name())
                .map(settings -> DueTimes.mayLandUntil(now, settings))
                .orElse(now.plus(Duration.ofMinutes(6)));
    }

    /**
     * Decides the next step of each claimed domain, or all looks that go together; all intents in one transaction. Gives back the claims of those with
     * nothing to do now.
     */
    public List<Task> begin(List<ManagedDomain> claimed) {
        Moment now = moment();
        List<Task> tasks = new ArrayList<>();
        List<Recorded> records = new ArrayList<>();
        for (ManagedDomain domain : neighboured(onATrueClock(claimed, now.reading()), now.reading())) {
            Planned planned = planned(domain, now);
            if (planned.isAfter(now)) {
                records.add(new Recorded(domain, planned.dueAt(), List.of()));
            } else if (planned.tasks().get(0).step().verb().looks()) {
                tasks.addAll(planned.tasks());
            } else {
                Task act = planned.tasks().get(0);
                ManagedDomain intending = domain.intending(act.step(), now.at());
                now.gate().passes(intending);
                records.add(intention(act, intending, now));
                tasks.add(new Task(intending.saved(domain.version() + 1), act.settings(), act.step()));
            }
        }
        List<Task> behindFence = behindFence(tasks);
        Set<SigningDomain> stale = registry.save(records);
        List<Task> begun = behindFence.stream()
                .filter(task -> !stale.contains(task.domain().name()))
                .toList();
        Set<SigningDomain> working = names(begun);
        registry.release(claimed.stream()
                .map(ManagedDomain::name)
                .filter(name -> !working.contains(name))
                .toList());
        return begun;
    }

    /** The fence is taken before the intents are durable, while the domains are claimed: whoever claims them later has a newer one. */
    private List<Task> behindFence(List<Task> tasks) {
        if (tasks.stream().noneMatch(RotationRunner::needsFence)) {
            return tasks;
        }
        Optional<Fence> fence = Optional.of(registry.newFence());
        return tasks.stream()
                .map(task -> needsFence(task) ? new Task(task.domain(), task.settings(), task.step(), fence) : task)
                .toList();
    }

    private static boolean needsFence(Task task) {
        return task.step().verb().changesZone() && task.settings().dns().fence();
    }

    private static Set<SigningDomain> names(List<Task> tasks) {
        return tasks.stream().map(task -> task.domain().name()).collect(Collectors.toSet());
    }

    /** What a clock that was ahead has written is not waited for, and a waiver that is over counts no more. */
    private List<ManagedDomain> onATrueClock(List<ManagedDomain> claimed, TimeReading now) {
        return now.trusted()
                ? claimed.stream()
                        .map(domain -> domain.isBeyond(now.at()) ? domain.notBeyond(now.at()) : domain)
                        .map(domain -> landing(domain, now.at()))
                        .map(domain -> domain.withoutWaiversOver(now.at()))
                        .toList()
                : claimed;
    }

    private ManagedDomain landing(ManagedDomain domain, Instant now) {
        if (!domain.mayLandAfter(now.plus(LONGEST_ON_ITS_WAY))) {
            return domain;
        }
        Instant latest = lateUntil(domain, now).plus(LONGEST_ON_ITS_WAY);
        return domain.withEachKey(key -> key.landingBy(latest));
    }

    /** With what other domains have seen of the zones they share; what a clock that was ahead has written counts from now. */
    private List<ManagedDomain> neighboured(List<ManagedDomain> domains, TimeReading now) {
        Set<OwnerName> apexes = domains.stream()
                .flatMap(domain -> domain.zones().stream().map(ZoneMarks::apex))
                .collect(Collectors.toSet());
        Map<OwnerName, HighWater> seen = new HashMap<>(registry.negativeTtls(apexes, now.at()));
        if (now.trusted()) {
            seen.replaceAll((apex, mark) -> mark.notBeyond(now.at()));
        }
        return seen.isEmpty()
                ? domains
                : domains.stream().map(domain -> domain.withNegativeTtls(seen)).toList();
    }

    /** One reading of the clock, and of the fleet at that time. */
    private record Moment(TimeReading reading, FlipGate gate) {
        Instant at() {
            return reading.at();
        }
    }

    private Moment moment() {
        TimeReading reading = clock.get();
        return new Moment(reading, gates.apply(reading.at()));
    }

    /** What goes next in one domain, and when; nothing: no step will ever be due without a person, or it cannot be planned and is tried again then. */
    private record Planned(List<Task> tasks, Instant dueAt) {
        boolean isAfter(Moment now) {
            return tasks.isEmpty() || dueAt.isAfter(now.at());
        }
    }

    /** One domain that cannot be planned, for a bug of ours, does not hold up the others. */
    private Planned planned(ManagedDomain domain, Moment now) {
        try {
            List<Task> next = nextTasks(domain, now);
            return new Planned(next, next.isEmpty() ? NEVER : next.get(0).step().dueAt());
        } catch (RuntimeException e) {
            LOG.error("{} cannot be planned and rests; the others go on", domain.name(), e);
            return new Planned(List.of(), now.at().plus(Pace.LONGEST));
        }
    }

    private List<Task> nextTasks(ManagedDomain domain, Moment now) {
        return catalog.settingsOf(domain.name()).stream()
                .flatMap(settings ->
                        planner.together(domain, settings, now.gate().of(domain, settings), now.reading()).stream()
                                .map(step -> new Task(domain, settings, step)))
                .toList();
    }

    /** While it is under way the domain is claimed; if nobody comes back to it, the intent is looked at. */
    private static Recorded intention(Task act, ManagedDomain intending, Moment now) {
        Instant lookAt = now.at().plus(ManagedDomain.INTENT_TIMEOUT);
        List<HistoryEntry> entries = new ArrayList<>(List.of(Chronicle.intended(act, now.at())));
        entries.addAll(Chronicle.changes(act.domain(), intending, now.at(), List.of()));
        return new Recorded(intending, lookAt, entries);
    }

    /** One port call a verb for all tasks of one lane, acts before looks. Blocks; touches no registry and holds no lock. */
    public Performed perform(List<Task> oneLane) {
        Map<Verb, List<Integer>> byVerb = IntStream.range(0, oneLane.size())
                .boxed()
                .collect(Collectors.groupingBy(
                        index -> oneLane.get(index).step().verb(),
                        () -> new TreeMap<>(ACTS_FIRST),
                        Collectors.toList()));
        Look[] looks = new Look[oneLane.size()];
        Outcome[] outcomes = new Outcome[oneLane.size()];
        byVerb.forEach((verb, indexes) -> {
            Instant beganAt = clock.get().at();
            List<Outcome> came = call(verb, indexes.stream().map(oneLane::get).toList());
            TimeReading ended = clock.get();
            Look look = new Look(beganAt, ended.at(), ended.trusted());
            for (int i = 0; i < came.size(); i++) {
                looks[indexes.get(i)] = look;
                outcomes[indexes.get(i)] = came.get(i);
            }
        });
        return new Performed(List.of(looks), List.of(outcomes));
    }

    private List<Outcome> call(Verb verb, List<Task> tasks) {
        try {
            Worker worker = Optional.ofNullable(workers.get(verb)).orElseThrow();
            return worker.perform(tasks);
        } catch (RuntimeException e) {
            LOG.error(
                    "{} of {} failed in a way nobody foresaw; what became of it is looked at", verb, domains(tasks), e);
            return tasks.stream()
                    .map(task -> (Outcome) new Outcome.Unknown("our own error: " + e))
                    .toList();
        }
    }

    private static String domains(List<Task> tasks) {
        return tasks.stream().map(task -> task.domain().name().name()).collect(Collectors.joining(", "));
    }

    /** Folds what came back into the records, saves all in one transaction, gives the claims back, then tells the listener. */
    public void finish(List<Task> oneLane, Performed performed) {
        List<Task> left = oneLane;
        Performed came = performed;
        try {
            while (!left.isEmpty()) {
                Set<SigningDomain> stale = save(left, came);
                // a stale record was changed by an order meanwhile: findings are facts, so they fold into the newer one
                List<Integer> again = indexesOf(left, stale);
                List<Task> all = left;
                left = reloaded(again.stream().map(all::get).toList());
                came = came.only(again);
            }
        } finally {
            registry.release(names(oneLane));
        }
    }

    private static List<Integer> indexesOf(List<Task> tasks, Set<SigningDomain> names) {
        return IntStream.range(0, tasks.size())
                .filter(index -> names.contains(tasks.get(index).domain().name()))
                .boxed()
                .toList();
    }

    private List<Task> reloaded(List<Task> tasks) {
        List<ManagedDomain> domains = tasks.stream()
                .map(task -> registry.find(task.domain().name()).orElseThrow())
                .toList();
        List<ManagedDomain> known = neighboured(domains, clock.get());
        return IntStream.range(0, tasks.size())
                .mapToObj(i -> new Task(
                        known.get(i), tasks.get(i).settings(), tasks.get(i).step()))
                .toList();
    }

    /** What one outcome made of the record of its domain; not folded: as if it had not come. */
    private record Folded(
            Task task, Outcome outcome, Look look, ManagedDomain after, List<HistoryEntry> entries, boolean done) {}

    private Set<SigningDomain> save(List<Task> tasks, Performed came) {
        Moment now = moment();
        Map<SigningDomain, List<Folded>> byDomain = new LinkedHashMap<>();
        for (int i = 0; i < tasks.size(); i++) {
            List<Folded> before = byDomain.computeIfAbsent(tasks.get(i).domain().name(), name -> new ArrayList<>());
            Task task = onTopOf(before, tasks.get(i));
            before.add(folded(task, came.outcomes().get(i), came.looks().get(i), now));
        }
        Set<SigningDomain> stale = registry.save(
                byDomain.values().stream().map(all -> recorded(all, now)).toList());
        byDomain.forEach((name, all) -> {
            if (!stale.contains(name)) {
                all.forEach(this::tell);
            }
        });
        return stale;
    }

    private static Task onTopOf(List<Folded> before, Task task) {
        return before.isEmpty() ? task : new Task(before.get(before.size() - 1).after(), task.settings(), task.step());
    }

    /** One outcome that cannot be folded, for a bug of ours, is as if it had not come; the others of its lane are recorded. */
    private static Folded folded(Task task, Outcome outcome, Look look, Moment now) {
        try {
            ManagedDomain after = task.domain().with(task.step(), outcome, look, task.settings());
            List<HistoryEntry> entries = new ArrayList<>(Chronicle.acted(task, outcome, look));
            entries.addAll(Chronicle.changes(task.domain(), after, now.at(), Evidence.of(outcome)));
            return new Folded(task, outcome, look, after, entries, true);
        } catch (RuntimeException e) {
            LOG.error(
                    "what {} came to for {} cannot be recorded",
                    task.step().verb(),
                    task.domain().name(),
                    e);
            return new Folded(task, outcome, look, task.domain(), List.of(), false);
        }
    }

    private Recorded recorded(List<Folded> all, Moment now) {
        ManagedDomain after = all.get(all.size() - 1).after();
        Instant dueAt = all.stream().allMatch(Folded::done)
                ? planned(after, now).dueAt()
                : now.at().plus(ManagedDomain.CALL_TIMEOUT);
        return new Recorded(
                after,
                dueAt,
                all.stream().flatMap(folded -> folded.entries().stream()).toList());
    }

    private void tell(Folded folded) {
        Task task = folded.task();
        Look look = folded.look();
        listener.stepFinished(task, folded.outcome(), Duration.between(look.beganAt(), look.endedAt()));
        listener.recorded(task.domain(), folded.after());
        List<ManagedKey> before = task.domain().keys();
        folded.after().keys().stream()
                .filter(key ->
                        before.stream().noneMatch(old -> old.id().equals(key.id()) && old.state() == key.state()))
                .forEach(key -> listener.stateReached(key.id(), key.state(), key.since()));
    }
}
