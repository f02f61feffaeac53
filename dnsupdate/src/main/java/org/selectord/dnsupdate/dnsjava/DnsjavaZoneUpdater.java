package org.selectord.dnsupdate.dnsjava;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;

/** Changes zones by RFC 2136 over TCP, each message signed with TSIG. Keeps no connection and no thread between calls. */
public final class DnsjavaZoneUpdater implements ZoneUpdater {
    private final Clock clock;
    private final Timeouts timeouts;
    private final Exchange exchange;
    private final AtomicInteger calls = new AtomicInteger();

    public DnsjavaZoneUpdater(Clock clock, Timeouts timeouts, ServerClock serverClock) {
        this.clock = clock;
        this.timeouts = timeouts;
        this.exchange = new Exchange(clock, serverClock);
    }

    @Override
    public List<UpdateResult> apply(Zone zone, List<Change> changes) {
        try (Primary primary = primary(zone)) {
            return new UpdateCall(zone, primary, calls.getAndIncrement(), changes.size()).run(changes);
        }
    }

    @Override
    public List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners) {
        try (Primary primary = primary(zone)) {
            PrimaryReader reader = new PrimaryReader(primary, zone);
            return owners.stream().map(reader::read).toList();
        }
    }

    private Primary primary(Zone zone) {
        Tsig tsig = new Tsig(zone.dns().tsig(), zone.dns().fudge(), clock);
        return new Primary(zone.dns(), exchange, tsig, timeouts, Deadline.in(timeouts.call()));
    }
}
