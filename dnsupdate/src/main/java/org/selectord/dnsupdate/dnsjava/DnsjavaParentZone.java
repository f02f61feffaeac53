package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Delegation;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ParentZone;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Has a resolver name the servers of the parent zone, and asks those for their SOA and for the delegation. */
public final class DnsjavaParentZone implements ParentZone, Delegation {
    private static final int PORT = 53;

    private final List<InetSocketAddress> resolvers;
    private final HostAddresses hosts;
    private final int port;
    private final Timeouts timeouts;
    private final LastTaken lastTaken = new LastTaken();

    DnsjavaParentZone(List<InetSocketAddress> resolvers, HostAddresses hosts, int port, Timeouts timeouts) {
        this.resolvers = List.copyOf(resolvers);
        this.hosts = hosts;
        this.port = port;
        this.timeouts = timeouts;
    }

    /** The host's resolvers are tried in their order, and asked for nothing but the SOA and NS of parent zones. */
    public static DnsjavaParentZone askingSystemResolvers(HostAddresses hosts, Timeouts timeouts) {
        return new DnsjavaParentZone(ResolverConfig.getCurrentConfig().servers(), hosts, PORT, timeouts);
    }

    @Override
    public OptionalLong negativeTtlSeconds(OwnerName apex) {
        return askServers(apex, parent -> Questions.query(parent, Type.SOA)).stream()
                .filter(message -> message.getHeader().getFlag(Flags.AA))
                .flatMapToLong(message -> NegativeTtl.longest(List.of(message)).stream())
                .max();
    }

    /** A referral has them in its authority section; a server of both zones answers with them (RFC 1034 section 4.3.2). */
    @Override
    public Optional<Set<String>> nameServers(OwnerName apex) {
        Name cut = Wire.name(apex);
        Set<String> names = askServers(apex, parent -> Questions.query(apex, Type.NS)).stream()
                .flatMap(message -> Stream.of(Section.ANSWER, Section.AUTHORITY)
                        .flatMap(section -> message.getSection(section).stream()))
                .filter(record -> record instanceof NSRecord && record.getName().equals(cut))
                .map(ns -> ((NSRecord) ns).getTarget().canonicalize().toString())
                .collect(Collectors.toCollection(TreeSet::new));
        return names.isEmpty() ? Optional.empty() : Optional.of(names);
    }

    /** What each server of the parent zone answered, of those that did. */
    private List<Message> askServers(OwnerName apex, Function<OwnerName, Message> question) {
        Deadline deadline = Deadline.in(timeouts.call());
        Optional<OwnerName> parent = apex.parent().flatMap(above -> apexOf(above, deadline));
        if (parent.isEmpty()) {
            return List.of();
        }
        List<InetSocketAddress> servers = new ArrayList<>();
        nameServers(parent.get(), deadline).forEach(host -> servers.addAll(addresses(host)));
        return Together.call(
                        servers,
                        server -> ask(List.of(server), question.apply(parent.get()), deadline),
                        server -> Optional.<Message>empty(),
                        deadline)
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** The zone that holds a name: whose SOA comes as the answer, or beside one that says there is none at the name (RFC 2308 section 2). */
    Optional<OwnerName> apexOf(OwnerName name, Deadline deadline) {
        return resolved(name, Type.SOA, deadline)
                .flatMap(message -> List.of(Section.ANSWER, Section.AUTHORITY).stream()
                        .flatMap(section -> message.getSection(section).stream())
                        .filter(SOARecord.class::isInstance)
                        .flatMap(soa -> Wire.ownerName(soa.getName()).stream())
                        .findFirst());
    }

    private List<String> nameServers(OwnerName zone, Deadline deadline) {
        return resolved(zone, Type.NS, deadline).stream()
                .flatMap(message -> message.getSection(Section.ANSWER).stream())
                .filter(NSRecord.class::isInstance)
                .map(ns -> ((NSRecord) ns).getTarget())
                .map(Name::toString)
                .distinct()
                .toList();
    }

    private List<InetSocketAddress> addresses(String host) {
        try {
            List<InetSocketAddress> found = new ArrayList<>();
            for (InetAddress address : hosts.of(host)) {
                found.add(new InetSocketAddress(address, port));
            }
            return found;
        } catch (UnknownHostException e) {
            return List.of(); // another server of the zone tells the same
        }
    }

    private Optional<Message> resolved(OwnerName name, int type, Deadline deadline) {
        Message question = Questions.query(name, type);
        question.getHeader().setFlag(Flags.RD);
        return ask(resolvers, question, deadline);
    }

    private Optional<Message> ask(List<InetSocketAddress> servers, Message question, Deadline deadline) {
        if (servers.isEmpty()) {
            return Optional.empty();
        }
        try (ServerLine line = new ServerLine(
                lastTaken.first(servers),
                lastTaken.noting(servers, TcpConnection::open),
                (to, messages, until) -> Exchange.plain(),
                timeouts.exchange(),
                deadline)) {
            return line.askAgain(question) instanceof Reply.Answered answered && Exchange.isDefinite(answered.rcode())
                    ? Optional.of(answered.message())
                    : Optional.empty();
        }
    }
}
