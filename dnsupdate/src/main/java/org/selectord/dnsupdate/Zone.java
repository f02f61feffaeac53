package org.selectord.dnsupdate;

import java.util.Set;

/**
 * One zone, by its apex, and how to reach and change it.
 *
 * @param leftOut servers that an operator goes on without, each as {@link #names} takes it: what they answer is not shown
 */
public record Zone(OwnerName apex, DnsSettings dns, Set<String> leftOut) {
    public Zone {
        leftOut = Set.copyOf(leftOut);
    }

    /** All servers count. */
    public Zone(OwnerName apex, DnsSettings dns) {
        this(apex, dns, Set.of());
    }

    /** Whether {@code name} means this server: as {@link ServerAnswer#server} names it, or its host name, or its address and port, alone. */
    public static boolean names(String name, String server) {
        return server.equals(name) || Set.of(server.split(" ")).contains(name);
    }

    /** Whether what a server answers counts. */
    public boolean counts(String server) {
        return leftOut.stream().noneMatch(name -> names(name, server));
    }
}
