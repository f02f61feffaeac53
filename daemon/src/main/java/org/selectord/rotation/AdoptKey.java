package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyRecord;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** ADOPT: looks at the record that stands at a selector, and makes of it a key of the domain, exactly as found. */
final class AdoptKey implements Worker {
    private final ZoneUpdater updater;
    private final Function<KeyFingerprint, Optional<SigningDomain>> domainOf;

    /** @param domainOf who has, or had, a key: no two domains have the same one, so that what befalls it befalls one domain only */
    AdoptKey(ZoneUpdater updater, Function<KeyFingerprint, Optional<SigningDomain>> domainOf) {
        this.updater = updater;
        this.domainOf = domainOf;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        List<OwnerName> owners = oneLane.stream()
                .map(task -> task.settings().ownerOf(selector(order(task))))
                .toList();
        List<PrimaryAnswer> answers = updater.read(oneLane.get(0).zone(), owners);
        Map<KeyFingerprint, SigningDomain> adopted =
                new HashMap<>(); // not recorded yet, but another task's of this batch
        return IntStream.range(0, answers.size())
                .mapToObj(i -> unlessTaken(adopted, oneLane.get(i), outcome(oneLane.get(i), answers.get(i))))
                .toList();
    }

    private Outcome unlessTaken(Map<KeyFingerprint, SigningDomain> adopted, Task task, Outcome outcome) {
        if (!(outcome instanceof Outcome.Done done && done.finding() instanceof Finding.Adopted found)) {
            return outcome;
        }
        KeyFingerprint key = found.adopted().fingerprint();
        Optional<SigningDomain> other = Optional.ofNullable(adopted.get(key)).or(() -> domainOf.apply(key));
        if (other.isPresent()) {
            return refused(
                    task,
                    "it is the key of " + other.get()
                            + " already, and each domain is given keys of its own. Adopt nothing here: selectorctl rotate now "
                            + task.domain().name()
                            + " brings a new key into use, and the record that stands here goes on standing until you remove it");
        }
        adopted.put(key, task.domain().name());
        return outcome;
    }

    private static Order order(Task task) {
        return task.domain().openOrder(Order.Kind.ADOPT).orElseThrow();
    }

    private static Selector selector(Order order) {
        return new Selector(order.said("selector").orElseThrow());
    }

    private static Outcome outcome(Task task, PrimaryAnswer answer) {
        return switch (answer.kind()) {
            case TXT -> new Outcome.Done(adopt(task, answer.found().orElseThrow()));
            case NOTHING ->
                refused(
                        task,
                        "no TXT record stands at "
                                + selector(order(task)).ownerName(task.domain().name()));
            case OBSTACLE -> refused(task, answer.cameBack());
            case UNKNOWN -> new Outcome.NotYet(Pace.QUICK, new Reason(answer.cameBack()));
        };
    }

    private static Outcome refused(Task task, String why) {
        return new Outcome.Done(new Finding.NotAdopted(order(task).number(), why));
    }

    private static Finding adopt(Task task, TxtRRset found) {
        Order order = order(task);
        try {
            return new Finding.Adopted(order.number(), key(task, order, found, half(found)));
        } catch (IllegalArgumentException e) {
            return new Finding.NotAdopted(order.number(), String.valueOf(e.getMessage()));
        }
    }

    private static PublicHalf half(TxtRRset found) {
        if (found.records().size() != 1) {
            throw new IllegalArgumentException(found.records().size()
                    + " TXT records stand there, and a verifier may take either (RFC 6376 section 3.6.2.2): leave one");
        }
        KeyRecord record = KeyRecord.parse(found.records().get(0).joined());
        return record.publicHalf()
                .orElseThrow(() ->
                        new IllegalArgumentException("the record holds no public key of a kind that is known here"));
    }

    private static ManagedKey key(Task task, Order order, TxtRRset found, PublicHalf half) {
        Optional<String> ours = order.said(Order.FINGERPRINT);
        if (ours.isPresent() && !half.fingerprint().hex().equals(ours.get())) {
            throw new IllegalArgumentException(
                    "the private half that was given is not that of the record, whose fingerprint is "
                            + half.fingerprint());
        }
        boolean active = !order.said("as").orElse("active").equals("retired");
        if (active && task.domain().active(half.algorithm().type()).isPresent()) {
            throw new IllegalArgumentException("another key of this type is ACTIVE; adopt this one as retired");
        }
        Instant at = order.askedAt();
        Map<KeyState, Instant> reached = active
                ? Map.of(KeyState.ACTIVE, at)
                : Map.of(
                        KeyState.RETIRED,
                        Instant.parse(order.said("last_signature").orElseThrow()));
        return ManagedKey.adopted(
                task.domain().nextKeyId(),
                selector(order),
                half,
                ours.isPresent() ? Custody.HELD : Custody.FOREIGN,
                found,
                reached,
                uses(task, active ? new Use(Use.Kind.MAYBE, at, at, Duration.ZERO) : stopped(order)));
    }

    /** Until each signer was seen, an ACTIVE key counts as signing; that a retired one does not is to be seen before its withdrawal. */
    private static Map<SignerId, Use> uses(Task task, Use assumed) {
        return task.settings().signers().stream().collect(Collectors.toMap(signer -> signer, signer -> assumed));
    }

    private static Use stopped(Order order) {
        Instant last = Instant.parse(order.said("last_signature").orElseThrow());
        return new Use(Use.Kind.STOPPED, last, last, Duration.ZERO);
    }
}
