package org.selectord.dnsupdate;

import java.util.Map;
import java.util.Set;

/**
 * One look at every authoritative server: neither waits nor counts. Asks every address of every NS of the zone (or the configured list),
 * and the further servers, over TCP, without recursion, never a resolver. Blocks, within 30 s; any thread; never throws for what a server
 * did; may be repeated for ever.
 */
public interface PropagationCheck {
    /**
     * What each server that counts in the zone answers for each owner name, or for its {@link Zone#home}; every owner asked for is in the map.
     */
    Map<OwnerName, Propagation> look(Zone zone, Set<OwnerName> owners);
}
