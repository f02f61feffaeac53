package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.selectord.dnsupdate.Delegation;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.Zone;

/** Asks all authoritative servers of a zone at the same time, each over one TCP connection of its own. Keeps nothing between looks. */
public final class DnsjavaPropagationCheck implements PropagationCheck {
    private final Clock clock;
    private final Timeouts timeouts;
    private final Exchange exchange;
    private final ServerSets sets;
    private final SecureRandom random;

    public DnsjavaPropagationCheck(
            Clock clock,
            Timeouts timeouts,
            ServerClock serverClock,
            HostAddresses hosts,
            Delegation delegation,
            SecureRandom random) {
        this(clock, timeouts, serverClock, hosts, delegation, Routes::has, random);
    }

    DnsjavaPropagationCheck(
            Clock clock,
            Timeouts timeouts,
            ServerClock serverClock,
            HostAddresses hosts,
            Delegation delegation,
            Predicate<InetAddress> hasRoute,
            SecureRandom random) {
        this.clock = clock;
        this.timeouts = timeouts;
        this.exchange = new Exchange(clock, serverClock);
        this.sets = new ServerSets(hosts, delegation, hasRoute);
        this.random = random;
    }

    @Override
    public Map<OwnerName, Propagation> look(Zone zone, Set<OwnerName> owners) {
        Deadline deadline = Deadline.in(timeouts.call());
        ServerSet set = serverSet(zone, deadline);
        Optional<Validation> validation = Validation.of(zone, clock);
        List<OwnerName> owned = List.copyOf(owners);
        List<OwnerName> asked = owned.stream().map(zone::home).toList();
        List<ServerLook.Seen> seen = Together.call(
                set.servers(),
                server -> new ServerLook(server, zone, timeouts.exchange(), deadline, random, validation).ask(asked),
                server -> ServerLook.silent(server, asked, "no answer within " + Texts.seconds(timeouts.call())),
                deadline);
        Map<OwnerName, Propagation> looks = byOwner(owned, Lag.told(seen), set.problem());
        looks.replaceAll((owner, all) -> all.without(server -> !zone.counts(server)));
        return looks;
    }

    private ServerSet serverSet(Zone zone, Deadline deadline) {
        Tsig tsig = new Tsig(zone.dns().tsig(), zone.dns().fudge(), clock);
        try (Primary primary = new Primary(zone.dns(), exchange, tsig, timeouts, deadline)) {
            return sets.of(zone, primary, deadline);
        }
    }

    private static Map<OwnerName, Propagation> byOwner(
            List<OwnerName> owners, List<ServerLook.Seen> seen, Optional<String> problem) {
        Map<OwnerName, Propagation> looks = new LinkedHashMap<>();
        for (int i = 0; i < owners.size(); i++) {
            int at = i;
            looks.put(
                    owners.get(i),
                    new Propagation(
                            seen.stream()
                                    .map(ofServer -> ofServer.answers().get(at))
                                    .toList(),
                            problem));
        }
        return looks;
    }
}
