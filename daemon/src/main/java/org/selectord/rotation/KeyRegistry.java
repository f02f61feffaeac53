package org.selectord.rotation;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;

/**
 * The only truth: one record a domain, with its version. Blocks; safe from any thread; what it returns from {@link #save} is durable. Throws
 * {@link RegistryUnavailableException} when it cannot read or write, and then nothing of the call is recorded.
 */
public interface KeyRegistry {
    /** Domains whose next step is due and that nobody claims, claimed for the caller until {@link #save} with a step done, or {@link #release}. */
    List<ManagedDomain> claimDue(Instant now, int atMost);

    /** Gives claims back; the due times stay. */
    void release(Collection<SigningDomain> claimed);

    /** The earliest due time of all unclaimed domains. */
    Optional<Instant> nextDueAt();

    Optional<ManagedDomain> find(SigningDomain domain);

    /** Every domain that has an open intent: what a crash may have left behind. */
    List<ManagedDomain> withOpenIntents();

    /** The domain that has, or ever had, a key of this fingerprint: no other may have it. */
    Optional<SigningDomain> domainOf(KeyFingerprint fingerprint);

    /** Whether a domain has, or ever had, a key of this fingerprint, or its private half was given. */
    boolean isTaken(KeyFingerprint fingerprint);

    /**
     * A person gives the private half of this key, to be adopted. Others know that one, so it is never a spare, whatever becomes of the order; durable
     * on return, and said before the keystore has it. Again is no error.
     */
    void give(KeyFingerprint fingerprint);

    /** Of each of these zones the highest negative TTL that the record of any domain in it has, and that counts at {@code now} still. */
    Map<OwnerName, HighWater> negativeTtls(Set<OwnerName> apexes, Instant now);

    /** Inserts what the registry lacks, due at {@code now}; removes nothing. */
    void enrol(Set<SigningDomain> configured, Instant now);

    /**
     * Makes every domain due at {@code now}, to be planned anew: what the planner said depends on the configuration too. Each record gets its next
     * version, so that a save that was planned before finds itself stale instead of putting the earlier due time back.
     */
    void replanAll(Instant now);

    /** A fence that no call had before, of a higher epoch than all others of this registry; its instance is the registry's. */
    Fence newFence();

    /** A number no order ever had. */
    long newOrderNumber();

    /**
     * One transaction, durable on return: records, orders, key bindings (a fingerprint and a selector are bound to one key for ever), history.
     * Claims are left as they are.
     *
     * @return the domains whose version was stale; nothing of theirs was saved
     */
    Set<SigningDomain> save(List<Recorded> batch);
}
