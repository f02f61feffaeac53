package org.selectord.dnsupdate;

import java.util.List;
import java.util.Set;

/**
 * What is wrong with the rights of a TSIG key at one primary of a zone.
 *
 * @param names of {@link NeededRights}: below which, or at which; empty when it is about the zone as a whole
 * @param said what was asked of whom, what came back, and what to do, for people; ends in a colon where {@code policy} follows
 * @param policy the lines of an {@code update-policy} that put it right, in this order
 */
public record RightsFinding(Kind kind, Set<OwnerName> names, String said, List<String> policy) {
    public enum Kind {
        /** What is needed is refused: nothing can be published there. */
        TOO_NARROW,
        /** More is allowed than is needed. */
        TOO_WIDE,
        /** The server does not know the newest of our TSIG keys, and still knows an older one. */
        OLD_KEY,
        /** The server could not be asked, or its answers do not say. */
        CANNOT_TELL
    }

    public RightsFinding {
        names = Set.copyOf(names);
        policy = List.copyOf(policy);
    }
}
