package org.selectord.dnsupdate;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of a name server by its host name, and nothing else: never a key record. May block; any thread. */
@FunctionalInterface
public interface HostAddresses {
    /** Every address of both families, at least one. */
    List<InetAddress> of(String host) throws UnknownHostException;

    /** The system's resolver. */
    static HostAddresses system() {
        return host -> List.of(InetAddress.getAllByName(host));
    }
}
