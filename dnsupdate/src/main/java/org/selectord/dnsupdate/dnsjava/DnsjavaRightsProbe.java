package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.Zone;

/** Asks each primary over one TCP connection, each question signed with the TSIG key that updates are signed with. */
public final class DnsjavaRightsProbe implements RightsProbe {
    private final Clock clock;
    private final Timeouts timeouts;
    private final Exchange exchange;
    private final SecureRandom random;

    public DnsjavaRightsProbe(Clock clock, Timeouts timeouts, ServerClock serverClock, SecureRandom random) {
        this.clock = clock;
        this.timeouts = timeouts;
        this.exchange = new Exchange(clock, serverClock);
        this.random = random;
    }

    @Override
    public List<RightsFinding> probe(Zone zone, NeededRights needed) {
        return zone.dns().primaries().stream()
                .flatMap(server -> probe(zone, needed, server).stream())
                .toList();
    }

    private List<RightsFinding> probe(Zone zone, NeededRights needed, InetSocketAddress server) {
        try (Primary primary = primary(zone.dns().at(server))) {
            return new RightsCall(zone, needed, primary, random).run();
        }
    }

    @Override
    public Optional<RightsFinding> missing(Zone zone, Collection<OwnerName> owners) {
        try (Primary primary = primary(zone.dns())) {
            return new RightsCall(zone, NeededRights.above(owners, zone), primary, random).missing(owners);
        }
    }

    private Primary primary(DnsSettings dns) {
        Tsig tsig = new Tsig(dns.tsig(), dns.fudge(), clock);
        return new Primary(dns, exchange, tsig, timeouts, Deadline.in(timeouts.call()));
    }
}
