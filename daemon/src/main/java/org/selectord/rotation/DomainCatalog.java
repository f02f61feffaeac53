package org.selectord.rotation;

import java.util.Optional;
import org.selectord.key.SigningDomain;

/** The configuration's word on each domain, as of now; empty: unlisted, which goes on signing and is not rotated. */
@FunctionalInterface
public interface DomainCatalog {
    Optional<DomainSettings> settingsOf(SigningDomain domain);
}
