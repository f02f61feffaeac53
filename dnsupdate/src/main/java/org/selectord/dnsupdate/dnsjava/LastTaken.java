package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Which of several addresses took a connection last: the next call begins there, and waits no more for one that is silent. Any thread. */
final class LastTaken {
    private final Map<List<InetSocketAddress>, InetSocketAddress> taken = new ConcurrentHashMap<>();

    /** That one, then the others in their order. */
    List<InetSocketAddress> first(List<InetSocketAddress> addresses) {
        Collection<InetSocketAddress> order = new LinkedHashSet<>();
        Optional.ofNullable(taken.get(addresses)).ifPresent(order::add);
        order.addAll(addresses);
        return new ArrayList<>(order);
    }

    /** Connects as {@code dial} does, to some of {@code addresses}, and remembers which one took it. */
    ServerLine.Dial noting(List<InetSocketAddress> addresses, ServerLine.Dial dial) {
        if (addresses.size() == 1) {
            return dial;
        }
        return (server, deadline) -> {
            Connection connection = dial.open(server, deadline);
            taken.put(addresses, server);
            return connection;
        };
    }
}
