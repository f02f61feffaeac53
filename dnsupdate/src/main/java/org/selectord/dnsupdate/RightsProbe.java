package org.selectord.dnsupdate;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Asks what a TSIG key may write into a zone, and writes nothing: each question is an update that no server can carry out, whatever the zone
 * holds, of which a server that looks at rights before prerequisites says by its rcode what it made of the right. Blocks, within 30 s for
 * each primary; any thread; never throws for what a server did; may be repeated for ever.
 */
public interface RightsProbe {
    /** What every primary in turn does not let us write and should, lets us write and need not, or does not tell. Nothing: all is as needed. */
    List<RightsFinding> probe(Zone zone, NeededRights needed);

    /**
     * Whether the primary that takes our updates at this moment surely refuses TXT at one of these very names, or the fence; for a few messages.
     * {@link RightsFinding#names} are those that it refuses, or what they stand below.
     */
    default Optional<RightsFinding> missing(Zone zone, Collection<OwnerName> owners) {
        return probe(zone, NeededRights.above(owners, zone)).stream()
                .filter(finding -> finding.kind() == RightsFinding.Kind.TOO_NARROW)
                .findFirst();
    }
}
