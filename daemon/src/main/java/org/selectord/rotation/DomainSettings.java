package org.selectord.rotation;

import java.util.List;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.key.SigningDomain;

/** What the configuration says of one signing domain. */
public record DomainSettings(SigningDomain domain, RotationPolicy policy, DnsSettings dns, List<SignerId> signers) {
    public DomainSettings {
        signers = List.copyOf(signers);
        if (signers.isEmpty()) {
            throw new IllegalArgumentException(domain + " names no signer");
        }
    }
}
