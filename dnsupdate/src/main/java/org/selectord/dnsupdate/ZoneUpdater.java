package org.selectord.dnsupdate;

import java.util.List;
import java.util.Optional;

/**
 * Changes TXT RRsets at the primary of a zone and says what really stands there. Blocks, within a deadline of its own (30 s); any
 * thread; never throws for what a server did. Repeating the same change is always safe.
 */
public interface ZoneUpdater {
    /**
     * Asks for all changes in as few messages as hold them, each of them atomic; a batch that the server refused for one member's sake is
     * taken apart inside. Every result was read back from the primary over a connection of the same kind.
     *
     * <p>With a fence, what stands at {@link Zone#fenceOwner()} is read first. Nothing there, or an earlier one of the same instance, gives
     * way in the first message; anything else is left alone, nothing is sent, and every result is {@link UpdateResult.Verdict#FENCED}. A
     * person who wants another instance's fence gone has it replaced by value: a {@link Change} of that owner, without a fence.
     *
     * @param fence of this call alone: its epoch is higher than in any call before. Empty: updates demand no fence
     * @return one result a change, in the order of {@code changes}
     */
    List<UpdateResult> apply(Zone zone, Optional<Fence> fence, List<Change> changes);

    /** What stands at these names at the primary; signed with the same TSIG key, so that views answer alike. In the order asked. */
    List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners);
}
