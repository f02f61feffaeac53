package org.selectord.rotation;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyRecord;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/** GENERATE: takes a key pair that no domain has, whose private half is durable, and makes it this domain's: selector, number, record. */
final class GenerateKey implements Worker {
    /** Where key pairs come from: {@code SpareKeys}. */
    interface KeySource {
        PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException;

        /** Destroys what no domain has taken. */
        default void discard(Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {}
    }

    private final KeySource keys;
    private final Predicate<KeyFingerprint> taken;
    private final Clock clock;
    private final RandomGenerator random;

    GenerateKey(KeySource keys, Predicate<KeyFingerprint> taken, Clock clock, RandomGenerator random) {
        this.keys = keys;
        this.taken = taken;
        this.clock = clock;
        this.random = random;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        Set<KeyFingerprint> handedOut = new HashSet<>(); // not recorded yet, but another domain's in this batch
        Optional<Outcome> notDiscarded =
                oneLane.stream().anyMatch(GenerateKey::isStoreCompromised) ? discard() : Optional.empty();
        return whileThere(
                oneLane,
                task -> notDiscarded.isPresent() && isStoreCompromised(task)
                        ? notDiscarded.get()
                        : generate(task, handedOut));
    }

    /** Once for all of a batch, before any of them takes a key. */
    private Optional<Outcome> discard() {
        try {
            keys.discard(taken);
            return Optional.empty();
        } catch (PrivateKeyStoreException e) {
            return Optional.of(failed(e));
        }
    }

    /** The call of a keystore. */
    interface StoreCall {
        Outcome perform(Task task) throws PrivateKeyStoreException;
    }

    /** One after the other. When the keystore is away, the others are told so without asking: each would wait for an answer as long as the first. */
    static List<Outcome> whileThere(List<Task> oneLane, StoreCall call) {
        List<Outcome> outcomes = new ArrayList<>();
        Optional<Outcome> away = Optional.empty();
        for (Task task : oneLane) {
            try {
                outcomes.add(away.isPresent() ? away.get() : call.perform(task));
            } catch (PrivateKeyStoreException e) {
                Outcome failed = failed(e);
                away = Optional.of(failed).filter(outcome -> e instanceof PrivateKeyStoreUnavailableException);
                outcomes.add(failed);
            }
        }
        return outcomes;
    }

    private Outcome generate(Task task, Set<KeyFingerprint> handedOut) throws PrivateKeyStoreException {
        try {
            KeyAlgorithm algorithm = task.step().algorithm().orElseThrow();
            PublicHalf half = keys.take(algorithm, key -> handedOut.contains(key) || taken.test(key));
            handedOut.add(half.fingerprint());
            return new Outcome.Done(new Finding.Generated(bind(task, half)));
        } catch (NoSelectorLeftException e) {
            return new Outcome.NotYet(Pace.SLOW, new Reason(e.getMessage()));
        }
    }

    /** Whoever has read the store has its spares too. */
    private static boolean isStoreCompromised(Task task) {
        return task.domain().orders().stream()
                .anyMatch(order -> order.kind() == Order.Kind.COMPROMISED
                        && order.isOpen()
                        && order.said("scope").filter("store"::equals).isPresent());
    }

    /** The template makes no selector that the domain has not had. */
    private static final class NoSelectorLeftException extends Exception {
        private static final long serialVersionUID = 1L;

        NoSelectorLeftException(String message) {
            super(message);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    private ManagedKey bind(Task task, PublicHalf half) throws NoSelectorLeftException {
        Instant now = clock.instant();
        Optional<Ring> ring = task.settings().ring();
        Selector selector = ring.isPresent()
                ? freeSelector(task, ring.get(), half.algorithm())
                : unusedSelector(task, half.algorithm(), now);
        OwnerName owner = task.settings().ownerOf(selector);
        TxtRecord record = new TxtRecord(KeyRecord.of(half).strings());
        TxtRRset set = new TxtRRset(owner, task.settings().dns().recordTtl().toSeconds(), List.of(record));
        return ManagedKey.generated(
                task.domain().nextKeyId(), selector, half.algorithm(), half.fingerprint(), set, now);
    }

    /** The one that the planner waited for: the first that was free when the step was due. */
    static Optional<Selector> freeSelector(
            Ring ring, KeyAlgorithm algorithm, Step step, ManagedDomain domain, DomainSettings settings) {
        return RingSelector.of(ring, algorithm.type(), domain, settings.policy()).stream()
                .filter(each ->
                        each.freeAt().filter(at -> !at.isAfter(step.dueAt())).isPresent())
                .findFirst()
                .map(RingSelector::selector);
    }

    private static Selector freeSelector(Task task, Ring ring, KeyAlgorithm algorithm) throws NoSelectorLeftException {
        return freeSelector(ring, algorithm, task.step(), task.domain(), task.settings())
                .orElseThrow(() -> new NoSelectorLeftException("no selector of the ring " + ring.selectors() + " of "
                        + task.domain().name() + " is free for " + algorithm.word()));
    }

    /** A selector is bound to one key for ever (RFC 6376 section 3.1 says why): never one this domain ever had. */
    private Selector unusedSelector(Task task, KeyAlgorithm algorithm, Instant now) throws NoSelectorLeftException {
        KeyId id = task.domain().nextKeyId();
        for (int tries = 0; tries < 1000; tries++) {
            KeyId counted = new KeyId(id.domain(), id.number() + tries); // {sequence} goes on where one was had
            Selector selector = task.settings().policy().selector().next(counted, algorithm, now, random);
            if (!task.domain().everHad(selector)) {
                return selector;
            }
        }
        throw new NoSelectorLeftException(
                "the selector template " + task.settings().policy().selector() + " makes no selector that "
                        + task.domain().name() + " has not had; add {random:8} to it");
    }

    private static Outcome failed(PrivateKeyStoreException e) {
        boolean forAPerson = e instanceof PrivateKeyStoreDeniedException || e instanceof PrivateKeyDamagedException;
        Pace pace = forAPerson ? Pace.SLOW : Pace.QUICK;
        return new Outcome.NotYet(pace, new Reason("keystore: " + e.getMessage()));
    }
}
