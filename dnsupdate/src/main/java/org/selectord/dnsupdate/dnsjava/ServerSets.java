package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Delegation;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.dnsjava.ServerSet.Server;
import org.xbill.DNS.Flags;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Which servers must have a record: the configured list, else every address of every NS that the zone or its parent names, and the further ones. What the
 * parent names is remembered for a while, and for a day if it does not answer.
 */
final class ServerSets {
    private static final int PORT = 53;
    private static final Duration ASKED_AGAIN_AFTER = Duration.ofMinutes(15);
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private final HostAddresses hosts;
    private final Delegation delegation;
    private final Predicate<InetAddress> hasRoute;
    private final int port;
    private final Map<OwnerName, Delegated> delegated = new ConcurrentHashMap<>();

    ServerSets(HostAddresses hosts, Delegation delegation, Predicate<InetAddress> hasRoute) {
        this(hosts, delegation, hasRoute, PORT);
    }

    /** @param port of servers that are known by their names */
    ServerSets(HostAddresses hosts, Delegation delegation, Predicate<InetAddress> hasRoute, int port) {
        this.hosts = hosts;
        this.delegation = delegation;
        this.hasRoute = hasRoute;
        this.port = port;
    }

    /** What the parent named, on the monotonic clock. */
    private record Delegated(Set<String> names, long atNanos) {
        boolean isYoungerThan(Duration age) {
            return System.nanoTime() - atNanos < age.toNanos();
        }
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
        List<String> names = reply instanceof Reply.Answered answered ? nameServers(zone.apex(), answered) : List.of();
        if (names.isEmpty()) {
            return new ServerSet(
                    List.of(),
                    Optional.of("the NS of zone " + zone.apex() + " could not be read from " + primary.called() + ": "
                            + Texts.notRead(reply, zone.dns())));
        }
        Optional<Set<String>> byParent = byParent(zone.apex());
        if (byParent.isEmpty()) {
            return unknown(zone.apex(), "dns " + zone.dns().name());
        }
        return new ServerSet(named(Stream.concat(names.stream(), byParent.get().stream()), deadline), Optional.empty())
                .and(List.of());
    }

    /**
     * Of a zone that is not ours, where no primary can be asked: whom its parent names, and whom those name.
     *
     * @param asked whom one server of the zone names
     */
    ServerSet ofOthers(OwnerName apex, Function<Server, List<String>> asked, Deadline deadline) {
        Optional<Set<String>> byParent = byParent(apex);
        if (byParent.isEmpty()) {
            return unknown(apex, "delegated");
        }
        List<Server> first = named(byParent.get().stream(), deadline);
        Set<String> more = Together.call(first, asked, server -> List.<String>of(), deadline).stream()
                .flatMap(List::stream)
                .filter(name -> !byParent.get().contains(name))
                .collect(Collectors.toSet());
        return new ServerSet(first, Optional.empty()).and(named(more.stream(), deadline));
    }

    private static ServerSet unknown(OwnerName apex, String where) {
        return new ServerSet(
                List.of(),
                Optional.of("whom the parent zone names as servers of " + apex
                        + " could not be found out through this host's resolver; where no parent can be asked, list the"
                        + " servers under authoritative of " + where));
    }

    private List<Server> named(Stream<String> names, Deadline deadline) {
        return Together.call(
                        names.distinct().sorted().toList(),
                        this::addresses,
                        host -> List.of(Server.without(host, "its address was not found in time")),
                        deadline)
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    private Optional<Set<String>> byParent(OwnerName apex) {
        Optional<Delegated> known = Optional.ofNullable(delegated.get(apex));
        if (known.filter(names -> names.isYoungerThan(ASKED_AGAIN_AFTER)).isEmpty()) {
            Optional<Set<String>> told = delegation.nameServers(apex);
            told.ifPresent(names -> delegated.put(apex, new Delegated(names, System.nanoTime())));
            if (told.isPresent()) {
                return told;
            }
        }
        return known.filter(names -> names.isYoungerThan(REMEMBERED)).map(Delegated::names);
    }

    /** Whom an answer with authority names as the servers of a zone. */
    static List<String> nameServers(OwnerName zone, Reply.Answered answered) {
        Name apex = Wire.name(zone);
        if (answered.rcode() != Rcode.NOERROR || !answered.message().getHeader().getFlag(Flags.AA)) {
            return List.of();
        }
        return answered.message().getSection(Section.ANSWER).stream()
                .filter(record -> record instanceof NSRecord && record.getName().equals(apex))
                .map(NSRecord.class::cast)
                .map(ns -> ns.getTarget().canonicalize().toString())
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
                            .map(address -> Server.at(host, new InetSocketAddress(address, port)))
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
