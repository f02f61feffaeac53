package org.selectord.dnsupdate;

import java.util.Optional;
import java.util.Set;

/** Tells whom the parent zone names as the servers of a zone. Blocks, within 30 s; any thread; never throws for what a server did. */
@FunctionalInterface
public interface Delegation {
    /**
     * The host names, in lower case with a trailing dot, that any server of the parent names.
     *
     * @return empty if the parent's servers could not be found or did not tell
     */
    Optional<Set<String>> nameServers(OwnerName apex);
}
