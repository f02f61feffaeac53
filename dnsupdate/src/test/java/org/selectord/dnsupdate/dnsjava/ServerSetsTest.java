package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Delegation;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.dnsjava.ServerSet.Server;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

@Timeout(20)
class ServerSetsTest {

    private final Map<String, List<InetAddress>> known = Map.of(
            "ns1.example.net.", addresses("192.0.2.1", "2001:db8::1"),
            "ns2.example.net.", addresses("192.0.2.2", "192.0.2.22"),
            "six.example.net.", addresses("2001:db8::6"));
    private Delegation delegation = apex -> Optional.of(Set.of());
    private final HostAddresses hosts =
            host -> Optional.ofNullable(known.get(host)).orElseThrow(() -> new UnknownHostException(host));

    @Test
    void everyAddressOfEveryNsIsAServer() {
        assertThat(names(set(ServerSetsTest::everywhere, "NS2.example.net.", "ns1.example.net.")))
                .containsExactly(
                        "ns1.example.net. 192.0.2.1:53",
                        "ns1.example.net. [2001:db8:0:0:0:0:0:1]:53",
                        "ns2.example.net. 192.0.2.2:53",
                        "ns2.example.net. 192.0.2.22:53");
    }

    @Test
    void whomOnlyTheParentNamesIsAServerToo() {
        delegation = apex -> Optional.of(Set.of("ns1.example.net.", "ns2.example.net."));
        assertThat(names(set(ServerSetsTest::onlyIpv4, "ns1.example.net.")))
                .containsExactly(
                        "ns1.example.net. 192.0.2.1:53",
                        "ns2.example.net. 192.0.2.2:53",
                        "ns2.example.net. 192.0.2.22:53");
    }

    @Test
    void aParentThatDoesNotTellIsAProblem() {
        delegation = apex -> Optional.empty();
        ServerSet set = set(ServerSetsTest::everywhere, "ns1.example.net.");
        assertThat(set.problem())
                .hasValueSatisfying(problem ->
                        assertThat(problem).contains("whom the parent zone names", "authoritative of dns test"));
        assertThat(set.servers()).isEmpty();
    }

    @Test
    void aFamilyWithoutARouteIsProvenByTheOtherOne() {
        assertThat(names(set(ServerSetsTest::onlyIpv4, "ns1.example.net.")))
                .containsExactly("ns1.example.net. 192.0.2.1:53");
    }

    @Test
    void aServerWithoutAnyRouteStaysAndBlocks() {
        assertThat(names(set(ServerSetsTest::onlyIpv4, "six.example.net.")))
                .containsExactly("six.example.net. [2001:db8:0:0:0:0:0:6]:53");
    }

    @Test
    void oneAddressOfARoutedFamilyIsNotProvenByAnother() {
        Predicate<InetAddress> allButOne = address -> !address.getHostAddress().equals("192.0.2.22");
        assertThat(names(set(allButOne, "ns2.example.net.")))
                .containsExactly("ns2.example.net. 192.0.2.2:53", "ns2.example.net. 192.0.2.22:53");
    }

    @Test
    void aHostWithoutAnAddressIsAServerThatCannotBeAsked() {
        ServerSet set = set(ServerSetsTest::everywhere, "gone.example.net.");
        assertThat(set.servers()).singleElement().satisfies(server -> {
            assertThat(server.name()).isEqualTo("gone.example.net.");
            assertThat(server.address()).isEmpty();
        });
    }

    @Test
    void furtherServersComeAfterTheOthersAndNoAddressTwice() {
        InetSocketAddress first = new InetSocketAddress(addresses("192.0.2.1").get(0), 53);
        InetSocketAddress further = new InetSocketAddress(addresses("192.0.2.9").get(0), 5353);
        assertThat(names(set(List.of(first, further), ServerSetsTest::onlyIpv4, "ns1.example.net.")))
                .containsExactly("ns1.example.net. 192.0.2.1:53", "192.0.2.9:5353");
    }

    @Test
    void aZoneWithoutNsIsAProblem() {
        ServerSet set = set(ServerSetsTest::everywhere);
        assertThat(set.problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("the NS of zone example.org."));
        assertThat(set.servers()).isEmpty();
    }

    @Test
    void anAddressLookupThatNeverEndsEndsWithTheDeadline() {
        HostAddresses hanging = host -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new UnknownHostException("interrupted");
            }
            throw new UnknownHostException(host);
        };
        long begunAt = System.nanoTime();
        ServerSet set = set(hanging, List.of(), ServerSetsTest::everywhere, Duration.ofMillis(700), "ns1.example.net.");
        assertThat(Duration.ofNanos(System.nanoTime() - begunAt)).isLessThan(Duration.ofSeconds(5));
        assertThat(set.servers()).extracting(Server::why).containsExactly("its address was not found in time");
    }

    @Test
    void thisHostHasARouteToItself() {
        assertThat(Routes.has(InetAddress.getLoopbackAddress())).isTrue();
    }

    private static boolean everywhere(InetAddress address) {
        return true;
    }

    private static boolean onlyIpv4(InetAddress address) {
        return address instanceof java.net.Inet4Address;
    }

    private ServerSet set(Predicate<InetAddress> hasRoute, String... nameServers) {
        return set(List.of(), hasRoute, nameServers);
    }

    private ServerSet set(List<InetSocketAddress> also, Predicate<InetAddress> hasRoute, String... nameServers) {
        return set(hosts, also, hasRoute, Duration.ofSeconds(10), nameServers);
    }

    private ServerSet set(
            HostAddresses hosts,
            List<InetSocketAddress> also,
            Predicate<InetAddress> hasRoute,
            Duration time,
            String... nameServers) {
        try (ScriptedPeer peer = new ScriptedPeer((request, connection) ->
                ScriptedPeer.send(connection, ScriptedPeer.signed(Given.KEY, request, ns(request, nameServers))))) {
            DnsSettings listed = Given.settings(peer.address());
            DnsSettings dns = new DnsSettings(
                    "test",
                    listed.primaries(),
                    listed.tsig(),
                    listed.recordTtl(),
                    Optional.empty(),
                    also,
                    listed.fudge(),
                    listed.lateMargin());
            Deadline deadline = Deadline.in(time);
            Tsig tsig = new Tsig(dns.tsig(), dns.fudge(), Clock.systemUTC());
            try (Primary primary = new Primary(
                    dns, new Exchange(Clock.systemUTC(), Given.UNHEARD), tsig, Timeouts.DEFAULT, deadline)) {
                return new ServerSets(hosts, delegation, hasRoute).of(new Zone(Given.APEX, dns), primary, deadline);
            }
        }
    }

    private static Message ns(Message request, String... nameServers) {
        Record[] records = Arrays.stream(nameServers)
                .map(host -> new NSRecord(Wire.name(Given.APEX), DClass.IN, 60, Name.fromConstantString(host)))
                .toArray(Record[]::new);
        return ScriptedPeer.reply(request, Rcode.NOERROR, records);
    }

    private static List<String> names(ServerSet set) {
        return set.servers().stream().map(Server::name).toList();
    }

    private static List<InetAddress> addresses(String... literals) {
        return Arrays.stream(literals)
                .map(literal -> {
                    try {
                        return InetAddress.getByName(literal);
                    } catch (UnknownHostException e) {
                        throw new IllegalArgumentException(e);
                    }
                })
                .toList();
    }
}
