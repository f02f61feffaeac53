package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
                because(task.step()));
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
                ""));
    }

    /** What became different: states reached, halts, orders closed. */
    static List<HistoryEntry> changes(ManagedDomain before, ManagedDomain after, Instant at) {
        List<HistoryEntry> entries = new ArrayList<>();
        for (ManagedKey key : after.keys()) {
            Optional<KeyState> was = before.keys().stream()
                    .filter(old -> old.id().equals(key.id()))
                    .map(ManagedKey::state)
                    .findFirst();
            if (!was.equals(Optional.of(key.state()))) {
                entries.add(entry(
                        after,
                        key.since(),
                        key.state().name(),
                        Optional.of(key.id()),
                        transition(after, key, was),
                        ""));
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
                        ""));
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
        return ordered(order, order.askedAt(), "placed");
    }

    private static HistoryEntry ordered(Order order, Instant at, String text) {
        return new HistoryEntry(
                order.domain(),
                at,
                "ORDER",
                order.key(),
                "",
                order.kind() + " " + order.number() + " " + text,
                order.askedBy());
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
            case REVOKED -> from;
            case REMOVED -> from + "; no server answers it";
        };
    }

    private static String because(Step step) {
        return String.join("; ", step.because().stream().map(Reason::text).toList());
    }

    private static HistoryEntry entry(
            ManagedDomain domain, Instant at, String event, Optional<KeyId> key, String text, String because) {
        String selector = key.flatMap(id -> domain.keys().stream()
                        .filter(known -> known.id().equals(id))
                        .findFirst())
                .map(known -> known.selector().name())
                .orElse("");
        return new HistoryEntry(
                domain.name(), at, event, key, selector, because.isEmpty() ? text : text + " (" + because + ")", "");
    }
}
