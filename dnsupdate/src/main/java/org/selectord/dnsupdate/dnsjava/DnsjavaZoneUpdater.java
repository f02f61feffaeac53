package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;

/**
 * Changes zones by RFC 2136 over TCP, each message signed with TSIG. Keeps no connection and no thread between calls, only how many calls each
 * primary can bear at once.
 */
public final class DnsjavaZoneUpdater implements ZoneUpdater {
    private final Clock clock;
    private final Timeouts timeouts;
    private final Exchange exchange;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<List<InetSocketAddress>, InFlight> primaries = new ConcurrentHashMap<>();

    public DnsjavaZoneUpdater(Clock clock, Timeouts timeouts, ServerClock serverClock) {
        this.clock = clock;
        this.timeouts = timeouts;
        this.exchange = new Exchange(clock, serverClock);
    }

    @Override
    public List<UpdateResult> apply(Zone zone, Optional<Fence> fence, List<Change> changes) {
        Deadline call = Deadline.in(timeouts.call());
        InFlight inFlight =
                primaries.computeIfAbsent(zone.dns().primaries(), addresses -> new InFlight(timeouts.exchange()));
        boolean entered = inFlight.enter(call.orIn(timeouts.exchange()));
        try (Primary primary = primary(zone, call)) {
            UpdateCall update = new UpdateCall(zone, fence, primary, calls.getAndIncrement(), changes.size(), inFlight);
            return entered ? update.run(changes) : update.notSent(changes, Texts.noPlace(zone.dns()));
        } finally {
            if (entered) {
                inFlight.leave();
            }
        }
    }

    @Override
    public List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners) {
        try (Primary primary = primary(zone, Deadline.in(timeouts.call()))) {
            return new PrimaryReader(primary, zone).read(owners);
        }
    }

    private Primary primary(Zone zone, Deadline call) {
        Tsig tsig = new Tsig(zone.dns().tsig(), zone.dns().fudge(), clock);
        return new Primary(zone.dns(), exchange, tsig, timeouts, call);
    }
}
