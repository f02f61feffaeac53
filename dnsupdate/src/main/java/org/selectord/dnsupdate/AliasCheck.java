package org.selectord.dnsupdate;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One look at every authoritative server of a zone that is not ours: neither waits nor counts. Over TCP, without recursion; a resolver is asked for nothing
 * but which zone it is and who its servers are. Blocks, within 30 s; any thread; never throws for what a server did; may be repeated for ever.
 */
@FunctionalInterface
public interface AliasCheck {
    /**
     * What each server of the zone that holds {@code below} answers for each alias; every alias asked for is in the answer.
     *
     * @param below the name right above all of them
     * @param authoritative the servers that must have them; empty: every address of every NS of that zone, port 53
     */
    AliasLook look(OwnerName below, Optional<List<InetSocketAddress>> authoritative, Set<Alias> aliases);
}
