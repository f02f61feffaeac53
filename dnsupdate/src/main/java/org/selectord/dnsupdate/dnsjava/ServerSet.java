package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The servers that must have a record.
 *
 * @param problem why the set is not known, for people
 */
record ServerSet(List<Server> servers, Optional<String> problem) {
    /** One server, as {@link org.selectord.dnsupdate.ServerAnswer#server} names it; without an address it cannot be asked. */
    record Server(String name, Optional<InetSocketAddress> address, String why) {
        static Server at(InetSocketAddress address) {
            return new Server(Texts.server(address), Optional.of(address), "");
        }

        static Server at(String host, InetSocketAddress address) {
            return new Server(host + " " + Texts.server(address), Optional.of(address), "");
        }

        static Server without(String host, String why) {
            return new Server(host, Optional.empty(), why);
        }
    }

    /** Each address once, under the name that came first. */
    ServerSet and(List<Server> more) {
        List<Server> all = new ArrayList<>();
        Set<InetSocketAddress> seen = new HashSet<>();
        for (List<Server> part : List.of(servers, more)) {
            for (Server server : part) {
                if (server.address().isEmpty() || seen.add(server.address().get())) {
                    all.add(server);
                }
            }
        }
        return new ServerSet(List.copyOf(all), problem);
    }
}
