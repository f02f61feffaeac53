package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.bed.NameServer;

/** One primary that is not BIND, with NSD and Knot behind it. */
abstract class UpdateTargetWithOthers extends UpdateTargetContract {
    private static final String SECRET = "selectord-selectord-selectord-se";

    private final List<NameServer> servers = new ArrayList<>();

    /** @param secret of key {@code selectord}, in base64 */
    abstract NameServer primary(int port, String secret, int... told);

    @Override
    void start() {
        int port = NameServer.freePort();
        int nsd = NameServer.freePort();
        int knot = NameServer.freePort();
        String base64 = Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.US_ASCII));
        servers.add(primary(port, base64, nsd, knot));
        servers.add(NameServer.nsdSecondary(nsd, ZONE, port));
        servers.add(NameServer.knotSecondary(knot, ZONE, port));
    }

    @Override
    DnsSettings settings() {
        List<InetSocketAddress> all = servers.stream().map(NameServer::address).toList();
        return new DnsSettings(
                "bed",
                all.subList(0, 1),
                Given.key("selectord", SECRET),
                Duration.ofHours(1),
                Optional.of(all),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN);
    }

    @Override
    List<String> soa() {
        return servers.get(0).dig("example.org", "SOA");
    }

    @Override
    void stop() {
        servers.forEach(NameServer::close);
    }
}
