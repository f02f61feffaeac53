package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.dnsjava.ServerSet.Server;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** One look at one authoritative server: its SOA, each name, and what it says of a name that does not exist. Unsigned, as verifiers ask. */
final class ServerLook {
    private final Server server;
    private final Zone zone;
    private final Duration exchangeTimeout;
    private final Deadline deadline;
    private final SecureRandom random;
    private final Optional<Validation> validation;

    ServerLook(
            Server server,
            Zone zone,
            Duration exchangeTimeout,
            Deadline deadline,
            SecureRandom random,
            Optional<Validation> validation) {
        this.server = server;
        this.zone = zone;
        this.exchangeTimeout = exchangeTimeout;
        this.deadline = deadline;
        this.random = random;
        this.validation = validation;
    }

    /**
     * What one server showed.
     *
     * @param answers one a name, in their order
     * @param soa its copy's, if it was seen
     */
    record Seen(List<ServerAnswer> answers, Optional<SOARecord> soa) {
        Seen {
            answers = List.copyOf(answers);
        }
    }

    Seen ask(List<OwnerName> owners) {
        return server.address()
                .map(address -> ask(address, owners))
                .orElseGet(() -> silent(server, owners, server.why()));
    }

    static Seen silent(Server server, List<OwnerName> owners, String why) {
        List<ServerAnswer> answers = owners.stream()
                .map(owner -> new ServerAnswer(
                        server.name(),
                        ServerAnswer.Kind.SILENT,
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        why))
                .toList();
        return new Seen(answers, Optional.empty());
    }

    private Seen ask(InetSocketAddress address, List<OwnerName> owners) {
        // an existing name hides how long its absence was cached, so ask for one that surely does not exist
        OwnerName nobody = Questions.randomChild(zone.apex(), random);
        List<Message> questions =
                new ArrayList<>(owners.stream().map(this::question).toList());
        questions.add(Questions.query(zone.apex(), Type.SOA));
        questions.add(Questions.withDnssec(Questions.query(nobody, Type.TXT)));
        validation.map(Validation::question).ifPresent(questions::add);
        try (ServerLine line = new ServerLine(
                List.of(address), (to, messages, until) -> Exchange.plain(), exchangeTimeout, deadline)) {
            List<Reply> replies = line.askAgain(questions);
            List<Message> seen =
                    replies.stream().flatMap(reply -> definite(reply).stream()).toList();
            Optional<SOARecord> soa = soaIn(replies.get(owners.size()));
            OptionalLong serial = soa.stream().mapToLong(SOARecord::getSerial).findFirst();
            return new Seen(answers(owners, replies, NegativeTtl.longest(seen), serial), soa);
        }
    }

    private Message question(OwnerName owner) {
        Message question = Questions.query(owner, Type.TXT);
        return validation.isPresent() ? Questions.withDnssec(question) : question;
    }

    private List<ServerAnswer> answers(
            List<OwnerName> owners, List<Reply> replies, OptionalLong negativeTtlSeconds, OptionalLong serial) {
        List<ServerAnswer> answers = new ArrayList<>();
        for (int i = 0; i < owners.size(); i++) {
            OwnerName owner = owners.get(i);
            Optional<Message> definite = definite(replies.get(i));
            Optional<TxtRRset> found = definite.flatMap(message -> Wire.txtRRset(owner, message, Section.ANSWER));
            String cameBack = cameBack(replies.get(i), definite, found);
            Optional<String> doubt = validation.flatMap(ofZone ->
                    definite.flatMap(message -> ofZone.doubt(owner, message, replies.get(replies.size() - 1))));
            // a validating resolver answers SERVFAIL for it: neither there nor gone
            boolean answered = definite.isPresent() && (found.isEmpty() || doubt.isEmpty());
            answers.add(new ServerAnswer(
                    server.name(),
                    answered ? ServerAnswer.Kind.ANSWERED : ServerAnswer.Kind.SILENT,
                    answered ? found : Optional.empty(),
                    negativeTtlSeconds,
                    serial,
                    found.flatMap(there -> doubt)
                            .map(why -> cameBack + "; a validating resolver does not believe it: " + why)
                            .orElse(cameBack)));
        }
        return answers;
    }

    /** NOERROR or NXDOMAIN, with authority. */
    static Optional<Message> definite(Reply reply) {
        return reply instanceof Reply.Answered answered
                        && (answered.rcode() == Rcode.NOERROR || answered.rcode() == Rcode.NXDOMAIN)
                        && answered.message().getHeader().getFlag(Flags.AA)
                ? Optional.of(answered.message())
                : Optional.empty();
    }

    private static String cameBack(Reply reply, Optional<Message> definite, Optional<TxtRRset> found) {
        if (definite.isEmpty()) {
            return Texts.notRead(reply);
        }
        return Texts.rcode(definite.get().getRcode()) + ": "
                + found.map(Texts::txt)
                        .or(() -> PrimaryReader.alias(definite.get()).map(Texts::alias))
                        .orElse("no TXT");
    }

    private static Optional<SOARecord> soaIn(Reply reply) {
        return definite(reply).stream()
                .flatMap(message -> message.getSection(Section.ANSWER).stream())
                .filter(SOARecord.class::isInstance)
                .map(SOARecord.class::cast)
                .findFirst();
    }
}
