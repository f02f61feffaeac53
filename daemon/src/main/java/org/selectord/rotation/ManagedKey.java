package org.selectord.rotation;

import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;

/**
 * Everything recorded about one key. It holds no private half, only its name.
 *
 * @param record the exact strings and TTL, as made
 * @param standing what we last meant to stand at the owner name: the record from the PUBLISH intent on, nothing from the WITHDRAW intent on
 * @param mayLandUntil until then an unanswered copy of a change may still be applied at the primary; the opposite change waits
 * @param reachedAt when it reached each state it is in or came through
 * @param uses by each signer that was ever told of it, or seen to use it
 * @param forgotten signers whose copy of the private half is gone
 */
public record ManagedKey(
        KeyId id,
        Selector selector,
        KeyAlgorithm algorithm,
        KeyFingerprint fingerprint,
        Custody custody,
        TxtRRset record,
        Optional<TxtRRset> standing,
        Optional<Instant> mayLandUntil,
        Map<KeyState, Instant> reachedAt,
        Propagated propagated,
        Optional<PrimaryLook> onPrimary,
        Map<SignerId, Use> uses,
        Set<SignerId> forgotten) {
    public ManagedKey {
        reachedAt = Map.copyOf(reachedAt);
        uses = Map.copyOf(uses);
        forgotten = Set.copyOf(forgotten);
        if (reachedAt.isEmpty()) {
            throw new IllegalArgumentException("key " + id + " is in no state");
        }
    }

    /** A key whose private half has just become durable. */
    public static ManagedKey generated(
            KeyId id,
            Selector selector,
            KeyAlgorithm algorithm,
            KeyFingerprint fingerprint,
            TxtRRset record,
            Instant at) {
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                Custody.HELD,
                record,
                Optional.empty(),
                Optional.empty(),
                Map.of(KeyState.GENERATED, at),
                Propagated.NOTHING,
                Optional.empty(),
                Map.of(),
                Set.of());
    }

    /** The furthest state in {@link #reachedAt}; never stored beside it. */
    public KeyState state() {
        return reachedAt.keySet().stream().max(KeyState::compareTo).orElseThrow();
    }

    public KeyType type() {
        return algorithm.type();
    }

    /** When it reached the state it is in. */
    public Instant since() {
        return reachedAt(state()).orElseThrow();
    }

    public Optional<Instant> reachedAt(KeyState state) {
        return Optional.ofNullable(reachedAt.get(state));
    }

    /** In {@code next}; refuses what {@link KeyState#next()} does not list. Going back drops the later instants. */
    public ManagedKey reached(KeyState next, Instant at) {
        if (!state().next().contains(next)) {
            throw new IllegalStateException(
                    selector + "/" + id.domain() + " cannot go from " + state() + " to " + next);
        }
        Map<KeyState, Instant> reached = new EnumMap<>(KeyState.class);
        reachedAt.forEach((state, when) -> {
            if (state.compareTo(next) < 0) {
                reached.put(state, when);
            }
        });
        reached.put(next, at);
        return withReached(reached);
    }

    /** Whether any signer was ever told of it or seen to use it. */
    public boolean wasTold() {
        return !uses.isEmpty();
    }

    /** Any use but STOPPED; every guard asks this, not whether the state is ACTIVE. */
    public boolean mayBeSigning() {
        return uses.values().stream().anyMatch(use -> use.kind() != Use.Kind.STOPPED);
    }

    /** The same of one signer. */
    boolean mayBeSigningAt(SignerId signer) {
        return useAt(signer).filter(use -> use.kind() != Use.Kind.STOPPED).isPresent();
    }

    public Optional<Use> useAt(SignerId signer) {
        return Optional.ofNullable(uses.get(signer));
    }

    public boolean isUsedBy(SignerId signer) {
        return isUse(signer, Use.Kind.USING);
    }

    boolean isUse(SignerId signer, Use.Kind kind) {
        return useAt(signer).filter(use -> use.kind() == kind).isPresent();
    }

    /**
     * L of F7: the latest acknowledged stop plus that signer's settle time, over all its signers. Empty while one may still sign; for a key that no
     * signer was told of, the time it was made.
     */
    public Optional<Instant> lastSignatureAt() {
        if (mayBeSigning()) {
            return Optional.empty();
        }
        return Optional.of(uses.values().stream()
                .map(use -> use.sinceAt().plus(use.drain()))
                .max(Instant::compareTo)
                .orElse(reachedAt.getOrDefault(KeyState.GENERATED, since())));
    }

    private ManagedKey withReached(Map<KeyState, Instant> reached) {
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                standing,
                mayLandUntil,
                reached,
                propagated,
                onPrimary,
                uses,
                forgotten);
    }

    ManagedKey withCustody(Custody changed) {
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                changed,
                record,
                standing,
                mayLandUntil,
                reachedAt,
                propagated,
                onPrimary,
                uses,
                forgotten);
    }

    ManagedKey withStanding(Optional<TxtRRset> meant) {
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                meant,
                mayLandUntil,
                reachedAt,
                propagated,
                onPrimary,
                uses,
                forgotten);
    }

    /** An unanswered copy may land until {@code until}; never earlier than what was known before. */
    ManagedKey mayLand(Instant until) {
        Instant latest = mayLandUntil.filter(known -> known.isAfter(until)).orElse(until);
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                standing,
                Optional.of(latest),
                reachedAt,
                propagated,
                onPrimary,
                uses,
                forgotten);
    }

    ManagedKey withPropagated(Propagated seen) {
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                standing,
                mayLandUntil,
                reachedAt,
                seen,
                onPrimary,
                uses,
                forgotten);
    }

    ManagedKey withOnPrimary(PrimaryLook seen) {
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                standing,
                mayLandUntil,
                reachedAt,
                propagated,
                Optional.of(seen),
                uses,
                forgotten);
    }

    ManagedKey withUse(SignerId signer, Use use) {
        Map<SignerId, Use> changed = new HashMap<>(uses);
        changed.put(signer, use);
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                standing,
                mayLandUntil,
                reachedAt,
                propagated,
                onPrimary,
                changed,
                forgotten);
    }

    ManagedKey withoutUse(SignerId signer) {
        Map<SignerId, Use> changed = new HashMap<>(uses);
        changed.remove(signer);
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                standing,
                mayLandUntil,
                reachedAt,
                propagated,
                onPrimary,
                changed,
                forgotten);
    }

    ManagedKey forgottenBy(SignerId signer) {
        Set<SignerId> changed = new HashSet<>(forgotten);
        changed.add(signer);
        return new ManagedKey(
                id,
                selector,
                algorithm,
                fingerprint,
                custody,
                record,
                standing,
                mayLandUntil,
                reachedAt,
                propagated,
                onPrimary,
                uses,
                changed);
    }

    public SigningKey signingKey() {
        return new SigningKey(id, selector, algorithm, fingerprint);
    }
}
