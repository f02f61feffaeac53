package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.AliasCheck;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.dnsjava.ServerSet.Server;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Asks all authoritative servers of somebody else's zone at the same time, each over one TCP connection of its own; unsigned, as resolvers ask. */
public final class DnsjavaAliasCheck implements AliasCheck {
    private static final int PORT = 53;

    private final Timeouts timeouts;
    private final DnsjavaParentZone parent;
    private final ServerSets sets;
    private final SecureRandom random;

    /** @param parent finds the zone and whom its parent names */
    public DnsjavaAliasCheck(Timeouts timeouts, HostAddresses hosts, DnsjavaParentZone parent, SecureRandom random) {
        this(timeouts, hosts, parent, Routes::has, PORT, random);
    }

    DnsjavaAliasCheck(
            Timeouts timeouts,
            HostAddresses hosts,
            DnsjavaParentZone parent,
            Predicate<InetAddress> hasRoute,
            int port,
            SecureRandom random) {
        this.timeouts = timeouts;
        this.parent = parent;
        this.sets = new ServerSets(hosts, parent, hasRoute, port);
        this.random = random;
    }

    /** What one server showed: an answer an alias, in their order, and whose SOA came along. */
    private record Seen(List<AliasLook.Answer> answers, Optional<OwnerName> apex) {}

    @Override
    public AliasLook look(OwnerName below, Optional<List<InetSocketAddress>> authoritative, Set<Alias> aliases) {
        Deadline deadline = Deadline.in(timeouts.call());
        List<Alias> asked = List.copyOf(aliases);
        ServerSet set = authoritative
                .map(list -> new ServerSet(list.stream().map(Server::at).toList(), Optional.empty()))
                .orElseGet(() -> ofZone(below, deadline));
        List<Seen> seen = Together.call(
                set.servers(),
                server -> server.address()
                        .map(address -> ask(server, address, below, asked, deadline))
                        .orElseGet(() -> silent(server, asked, server.why())),
                server -> silent(server, asked, "no answer within " + Texts.seconds(timeouts.call())),
                deadline);
        Map<Alias, List<AliasLook.Answer>> answers = new HashMap<>();
        for (int i = 0; i < asked.size(); i++) {
            int at = i;
            answers.put(
                    asked.get(i),
                    seen.stream().map(ofServer -> ofServer.answers().get(at)).toList());
        }
        Optional<OwnerName> apex =
                seen.stream().flatMap(ofServer -> ofServer.apex().stream()).findFirst();
        return new AliasLook(apex, answers, set.problem());
    }

    private static Seen silent(Server server, List<Alias> asked, String why) {
        AliasLook.Answer answer = new AliasLook.Answer(
                server.name(), ServerAnswer.Kind.SILENT, OptionalLong.empty(), OptionalLong.empty(), why);
        return new Seen(asked.stream().map(alias -> answer).toList(), Optional.empty());
    }

    // ---- who is asked

    /** Not for an alias itself: a resolver would go where it leads, and remember that nothing was there. */
    private ServerSet ofZone(OwnerName below, Deadline deadline) {
        return zoneOf(below, deadline)
                .or(() -> below.parent().flatMap(above -> zoneOf(above, deadline)))
                .map(apex -> sets.ofOthers(apex, server -> namedBy(server, apex, deadline), deadline))
                .orElseGet(() -> new ServerSet(
                        List.of(),
                        Optional.of("which zone holds " + below
                                + " could not be found out through this host's resolver;"
                                + " where it cannot be asked, list the servers under authoritative of delegated")));
    }

    /** A CNAME at the name itself would show whose zone that one leads to. */
    private Optional<OwnerName> zoneOf(OwnerName name, Deadline deadline) {
        return parent.apexOf(name, deadline).filter(name::isIn);
    }

    private List<String> namedBy(Server server, OwnerName apex, Deadline deadline) {
        return server.address().stream()
                .flatMap(address -> {
                    try (ServerLine line = line(address, deadline)) {
                        return line.askAgain(Questions.query(apex, Type.NS)) instanceof Reply.Answered answered
                                ? ServerSets.nameServers(apex, answered).stream()
                                : Stream.<String>empty();
                    }
                })
                .toList();
    }

    private ServerLine line(InetSocketAddress address, Deadline deadline) {
        return new ServerLine(
                List.of(address), (to, messages, until) -> Exchange.plain(), timeouts.exchange(), deadline);
    }

    // ---- one server

