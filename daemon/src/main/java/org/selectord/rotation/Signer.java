package org.selectord.rotation;

import java.time.Duration;
import java.util.Map;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.SigningDomain;

/**
 * One mail signer on one host. Level, not edge: it is told the whole set of keys a domain shall sign with, and repeating is safe. Calls
 * block within 30 s, come from one thread at a time, and do not throw for what the signer did.
 */
public interface Signer {
    SignerId id();

    /**
     * Makes each domain sign with exactly these keys (empty: with none of ours), all domains in one rewrite and one reload, then looks as
     * {@link #inUse} does. {@link Outcome.NotYet} only if certainly nothing the signer reads was changed; {@link Outcome.Unknown} when it
     * was changed and the signer could not be seen afterwards. One outcome a domain.
     *
     * @param cutOpenConnections restart rather than reload, where that is configured
     */
    Map<SigningDomain, Outcome> apply(Map<SigningDomain, Wanted> wanted, boolean cutOpenConnections);

    /** What each domain's mail is signed with now, by a probe message through the real signer: {@link Finding.InUse}, or NotYet when it does not answer. */
    Map<SigningDomain, Outcome> inUse(Map<SigningDomain, Zone> domains);

    /** Removes the signer's own copy of the private half: gone on return with {@link Finding.Forgotten}; absent already is fine. */
    Outcome forget(SigningKey key);

    /** How long after an acknowledged stop it may still sign: open connections. */
    Duration drainPeriod();
}
