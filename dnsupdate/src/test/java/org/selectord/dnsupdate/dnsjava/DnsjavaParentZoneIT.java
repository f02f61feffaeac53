package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

/** Against the real BIND, which stands in for the resolver as well. */
@Timeout(60)
class DnsjavaParentZoneIT {
    private static final HostAddresses LOOPBACK = host -> List.of(InetAddress.getLoopbackAddress());

    private static BindBed bed;

    @BeforeAll
    static void start() {
        bed = BindBed.start(
                0,
                BedZone.of("example.")
                        .negativeTtl(900)
                        .with("cut NS ns1.elsewhere.test.", "cut NS ns2.Elsewhere.test."),
                BedZone.of("b.example."));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    @Test
    void theZoneAboveTheCutTells() {
        assertThat(parentZone(bedServer(), LOOPBACK).negativeTtlSeconds(OwnerName.of("b.example")))
                .hasValue(900);
    }

    @Test
    void theParentTellsWhomItDelegatesTo() {
        assertThat(parentZone(bedServer(), LOOPBACK).nameServers(OwnerName.of("cut.example")))
                .contains(Set.of("ns1.elsewhere.test.", "ns2.elsewhere.test."));
        assertThat(parentZone(bedServer(), LOOPBACK).nameServers(OwnerName.of("b.example")))
                .as("answered by a server of both")
                .contains(Set.of("ns1.b.example."));
        assertThat(parentZone(bedServer(), LOOPBACK).nameServers(OwnerName.of("uncut.example")))
                .isEmpty();
    }

    @Test
    void theParentMayBeMoreThanOneLabelUp() {
        assertThat(parentZone(bedServer(), LOOPBACK).negativeTtlSeconds(OwnerName.of("c.news.example")))
                .hasValue(900);
    }

    @Test
    void whatCannotBeFoundDoesNotTell() {
        HostAddresses none = host -> {
            throw new UnknownHostException(host);
        };
        assertThat(parentZone(bedServer(), none).negativeTtlSeconds(OwnerName.of("b.example")))
                .as("no address")
                .isEmpty();
        assertThat(parentZone(bedServer(), LOOPBACK).negativeTtlSeconds(OwnerName.of("b.elsewhere")))
                .as("no such zone there")
                .isEmpty();
        assertThat(parentZone(ScriptedPeer.NOBODY, LOOPBACK).negativeTtlSeconds(OwnerName.of("b.example")))
                .as("no resolver")
                .isEmpty();
        assertThat(parentZone(bedServer(), LOOPBACK).negativeTtlSeconds(OwnerName.of(".")))
                .as("nothing above the root")
                .isEmpty();
    }

    private static InetSocketAddress bedServer() {
        return bed.settings().primaries().get(0);
    }

    private static DnsjavaParentZone parentZone(InetSocketAddress resolver, HostAddresses hosts) {
        return new DnsjavaParentZone(List.of(resolver), hosts, bedServer().getPort(), Timeouts.DEFAULT);
    }
}
