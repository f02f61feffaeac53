package org.selectord.dnsupdate;

import java.util.List;

/**
 * Changes TXT RRsets at the primary of a zone and says what really stands there. Blocks, within a deadline of its own (30 s); any
 * thread; never throws for what a server did. Repeating the same change is always safe.
 */
public interface ZoneUpdater {
    /**
     * Asks for all changes in one message, atomically; a batch that the server refused for one member's sake is taken apart inside. Every
     * result was read back from the primary over a connection of the same kind.
     *
     * @return one result a change, in the order of {@code changes}
     */
    List<UpdateResult> apply(Zone zone, List<Change> changes);

    /** What stands at these names at the primary; signed with the same TSIG key, so that views answer alike. In the order asked. */
    List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners);
}
