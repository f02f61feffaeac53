package org.selectord.rotation;

import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;

/**
 * Everything recorded about one key. It holds no private half, only its name.
 *
 * @param record the exact strings and TTL, as made
 * @param standing what we last meant to stand at the owner name: the record from the PUBLISH intent on, the one with an empty {@code p=} from the REVOKE
 *     intent on, nothing from the WITHDRAW intent on
 * @param mayLandUntil until then an unanswered copy of a change may still be applied at the primary; the opposite change waits
 * @param reachedAt when it reached each state it is in or came through
 * @param uses by each signer that was ever told of it, or seen to use it
 * @param forgotten signers whose copy of the private half is gone
 * @param compromise since when somebody else may hold the private half, by an operator's word
 * @param givenUp it goes without ever having been told to a signer
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
        Set<SignerId> forgotten,
        Optional<Compromise> compromise,
        boolean givenUp) {
    private static final List<KeyState> FURTHEST_FIRST = EnumSet.allOf(KeyState.class).stream()
            .sorted(Comparator.reverseOrder())
            .toList();
    private static final String KEY_RECORDS = "._domainkey.";
    private static final TxtRecord REVOKED = new TxtRecord(List.of("v=DKIM1; p="));

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
                Set.of(),
                Optional.empty(),
                false);
    }

    /**
     * A key that was there before us, with its record as found.
     *
     * @param reached ACTIVE when a signer uses it, RETIRED when it signed until then
     */
    public static ManagedKey adopted(
            KeyId id,
            Selector selector,
            PublicHalf half,
            Custody custody,
            TxtRRset found,
            Map<KeyState, Instant> reached,
            Map<SignerId, Use> uses) {
        return new ManagedKey(
                id,
                selector,
                half.algorithm(),
                half.fingerprint(),
                custody,
                found,
                Optional.of(found),
                Optional.empty(),
                reached,
                Propagated.NOTHING,
                Optional.empty(),
                uses,
                Set.of(),
                Optional.empty(),
                false);
    }

    /** The furthest state in {@link #reachedAt}; never stored beside it. */
    public KeyState state() {
        for (KeyState state : FURTHEST_FIRST) { // asked more often than anything else: no stream
            if (reachedAt.containsKey(state)) {
                return state;
            }
        }
        throw new IllegalStateException("key " + id + " is in no state");
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
        return edit(draft -> draft.reachedAt = reached);
    }

    /** Whether any signer was ever told of it or seen to use it. */
    public boolean wasTold() {
        return !uses.isEmpty();
    }

    /** Whether it is not ACTIVE yet, and a signer was told of it. */
    boolean isBeingFlippedTo() {
        return state() == KeyState.READY && wasTold();
    }

    /** Any use but STOPPED; every guard asks this, not whether the state is ACTIVE. */
    public boolean mayBeSigning() {
        for (Use use : uses.values()) {
            if (use.kind() != Use.Kind.STOPPED) {
                return true;
            }
        }
        return false;
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
     * signer was told of, the time it was made; for an adopted one that had signed, the time it was said to have stopped.
     */
    public Optional<Instant> lastSignatureAt() {
        return lastSignatureAt(List.of());
    }

    /** The same, with an operator's word for the signers that are waived: what they sign from then on is at the operator's risk. */
    Optional<Instant> lastSignatureAt(List<Waiver> waivers) {
        Instant last = reachedAt.getOrDefault(KeyState.GENERATED, since());
        boolean anySigned = false;
        for (Map.Entry<SignerId, Use> entry : uses.entrySet()) {
            Optional<Instant> stopped = entry.getValue().lastSignatureAt().or(() -> Waiver.wordFor(entry, waivers));
            if (stopped.isEmpty()) {
                return Optional.empty();
            }
            last = anySigned ? DueTimes.later(last, stopped.get()) : stopped.get();
            anySigned = true;
        }
        return Optional.of(last);
    }

    /** Whether it was revoked before any signer was told of it: then no mail of ours is signed with it. */
    boolean isRevokedUnused() {
        return state() == KeyState.REVOKED && !wasTold() && !wasAdopted();
    }

    /** Whether it was there before us; then nothing of how it came about was proven by us. */
    public boolean wasAdopted() {
        return !reachedAt.containsKey(KeyState.GENERATED);
    }

    /** When nobody can have mail verified with a key that was revoked; empty while it is not known. */
    public Optional<Instant> exposureEndsAt() {
        return DueTimes.exposureEndsAt(this);
    }

    public boolean isCompromised() {
        return compromise.isPresent();
    }

    /** Whether it may still be told to signers: RFC 6376 knows no way back from a revocation, and a withdrawal is on its way. */
    public boolean mayBeTold() {
        return standing.isPresent() && !isCompromised() && !givenUp;
    }

    // ---- its record

    /** Whether verifiers find its record by an alias in another zone. */
    public boolean isAliased() {
        return !record.owner().name().startsWith(KEY_RECORDS, selector.name().length());
    }

    /** What its owner name shall answer: the record, or the one that revokes it. */
    public TxtRRset expected() {
        return standing.orElse(record);
    }

    /** RFC 6376 section 3.6.1: an empty {@code p=} says that the key has been revoked. */
    public TxtRRset revocation() {
        return new TxtRRset(record.owner(), record.ttlSeconds(), List.of(REVOKED));
    }

    public boolean isMeantRevoked() {
        return standing.filter(revocation()::equals).isPresent();
    }

    /** Whether it is ours by value: the record, or its revocation where there was one. */
    boolean isOurs(TxtRRset found) {
        return found.saysTheSameAs(record) || (isCompromised() && found.saysTheSameAs(revocation()));
    }

    /** Whether the primary was seen to serve what we last meant to stand there, or nothing where nothing is meant to. */
    boolean stands(Optional<TxtRRset> found) {
        return standing.isPresent()
                ? found.filter(standing.get()::saysTheSameAs).isPresent()
                : found.filter(this::isOurs).isEmpty();
    }

    /** The servers that were seen not to have the record of a key that signs or signed; one that is yet to sign waits for them. */
    Map<String, ServerProof> lostAt() {
        boolean isNeeded = state() == KeyState.ACTIVE || state() == KeyState.RETIRED;
        return isNeeded && standing.isPresent() && !isMeantRevoked() ? propagated.lostAt() : Map.of();
    }

    /** Those of them that had it when the record was as {@code before}, or were not asked yet, each with what it answered. */
    public Map<String, String> lostSince(ManagedKey before) {
        Map<String, String> lost = new TreeMap<>();
        lostAt().forEach((server, proof) -> lost.put(server, proof.cameBack()));
        lost.keySet().removeAll(before.lostAt().keySet());
        return lost;
    }

    boolean isGone(Propagation seen) {
        return seen.absentEverywhere(record) && (!isCompromised() || seen.absentEverywhere(revocation()));
    }

    // ---- changing

    ManagedKey withCustody(Custody changed) {
        return edit(draft -> draft.custody = changed);
    }

    /** Another record is meant to stand there: what servers have shown of the one before proves nothing about it. */
    ManagedKey withStanding(Optional<TxtRRset> meant) {
        return edit(draft -> {
            draft.propagated = meant.equals(standing) ? propagated : propagated.forgotten();
            draft.standing = meant;
        });
    }

    /** An unanswered copy may land until {@code until}; never earlier than what was known before. */
    ManagedKey mayLand(Instant until) {
        Instant latest = mayLandUntil.filter(known -> known.isAfter(until)).orElse(until);
        return edit(draft -> draft.mayLandUntil = Optional.of(latest));
    }

    ManagedKey landingBy(Instant latest) {
        return edit(draft -> draft.mayLandUntil = mayLandUntil.map(until -> Use.earlier(until, latest)));
    }

    ManagedKey withPropagated(Propagated seen) {
        return edit(draft -> draft.propagated = seen);
    }

    ManagedKey withOnPrimary(PrimaryLook seen) {
        return edit(draft -> draft.onPrimary = Optional.of(seen));
    }

    ManagedKey withUse(SignerId signer, Use use) {
        Map<SignerId, Use> changed = new HashMap<>(uses);
        changed.put(signer, use);
        return edit(draft -> draft.uses = changed);
    }

    ManagedKey withoutUse(SignerId signer) {
        Map<SignerId, Use> changed = new HashMap<>(uses);
        changed.remove(signer);
        return edit(draft -> draft.uses = changed);
    }

    ManagedKey forgottenBy(SignerId signer) {
        Set<SignerId> changed = new HashSet<>(forgotten);
        changed.add(signer);
        return edit(draft -> draft.forgotten = changed);
    }

    /** Told of it again, it has a copy again. */
    ManagedKey notForgottenBy(SignerId signer) {
        Set<SignerId> changed = new HashSet<>(forgotten);
        changed.remove(signer);
        return edit(draft -> draft.forgotten = changed);
    }

    /** A key that is compromised already stays so by the earlier word. */
    ManagedKey compromised(long order, Instant at) {
        return isCompromised()
                ? this
                : edit(draft -> draft.compromise = Optional.of(new Compromise(order, at, Optional.empty())));
    }

    /** The signers are being told to stop because of it: from here on the revocation is due, whatever they answer. */
    ManagedKey stopping(Instant at) {
        return edit(draft -> draft.compromise = compromise.map(known -> known.stopping(at)));
    }

    ManagedKey discarded() {
        return edit(draft -> draft.givenUp = true);
    }

    boolean isBeyond(Instant now) {
        return reachedAt.values().stream().anyMatch(now::isBefore)
                || uses.values().stream().anyMatch(use -> use.seenAt().isAfter(now))
                || propagated.lookedAt().filter(now::isBefore).isPresent()
                || onPrimary.filter(look -> look.seenAt().isAfter(now)).isPresent();
    }

    /** With no instant of something seen later than {@code now}: a clock that was ahead wrote those, and later than true is safe. */
    ManagedKey notBeyond(Instant now) {
        Map<KeyState, Instant> reached = new EnumMap<>(KeyState.class);
        reachedAt.forEach((state, at) -> reached.put(state, Use.earlier(at, now)));
        Map<SignerId, Use> used = new HashMap<>();
        uses.forEach((signer, use) -> used.put(signer, use.notBeyond(now)));
        return edit(draft -> {
            draft.reachedAt = reached;
            draft.uses = used;
            draft.propagated = propagated.notBeyond(now);
            draft.onPrimary = onPrimary.map(seen -> new PrimaryLook(seen.found(), Use.earlier(seen.seenAt(), now)));
            draft.compromise = compromise.map(known -> known.notBeyond(now));
        });
    }

    private ManagedKey edit(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.key(this);
    }

    /** What of a key can change; the rest is as it was made. */
    private static final class Draft {
        private Custody custody;
        private Optional<TxtRRset> standing;
        private Optional<Instant> mayLandUntil;
        private Map<KeyState, Instant> reachedAt;
        private Propagated propagated;
        private Optional<PrimaryLook> onPrimary;
        private Map<SignerId, Use> uses;
        private Set<SignerId> forgotten;
        private Optional<Compromise> compromise;
        private boolean givenUp;

        Draft(ManagedKey key) {
            custody = key.custody;
            standing = key.standing;
            mayLandUntil = key.mayLandUntil;
            reachedAt = key.reachedAt;
            propagated = key.propagated;
            onPrimary = key.onPrimary;
            uses = key.uses;
            forgotten = key.forgotten;
            compromise = key.compromise;
            givenUp = key.givenUp;
        }

        ManagedKey key(ManagedKey before) {
            return new ManagedKey(
                    before.id,
                    before.selector,
                    before.algorithm,
                    before.fingerprint,
                    custody,
                    before.record,
                    standing,
                    mayLandUntil,
                    reachedAt,
                    propagated,
                    onPrimary,
                    uses,
                    forgotten,
                    compromise,
                    givenUp);
        }
    }

    public SigningKey signingKey() {
        return new SigningKey(id, selector, algorithm, fingerprint);
    }
}
