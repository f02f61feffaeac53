package org.selectord.dnsupdate;

import java.util.OptionalLong;

/** Asks the zone above a zone cut. Blocks, within 30 s; any thread; never throws for what a server did. */
@FunctionalInterface
public interface ParentZone {
    /**
     * How long a cache may remember that names below {@code apex} do not exist, from before it was a zone of its own: the longest that a server of the
     * parent zone allows (RFC 2308 section 5).
     *
     * @return empty if the parent's servers could not be found or did not tell
     */
    OptionalLong negativeTtlSeconds(OwnerName apex);
}
