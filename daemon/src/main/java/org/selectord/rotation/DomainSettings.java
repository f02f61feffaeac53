package org.selectord.rotation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * What the configuration says of one signing domain.
 *
 * @param auditInterval how often its published records are compared with what is meant to stand there
 * @param ring where its zone is somebody else's, whose aliases lead to our records
 */
public record DomainSettings(
        SigningDomain domain,
        RotationPolicy policy,
        DnsSettings dns,
        List<SignerId> signers,
        Duration auditInterval,
        Optional<Ring> ring) {
    public static final Duration DEFAULT_AUDIT_INTERVAL = Duration.ofMinutes(15);

    /** Of a domain whose key records stand in its own zone. */
    public DomainSettings(
            SigningDomain domain,
            RotationPolicy policy,
            DnsSettings dns,
            List<SignerId> signers,
            Duration auditInterval) {
        this(domain, policy, dns, signers, auditInterval, Optional.empty());
    }

    public DomainSettings {
        signers = List.copyOf(signers);
        if (signers.isEmpty()) {
            throw new IllegalArgumentException(domain + " names no signer");
        }
    }

    /** For people, of a {@link ManagedDomain#keyElsewhere}. */
    public String saysElsewhere(ManagedKey key) {
        return "the record of " + key.selector() + " stands at " + key.record().owner()
                + ", and the configuration has it at " + ownerOf(key.selector()) + " (delegated): " + domain
                + " signs on, and nothing else is done for it. Put delegated back as it was; to move the domain, then"
                + " `selectorctl domain remove " + domain + "`, and when that is done change delegated and `selectorctl"
                + " resume " + domain + "`";
    }

    /** Where the record of a key with this selector stands. */
    public OwnerName ownerOf(Selector selector) {
        return ring.map(aliased -> aliased.alias(selector, domain))
                .map(Alias::target)
                .orElseGet(() -> OwnerName.of(selector.ownerName(domain)));
    }

    /** Below which name all of them stand; those of a ring beside those of other domains. */
    public OwnerName recordsBelow() {
        return ring.map(Ring::zone).orElseGet(() -> OwnerName.of("_domainkey." + domain.name()));
    }
}
