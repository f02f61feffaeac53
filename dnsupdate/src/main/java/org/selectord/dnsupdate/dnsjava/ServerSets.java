package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.dnsjava.ServerSet.Server;
import org.xbill.DNS.Flags;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Which servers must have a record: the configured list, else every address of every NS of the zone, and the further ones. */
final class ServerSets {
    private static final int PORT = 53;

    private final HostAddresses hosts;
    private final Predicate<InetAddress> hasRoute;

    ServerSets(HostAddresses hosts, Predicate<InetAddress> hasRoute) {
        this.hosts = hosts;
        this.hasRoute = hasRoute;
    }

    ServerSet of(Zone zone, Primary primary, Deadline deadline) {
        ServerSet set = zone.dns()
                .authoritative()
                .map(list -> new ServerSet(list.stream().map(Server::at).toList(), Optional.empty()))
                .orElseGet(() -> ofZone(zone, primary, deadline));
        return set.and(zone.dns().also().stream().map(Server::at).toList());
    }

    private ServerSet ofZone(Zone zone, Primary primary, Deadline deadline) {
        Reply reply = primary.query(Questions.query(zone.apex(), Type.NS));
        List<String> names = reply instanceof Reply.Answered answered ? nameServers(zone, answered) : List.of();
        if (names.isEmpty()) {
            return new ServerSet(
                    List.of(),
                    Optional.of("the NS of zone " + zone.apex() + " could not be read from " + primary.called() + ": "
                            + Texts.notRead(reply, zone.dns())));
        }
        List<List<Server>> found = Together.call(
                names,
                this::addresses,
                host -> List.of(Server.without(host, "its address was not found in time")),
                deadline);
        return new ServerSet(found.stream().flatMap(List::stream).toList(), Optional.empty()).and(List.of());
    }

    private static List<String> nameServers(Zone zone, Reply.Answered answered) {
        Name apex = Wire.name(zone.apex());
        if (answered.rcode() != Rcode.NOERROR || !answered.message().getHeader().getFlag(Flags.AA)) {
            return List.of();
        }
        return answered.message().getSection(Section.ANSWER).stream()
                .filter(record -> record instanceof NSRecord && record.getName().equals(apex))
                .map(NSRecord.class::cast)
                .map(ns -> ns.getTarget().canonicalize().toString())
                .distinct()
                .sorted()
                .toList();
    }

    private List<Server> addresses(String host) {
        try {
            List<InetAddress> all = hosts.of(host);
            List<InetAddress> routed = all.stream().filter(hasRoute).toList();
            // a family this host has no route for is proven by the other one; without any route the server stays,
            // unreachable
            return (routed.isEmpty()
                            ? all
                            : all.stream()
                                    .filter(one -> isProvenBy(one, routed))
                                    .toList())
                    .stream()
                            .distinct()
                            .sorted(Comparator.comparing(InetAddress::getHostAddress))
                            .map(address -> Server.at(host, new InetSocketAddress(address, PORT)))
                            .toList();
        } catch (UnknownHostException e) {
            return List.of(Server.without(host, "no address was found for it: " + Texts.of(e)));
        }
    }

    /** An unrouted address is left out only if every one of its family is unrouted. */
    private static boolean isProvenBy(InetAddress address, List<InetAddress> routed) {
        return routed.contains(address)
                || routed.stream().anyMatch(other -> other.getClass().equals(address.getClass()));
    }
}
