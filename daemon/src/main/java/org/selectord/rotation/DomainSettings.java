package org.selectord.rotation;

import java.time.Duration;
import java.util.List;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.key.SigningDomain;

/**
 * What the configuration says of one signing domain.
 *
 * @param auditInterval how often its published records are compared with what is meant to stand there
 */
public record DomainSettings(
        SigningDomain domain, RotationPolicy policy, DnsSettings dns, List<SignerId> signers, Duration auditInterval) {
    public static final Duration DEFAULT_AUDIT_INTERVAL = Duration.ofMinutes(15);

    public DomainSettings {
        signers = List.copyOf(signers);
        if (signers.isEmpty()) {
            throw new IllegalArgumentException(domain + " names no signer");
        }
    }
}
