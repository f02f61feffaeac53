package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.NeededRights;
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
        DnsSettings alone = zone.dns().at(server);
        Tsig tsig = new Tsig(alone.tsig(), alone.fudge(), clock);
        try (Primary primary = new Primary(alone, exchange, tsig, timeouts, Deadline.in(timeouts.call()))) {
            return new RightsCall(zone, needed, primary, () -> exchange.keyAt(server, tsig), random).run();
        }
    }
}
