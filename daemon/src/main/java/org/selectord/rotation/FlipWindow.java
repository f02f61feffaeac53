package org.selectord.rotation;

import java.time.Instant;

/** When a policy allows the signer to be flipped: a window that opens, or a freeze that is lifted. */
@FunctionalInterface
public interface FlipWindow {
    /** What {@link #nextOpenAt} answers when it never opens again: far enough that nothing is due, near enough for every clock. */
    Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

    /** Always open. */
    FlipWindow ALWAYS = from -> from;

    /** The first instant at or after {@code from} at which it is open. */
    Instant nextOpenAt(Instant from);

    /** Open where both are. Each is asked what it says of the other's answer, until they agree. */
    default FlipWindow and(FlipWindow other) {
        return from -> {
            Instant open = nextOpenAt(from);
            for (Instant both = other.nextOpenAt(open); both.isAfter(open); both = other.nextOpenAt(open)) {
                open = nextOpenAt(both);
            }
            return open;
        };
    }
}
