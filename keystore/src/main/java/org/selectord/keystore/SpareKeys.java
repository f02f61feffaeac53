package org.selectord.keystore;

import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.selectord.key.CheckedKeyPairs;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyGenerationException;
import org.selectord.key.KeyPairSource;
import org.selectord.key.PublicHalf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where new keys come from: a spare, which is a stored key that no domain has taken, or else a newly generated one. So a crash
 * between storing a key and binding it to its domain makes no second key: the first is found again. Blocks as its store and its
 * source do; safe from any thread, but two callers may be given the same spare: whoever records it first has it.
 *
 * <p>Looking into a stored key may cost a decryption, so each is looked into once; after that its algorithm is remembered, and the store is asked
 * only now and then which keys there are.
 */
public final class SpareKeys {
    private static final Logger LOG = LoggerFactory.getLogger(SpareKeys.class);

    /** What the store listed counts for so long: somebody else may take spares out of it, and nobody else puts any in. */
    private static final Duration LISTING_HOLDS = Duration.ofSeconds(10);

    /** Making a key may be quicker than finding one among many of another algorithm. */
    private static final int MOST_LOOKS = 50;

    private final PrivateKeyStore store;
    private final KeyPairSource source;
    private final LongSupplier nanos;

    // all guarded by this, which is never held while a registry or a store is asked
    private final Map<KeyFingerprint, PublicHalf> spares =
            new TreeMap<>(); // in order: the same question, the same answer
    private final Set<KeyFingerprint> unseen = new TreeSet<>(); // listed, and not looked into yet
    private final Set<KeyFingerprint> settled = new HashSet<>(); // taken for ever or damaged: not looked into again
    private Optional<Long> listedAt = Optional.empty();
    private long discards;

    public SpareKeys(PrivateKeyStore store, KeyPairSource source) {
        this(store, source, System::nanoTime);
    }

    SpareKeys(PrivateKeyStore store, KeyPairSource source, LongSupplier nanos) {
        this.store = store;
        this.source = new CheckedKeyPairs(source);
        this.nanos = nanos;
    }

    /**
     * A key of this algorithm that is durable in the store and not taken. The keys of a batch that have just been handed out must
     * count as taken.
     */
    public PublicHalf take(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
        if (isListingOld()) {
            list();
        }
        Optional<PublicHalf> spare = spare(algorithm, taken);
        for (int looks = 0; spare.isEmpty() && looks < MOST_LOOKS && lookIntoNext(taken); looks++) {
            spare = spare(algorithm, taken);
        }
        return spare.isPresent() ? spare.get() : generate(algorithm, taken);
    }

    /**
     * Makes spares of this algorithm until there are so many, or until its thread is interrupted.
     *
     * @param taken those bound for ever, without any that have only been handed out
     */
    public void fill(KeyAlgorithm algorithm, int wanted, Predicate<KeyFingerprint> taken)
            throws PrivateKeyStoreException {
        list();
        forgetBound(taken);
        while (lookIntoNext(taken) && !Thread.currentThread().isInterrupted()) {
            // each once in the life of this process
        }
        while (count(algorithm) < wanted && !Thread.currentThread().isInterrupted()) {
            generate(algorithm, taken);
        }
    }

    /** Destroys every spare: after a word that somebody else may have read the store, none of them is to be taken. Repeating is safe. */
    public void discard(Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
        for (KeyFingerprint name : store.list()) {
            if (!taken.test(name)) {
                store.destroy(name);
            }
        }
        forgetSpares();
    }

    /** How many there are, as far as they have been looked into. */
    public int count(KeyAlgorithm algorithm) {
        return spares(algorithm).size();
    }

    // ---- what is remembered

    private synchronized boolean isListingOld() {
        return listedAt.filter(at -> nanos.getAsLong() - at < LISTING_HOLDS.toNanos())
                .isEmpty();
    }

    private void list() throws PrivateKeyStoreException {
        long now = nanos.getAsLong();
        Set<KeyFingerprint> listed = store.list();
        synchronized (this) {
            listedAt = Optional.of(now);
            spares.keySet().retainAll(listed);
            unseen.clear();
            listed.stream()
                    .filter(name -> !spares.containsKey(name) && !settled.contains(name))
                    .forEach(unseen::add);
        }
    }

