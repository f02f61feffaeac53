package org.selectord.rotation;

import java.util.Set;
import org.selectord.key.SigningDomain;

/**
 * How much may change at once, over all domains. A compromise is held by none of it.
 *
 * @param flipsPerMinute flips begun in any minute
 * @param inFlight flips under way at the same time: begun, and not yet proven at every signer
 * @param canaries domains that flip by the calendar before the others of their policy do
 */
public record FleetSettings(int flipsPerMinute, int inFlight, Set<SigningDomain> canaries) {
    public static final FleetSettings DEFAULT = new FleetSettings(60, 500, Set.of());

    public FleetSettings {
        canaries = Set.copyOf(canaries);
        if (flipsPerMinute < 1 || inFlight < 1) {
            throw new IllegalArgumentException("a fleet that may not flip at all");
        }
    }
}
