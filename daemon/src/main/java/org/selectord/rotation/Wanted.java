package org.selectord.rotation;

import java.util.Set;
import org.selectord.dnsupdate.Zone;

/**
 * The whole set of keys a domain shall sign with at one signer, and the zone its key records are fetched from for the proof.
 *
 * @param keys empty: sign nothing
 */
public record Wanted(Set<SigningKey> keys, Zone zone) {
    public Wanted {
        keys = Set.copyOf(keys);
    }
}
