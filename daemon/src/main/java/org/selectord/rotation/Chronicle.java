package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.selectord.key.KeyId;

/** Writes the history: what an act, or a change between two records of a domain, is in words, with its evidence. Pure. */
final class Chronicle {
    private Chronicle() {}

    static HistoryEntry intended(Task task, Instant at) {
        return entry(
                task.domain(),
                at,
                "INTENDED",
                task.step().key(),
                task.step().verb() + " at " + task.step().target(),
                because(task.step()),
                List.of());
    }

    /** Looks are no history; an act that did not come to a finding is. */
    static List<HistoryEntry> acted(Task task, Outcome outcome, Look look) {
        Verb verb = task.step().verb();
        if (verb.looks()) {
            return List.of();
        }
        Optional<String> text = Optional.empty();
        if (outcome instanceof Outcome.NotYet notYet) {
            text = Optional.of("not done: " + notYet.waitingFor());
        } else if (outcome instanceof Outcome.Unknown unknown) {
            text = Optional.of("it is not known whether it was done: " + unknown.cameBack());
        } else if (outcome instanceof Outcome.Done done && done.finding() instanceof Finding.InUse inUse) {
            text = Optional.of(inUse.proof().evidence());
        }
        return List.of(entry(
                task.domain(),
                look.endedAt(),
                verb.name(),
                task.step().key(),
                text.orElse("done at " + task.step().target()),
                "",
                Evidence.of(outcome)));
    }

    /**
     * What became different: states reached, halts, orders closed.
     *
     * @param seen the evidence of the look that made the difference
     */
    static List<HistoryEntry> changes(ManagedDomain before, ManagedDomain after, Instant at, List<String> seen) {
        List<HistoryEntry> entries = new ArrayList<>();
        for (ManagedKey key : after.keys()) {
            Optional<KeyState> was = before.keys().stream()
                    .filter(old -> old.id().equals(key.id()))
                    .map(ManagedKey::state)
                    .findFirst();
            if (!was.equals(Optional.of(key.state()))) {
                entries.add(new HistoryEntry(
                        Optional.of(after.name()),
                        key.since(),
                        key.state().name(),
                        Optional.of(key.id()),
                        key.selector().name(),
                        transition(after, key, was),
                        askedBy(before, known(before, key.id()).or(() -> Optional.of(key))),
                        both(seen, Evidence.of(after, key))));
            }
        }
        after.halts().forEach((type, halt) -> {
            if (!before.isHalted(type)) {
                entries.add(entry(
                        after,
                        at,
                        "HALTED",
                        Optional.empty(),
                        type.tag() + ": " + halt.reason().word() + ": " + halt.found(),
                        "",
                        seen));
            }
        });
        after.orders()
                .forEach(order -> order.closing()
                        .filter(closing -> before.orders().stream().noneMatch(old -> old.equals(order)))
                        .ifPresent(closing ->
                                entries.add(ordered(order, closing.at(), closing.result() + ": " + closing.why()))));
        return entries;
    }

    static HistoryEntry placed(Order order) {
        String detail = order.detail().isEmpty() ? "" : " " + new TreeMap<>(order.detail());
        return ordered(order, order.askedAt(), "placed" + detail);
    }

    private static HistoryEntry ordered(Order order, Instant at, String text) {
        return new HistoryEntry(
                Optional.of(order.domain()),
                at,
                "ORDER",
                order.key(),
                "",
                order.kind() + " " + order.number() + " " + text,
                order.askedBy(),
                List.of());
    }

    private static String transition(ManagedDomain domain, ManagedKey key, Optional<KeyState> was) {
        String from = was.map(state -> "from " + state).orElse("new");
        return switch (key.state()) {
            case GENERATED -> from + "; fingerprint " + key.fingerprint();
            case PUBLISHED -> from + "; " + key.record().owner() + " at the primary";
            case READY ->
                from + "; exact on "
                        + key.propagated().servers().keySet().stream().sorted().toList()
                        + ", everywhere since "
                        + key.propagated().everywhereAt().map(Instant::toString).orElse("?")
                        + ", negative TTL "
                        + domain.zone()
                                .map(zone -> zone.negativeTtl().seconds())
                                .orElse(0L) + " s";
            case ACTIVE ->
                from + "; proven at " + key.uses().keySet().stream().sorted().toList();
            case RETIRED ->
                from + "; last possible signature "
                        + key.lastSignatureAt().map(Instant::toString).orElse("not known yet");
            case REVOKED ->
                from + "; no server answers its key any more; exposure ends at "
                        + DueTimes.exposureEndsAt(key).map(Instant::toString).orElse("?");
            case REMOVED -> from + "; no server answers it";
        };
    }

    private static String because(Step step) {
        return String.join("; ", step.because().stream().map(Reason::text).toList());
    }

    /** The person on whose order it is done: of the newest open one that this key, or a key to be made, has to do with. */
    private static String askedBy(ManagedDomain domain, Optional<ManagedKey> key) {
        return domain.orders().stream()
                .filter(order -> order.isOpen() && isFor(order, key))
                .max(Comparator.comparingLong(Order::number))
                .map(Order::askedBy)
                .orElse("");
    }

    private static boolean isFor(Order order, Optional<ManagedKey> key) {
        boolean windsDown = key.filter(known -> known.state().compareTo(KeyState.RETIRED) >= 0)
                .isPresent();
        return switch (order.kind()) {
            case ROTATE_NOW -> !windsDown;
            case ROLL_BACK -> !windsDown || order.key().equals(key.map(ManagedKey::id));
            case COMPROMISED ->
                !windsDown
                        || key.flatMap(ManagedKey::compromise)
                                .filter(declared -> declared.order() == order.number())
                                .isPresent();
            case REMOVE_DOMAIN -> true;
            case ADOPT ->
                order.said("selector").equals(key.map(known -> known.selector().name()));
            case PAUSE, RESUME, RETRY, WAIVE -> false;
        };
    }

    private static Optional<ManagedKey> known(ManagedDomain domain, KeyId id) {
        return domain.keys().stream().filter(key -> key.id().equals(id)).findFirst();
    }

    private static List<String> both(List<String> some, List<String> more) {
        return Stream.concat(some.stream(), more.stream()).toList();
    }

    private static HistoryEntry entry(
            ManagedDomain domain,
            Instant at,
            String event,
            Optional<KeyId> key,
            String text,
            String because,
            List<String> evidence) {
        return new HistoryEntry(
                Optional.of(domain.name()),
                at,
                event,
                key,
                key.flatMap(id -> known(domain, id))
                        .map(known -> known.selector().name())
                        .orElse(""),
                because.isEmpty() ? text : text + " (" + because + ")",
                askedBy(domain, key.flatMap(id -> known(domain, id))),
                evidence);
    }
}
