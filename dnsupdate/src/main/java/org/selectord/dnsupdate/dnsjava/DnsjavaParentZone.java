package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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

/** Has a resolver name the servers of the parent zone, and asks those for their SOA. */
public final class DnsjavaParentZone implements ParentZone {
    private static final int PORT = 53;

    private final List<InetSocketAddress> resolvers;
    private final HostAddresses hosts;
    private final int port;
    private final Timeouts timeouts;

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
        Deadline deadline = Deadline.in(timeouts.call());
        Optional<OwnerName> parent = apex.parent().flatMap(above -> apexOf(above, deadline));
        if (parent.isEmpty()) {
            return OptionalLong.empty();
        }
        List<InetSocketAddress> servers = new ArrayList<>();
        nameServers(parent.get(), deadline).forEach(host -> servers.addAll(addresses(host)));
        return Together.call(
                        servers,
                        server -> negativeTtl(server, parent.get(), deadline),
                        server -> OptionalLong.empty(),
                        deadline)
                .stream()
                .flatMapToLong(OptionalLong::stream)
                .max();
    }

    /** The zone that holds a name: whose SOA comes as the answer, or beside one that says there is none at the name (RFC 2308 section 2). */
    private Optional<OwnerName> apexOf(OwnerName name, Deadline deadline) {
        return resolved(name, Type.SOA, deadline)
                .flatMap(message -> List.of(Section.ANSWER, Section.AUTHORITY).stream()
                        .flatMap(section -> message.getSection(section).stream())
                        .filter(SOARecord.class::isInstance)
                        .map(soa -> OwnerName.of(soa.getName().toString()))
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

    private OptionalLong negativeTtl(InetSocketAddress server, OwnerName zone, Deadline deadline) {
        return ask(List.of(server), Questions.query(zone, Type.SOA), deadline)
                .filter(message -> message.getHeader().getFlag(Flags.AA))
                .map(message -> NegativeTtl.longest(List.of(message)))
                .orElse(OptionalLong.empty());
    }

    private Optional<Message> ask(List<InetSocketAddress> servers, Message question, Deadline deadline) {
        if (servers.isEmpty()) {
            return Optional.empty();
        }
        try (ServerLine line = new ServerLine(
                servers,
                (connection, to, message, until) -> Exchange.plain(connection, message, until),
                timeouts.exchange(),
                deadline)) {
            return line.askAgain(question) instanceof Reply.Answered answered && Exchange.isDefinite(answered.rcode())
                    ? Optional.of(answered.message())
                    : Optional.empty();
        }
    }
}