    private Seen ask(Server server, InetSocketAddress address, OwnerName below, List<Alias> asked, Deadline deadline) {
        List<Message> questions = new ArrayList<>(asked.stream()
                .map(alias -> Questions.query(alias.owner(), Type.TXT)) // as verifiers ask
                .toList());
        questions.add(Questions.query(below, Type.SOA));
        // an alias that stands hides how long its absence was cached, so ask for a name that surely does not exist
        questions.add(Questions.withDnssec(Questions.query(Questions.randomChild(below, random), Type.TXT)));
        try (ServerLine line = line(address, deadline)) {
            List<Reply> replies = line.askAgain(questions);
            List<Message> definite = replies.stream()
                    .flatMap(reply -> ServerLook.definite(reply).stream())
                    .toList();
            OptionalLong negativeTtl = LongStream.concat(
                            NegativeTtl.longest(definite).stream(), insteadOf(asked, replies))
                    .max();
            String beside = redirection(below, replies.get(asked.size()));
            List<AliasLook.Answer> answers = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                answers.add(answer(server, asked.get(i), replies.get(i), negativeTtl, beside));
            }
            return new Seen(answers, apexIn(below, definite));
        }
    }

    /** The TTLs of what is answered instead of an alias, by a wildcard or since before it was set: caches keep it as they keep a denial. */
    private static LongStream insteadOf(List<Alias> asked, List<Reply> replies) {
        Reply sibling = replies.get(replies.size() - 1);
        Stream<Reply> wrong = IntStream.range(0, asked.size())
                .filter(i -> exact(asked.get(i), replies.get(i)).isEmpty())
                .mapToObj(replies::get);
        return Stream.concat(Stream.of(sibling), wrong)
                .flatMap(reply -> ServerLook.definite(reply).stream())
                .flatMap(message -> message.getSection(Section.ANSWER).stream())
                .mapToLong(Record::getTTL);
    }

    /** The CNAME, where it alone stands there and leads exactly where it shall. */
    private static Optional<CNAMERecord> exact(Alias alias, Reply reply) {
        List<CNAMERecord> found = found(alias, reply);
        return found.stream()
                .filter(one -> found.size() == 1 && one.getTarget().equals(Wire.name(alias.target())))
                .findFirst();
    }

    /** A DNAME above comes with the CNAME that it makes of the name (RFC 6672 section 3.1). */
    private static List<CNAMERecord> found(Alias alias, Reply reply) {
        return ServerLook.definite(reply).stream()
                .flatMap(message -> message.getSection(Section.ANSWER).stream())
                .filter(record ->
                        record instanceof CNAMERecord && record.getName().equals(Wire.name(alias.owner())))
                .map(CNAMERecord.class::cast)
                .toList();
    }

    private static AliasLook.Answer answer(
            Server server, Alias alias, Reply reply, OptionalLong negativeTtl, String beside) {
        Optional<Message> definite = ServerLook.definite(reply);
        if (definite.isEmpty()) {
            return new AliasLook.Answer(
                    server.name(), ServerAnswer.Kind.SILENT, OptionalLong.empty(), negativeTtl, Texts.notRead(reply));
        }
        List<CNAMERecord> found = found(alias, reply);
        Optional<CNAMERecord> exact = exact(alias, reply);
        return new AliasLook.Answer(
                server.name(),
                ServerAnswer.Kind.ANSWERED,
                exact.map(record -> OptionalLong.of(record.getTTL())).orElse(OptionalLong.empty()),
                negativeTtl,
                Texts.rcode(definite.get().getRcode()) + ": "
                        + found.stream().findFirst().map(Texts::alias).orElse("no CNAME")
                        + (exact.isPresent() ? "" : beside));
    }

    /** RFC 1034 section 3.6.2: a CNAME stands for its own name only. */
    private static String redirection(OwnerName below, Reply reply) {
        return ServerLook.definite(reply)
                .flatMap(PrimaryReader::alias)
                .filter(record ->
                        record.getType() == Type.CNAME && record.getName().equals(Wire.name(below)))
                .map(record -> "; the " + Texts.alias(record) + " redirects nothing below itself: replace it by the"
                        + " CNAMEs, or delegate the name by NS or DNAME")
                .orElse("");
    }

    private static Optional<OwnerName> apexIn(OwnerName below, List<Message> definite) {
        return definite.stream()
                .flatMap(message -> Stream.of(Section.ANSWER, Section.AUTHORITY)
                        .flatMap(section -> message.getSection(section).stream()))
                .filter(SOARecord.class::isInstance)
                .map(Record::getName)
                .flatMap(name -> Wire.ownerName(name).stream())
                .filter(below::isIn)
                .findFirst();
    }
}
