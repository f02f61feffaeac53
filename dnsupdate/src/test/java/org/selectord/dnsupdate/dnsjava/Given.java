package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.Zone;

/** Values that the tests of this package begin with. */
final class Given {
    static final ServerClock UNHEARD = (server, theirs, sentAt, receivedAt) -> {};
    static final TsigKey KEY = key("selectord", "selectord-selectord-selectord-se");
    static final OwnerName APEX = OwnerName.of("example.org");

    private Given() {}

    static TsigKey key(String name, String secret) {
        return new TsigKey(OwnerName.of(name), "hmac-sha256", new TsigSecret(secret.getBytes(StandardCharsets.UTF_8)));
    }

    /** An RRset of one record, in these strings. */
    static TxtRRset txt(String owner, String... strings) {
        return new TxtRRset(OwnerName.of(owner), 3600, List.of(new TxtRecord(List.of(strings))));
    }

    /** As long as the record of an RSA-2048 key. */
    static TxtRRset rsa2048(String owner) {
        return txt(owner, "v=DKIM1; k=rsa; p=" + "A".repeat(237), "B".repeat(155));
    }

    static DnsSettings settings(InetSocketAddress... primaries) {
        return settings(KEY, Duration.ofMinutes(5), List.of(primaries));
    }

    static DnsSettings settings(TsigKey key, Duration fudge, List<InetSocketAddress> primaries) {
        return new DnsSettings(
                "test",
                primaries,
                key,
                Duration.ofHours(1),
                Optional.of(primaries),
                List.of(),
                fudge,
                DnsSettings.DEFAULT_LATE_MARGIN);
    }

    /** A look at the servers that the settings list: no parent is asked. */
    static PropagationCheck propagationCheck() {
        return new DnsjavaPropagationCheck(
                Clock.systemUTC(),
                Timeouts.DEFAULT,
                UNHEARD,
                HostAddresses.system(),
                apex -> Optional.empty(),
                new SecureRandom());
    }

    static Zone zone(InetSocketAddress... primaries) {
        return new Zone(APEX, settings(primaries));
    }
}
