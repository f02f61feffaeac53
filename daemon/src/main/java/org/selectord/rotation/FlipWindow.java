package org.selectord.rotation;

import java.time.Instant;

/** When a policy allows the signer to be flipped. */
public interface FlipWindow {
    /** Always open. */
    FlipWindow ALWAYS = from -> from;

    /** The first instant at or after {@code from} at which the window is open. */
    Instant nextOpenAt(Instant from);
}