    /** One that is found taken is no spare until it is listed again, for what was handed out may come back. */
    private Optional<PublicHalf> spare(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken) {
        for (PublicHalf half : spares(algorithm)) {
            if (!taken.test(half.fingerprint())) {
                return Optional.of(half);
            }
            forget(half.fingerprint());
        }
        return Optional.empty();
    }

    private synchronized List<PublicHalf> spares(KeyAlgorithm algorithm) {
        return spares.values().stream()
                .filter(half -> half.algorithm() == algorithm)
                .toList();
    }

    private void forgetBound(Predicate<KeyFingerprint> taken) {
        names().filter(taken).forEach(name -> {
            forget(name);
            settle(name);
        });
    }

    private synchronized Stream<KeyFingerprint> names() {
        return Stream.concat(List.copyOf(spares.keySet()).stream(), List.copyOf(unseen).stream());
    }

    private synchronized void forget(KeyFingerprint name) {
        spares.remove(name);
        unseen.remove(name);
    }

    private synchronized void settle(KeyFingerprint name) {
        settled.add(name);
    }

    private synchronized void forgetSpares() {
        spares.clear();
        unseen.clear();
        listedAt = Optional.empty();
        discards++;
    }

    private synchronized void remember(PublicHalf half, long discardsBefore) {
        if (discards == discardsBefore) {
            spares.put(half.fingerprint(), half);
        } // else it may be destroyed already; the next listing tells
    }

    private synchronized long discards() {
        return discards;
    }

    private synchronized Optional<KeyFingerprint> nextUnseen() {
        Iterator<KeyFingerprint> names = unseen.iterator();
        Optional<KeyFingerprint> next = names.hasNext() ? Optional.of(names.next()) : Optional.empty();
        next.ifPresent(unseen::remove);
        return next;
    }

    private synchronized boolean isKnown(KeyFingerprint name) {
        return spares.containsKey(name) || unseen.contains(name) || settled.contains(name);
    }

    // ---- looking and making

    /** Looks into one stored key that is not taken; false if there is none left. */
    private boolean lookIntoNext(Predicate<KeyFingerprint> taken) throws PrivateKeyStoreException {
        long discardsBefore = discards();
        Optional<KeyFingerprint> next = nextUnseen();
        while (next.isPresent() && taken.test(next.get())) {
            next = nextUnseen();
        }
        if (next.isPresent()) {
            look(next.get()).ifPresent(half -> remember(half, discardsBefore));
        }
        return next.isPresent();
    }

    private Optional<PublicHalf> look(KeyFingerprint name) throws PrivateKeyStoreException {
        try {
            return Optional.of(store.readPublic(name));
        } catch (PrivateKeyAbsentException e) {
            return Optional.empty(); // destroyed since it was listed
        } catch (PrivateKeyDamagedException e) {
            settle(name); // it keeps nobody from the next one
            LOG.warn("a key that no domain has taken is left alone: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private PublicHalf generate(KeyAlgorithm algorithm, Predicate<KeyFingerprint> taken)
            throws PrivateKeyStoreException {
        long discardsBefore = discards();
        PrivateKeyPem key = generated(algorithm);
        KeyFingerprint name = key.publicHalf().fingerprint();
        if (isKnown(name) || taken.test(name)) {
            throw new PrivateKeyStoreUnavailableException("no new key: the source of key pairs made " + key.publicHalf()
                    + " again, which is in use already. This machine's random numbers are broken");
        }
        store.put(key);
        remember(key.publicHalf(), discardsBefore);
        return key.publicHalf();
    }

    private PrivateKeyPem generated(KeyAlgorithm algorithm) throws PrivateKeyStoreUnavailableException {
        try {
            return PrivateKeyPem.of(source.generate(algorithm));
        } catch (KeyGenerationException e) {
            throw new PrivateKeyStoreUnavailableException("no new key, and nothing was stored: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new PrivateKeyStoreUnavailableException(
                    "no new key, and nothing was stored: a new " + algorithm.word() + " key pair was thrown away: "
                            + e.getMessage(),
                    e);
        }
    }
}
