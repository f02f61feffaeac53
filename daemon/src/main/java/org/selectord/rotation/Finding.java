package org.selectord.rotation;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.KeyId;
import org.selectord.key.Selector;

/** What was seen: a fact, whoever asked. The {@link Look} says when. A doubled finding folds in without harm. */
public sealed interface Finding {
    /** A new key: its private half is durable in the keystore and was read back. */
    record Generated(ManagedKey key) implements Finding {}

    /**
     * What the primary serves at a key's owner name.
     *
     * @param unanswered whether an attempt got no verified reply in this look: a copy of it may still land
     */
    record OnPrimary(KeyId key, Optional<TxtRRset> found, boolean unanswered) implements Finding {}

    /** What every authoritative server serves at a key's owner name. */
    record OnServers(KeyId key, Propagation seen) implements Finding {}

    /**
     * What every server of a customer's zone answers for the aliases in it.
     *
     * @param parentNegativeTtlSeconds as with {@link Located}
     */
    record OnAliases(AliasLook seen, Optional<Long> parentNegativeTtlSeconds) implements Finding {}

    /**
     * What one signer signs a domain's mail with.
     *
     * @param seen the selectors of the domain's signatures on a probe message; the fold maps each to the newest key bearing it, or it is foreign
     * @param drain how long after an acknowledged stop this signer may still sign
     */
    record InUse(SignerId signer, Set<Selector> seen, Proof proof, Duration drain) implements Finding {
        public InUse {
            seen = Set.copyOf(seen);
        }
    }

    /**
     * Where the domain's key records live.
     *
     * @param parentNegativeTtlSeconds how long the parent zone's denials may be remembered; asked for a zone not known before, with {@code authoritative: zone}
     */
    record Located(OwnerName apex, long negativeTtlSeconds, Optional<Long> parentNegativeTtlSeconds)
            implements Finding {}

    /**
     * A key that was there before us.
     *
     * @param adopted with the record as found
     */
    record Adopted(long order, ManagedKey adopted) implements Finding {}

    /** Definite: what an order asked to adopt cannot be. */
    record NotAdopted(long order, String why) implements Finding {}

    /** The private half is gone from the keystore. */
    record Destroyed(KeyId key) implements Finding {}

    /** The signer's copy of the private half is gone. */
    record Forgotten(SignerId signer, KeyId key) implements Finding {}
}
