package org.selectord.dnsupdate.dnsjava;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Walks from a name to its zone at the primary, one SOA question a label; each signed, so that it sees the view that updates go to. */
public final class DnsjavaAuthoritativeLookup implements AuthoritativeLookup {
    private final Clock clock;
    private final Timeouts timeouts;
    private final Exchange exchange;
    private final SecureRandom random;

    public DnsjavaAuthoritativeLookup(Clock clock, Timeouts timeouts, ServerClock serverClock, SecureRandom random) {
        this.clock = clock;
        this.timeouts = timeouts;
        this.exchange = new Exchange(clock, serverClock);
        this.random = random;
    }

    @Override
    public Location locate(DnsSettings dns, OwnerName owner) {
        Tsig tsig = new Tsig(dns.tsig(), dns.fudge(), clock);
        try (Primary primary = new Primary(dns, exchange, tsig, timeouts, Deadline.in(timeouts.call()))) {
            return new Walk(dns, primary, owner).go();
        }
    }

    private final class Walk {
        private final DnsSettings dns;
        private final Primary primary;
        private final OwnerName owner;

        Walk(DnsSettings dns, Primary primary, OwnerName owner) {
            this.dns = dns;
            this.primary = primary;
            this.owner = owner;
        }

        Location go() {
            for (Optional<OwnerName> name = Optional.of(owner);
                    name.isPresent();
                    name = name.get().parent()) {
                Optional<Location> end = step(name.get());
                if (end.isPresent()) {
                    return end.get();
                }
            }
            return nowhere("serves no zone that holds " + owner + ": look at primaries of dns " + dns.name());
        }

        /** Empty: go one label up. */
        private Optional<Location> step(OwnerName name) {
            Reply reply = primary.query(Questions.query(name, Type.SOA));
            if (!(reply instanceof Reply.Answered answered)) {
                return Optional.of(noAnswer(name, reply));
            }
            if (answered.rcode() != Rcode.NOERROR && answered.rcode() != Rcode.NXDOMAIN) {
                return Optional.of(refusal(name, answered));
            }
            Message message = answered.message();
            if (!message.getHeader().getFlag(Flags.AA)) {
                return Optional.of(referral(name, message));
            }
            Optional<Location> alias = PrimaryReader.alias(message).flatMap(record -> alias(name, record));
            return alias.isPresent() ? alias : apexAt(name, message).map(soa -> found(name, soa));
        }

        private Location found(OwnerName apex, SOARecord soa) {
            long negativeTtlSeconds = NegativeTtl.of(soa);
            Optional<OwnerName> parent = owner.parent().filter(above -> above.isIn(apex));
            return parent.isEmpty()
                    ? new Location.At(apex, negativeTtlSeconds, Optional.empty())
                    : besideSiblings(apex, negativeTtlSeconds, parent.get());
        }

        /** RFC 4592: what does a name get that surely does not exist? */
        private Location besideSiblings(OwnerName apex, long negativeTtlSeconds, OwnerName parent) {
            OwnerName sibling = Questions.randomChild(parent, random);
            Reply reply = primary.query(Questions.query(sibling, Type.TXT));
            if (!(reply instanceof Reply.Answered answered)
                    || (answered.rcode() != Rcode.NOERROR && answered.rcode() != Rcode.NXDOMAIN)) {
                return noAnswer(sibling, reply);
            }
            long answeredTtl = answered.message().getSection(Section.ANSWER).stream()
                    .mapToLong(Record::getTTL)
                    .max()
                    .orElse(0);
            Optional<String> wildcard = answered.message().getSection(Section.ANSWER).stream()
                    .filter(record -> record.getType() == Type.TXT
                            || record.getType() == Type.CNAME
                            || record.getType() == Type.DNAME)
                    .findFirst()
                    .filter(record -> isAt(apex, parent))
                    .map(record -> "*." + parent + " " + Type.string(record.getType()) + " " + record.rdataToString());
            return new Location.At(apex, Math.max(negativeTtlSeconds, answeredTtl), wildcard);
        }

        /** Whether the wildcard stands right here and not higher up. Where the server does not tell it counts as here: nothing is published then. */
        private boolean isAt(OwnerName apex, OwnerName parent) {
            Reply reply = primary.query(Questions.somethingAt(apex, parent.child("*")));
            return !(reply instanceof Reply.Answered answered && answered.rcode() == Rcode.NXDOMAIN);
        }

        /** A CNAME at the owner itself is for whoever publishes there to meet; one above it, or a DNAME, leaves no place. */
        private Optional<Location> alias(OwnerName name, Record record) {
            if (record.getType() == Type.CNAME
                    && name.equals(owner)
                    && record.getName().equals(Wire.name(owner))) {
                return Optional.empty();
            }
            String redirects = record.getType() == Type.CNAME ? " It redirects nothing below itself." : "";
            return Optional.of(nowhere("serves " + Type.string(record.getType()) + " " + record.rdataToString() + " at "
                    + record.getName() + ", above " + owner + "." + redirects + " Delegate " + record.getName()
                    + " by NS, or remove that record."));
        }

        private Location refusal(OwnerName name, Reply.Answered answered) {
            String said = primary.called() + " answered " + Texts.rcode(answered.rcode()) + " to SOA of " + name;
            Zone asked = new Zone(name, dns);
            return switch (answered.rcode()) {
                case Rcode.REFUSED, Rcode.NOTAUTH ->
                    new Location.Nowhere(said + ": it serves no zone that holds this name to TSIG key "
                            + primary.key().name() + " Look at primaries of dns " + dns.name()
                            + ", and at allow-query and views.");
                default ->
                    new Location.NoAnswer(said + "."
                            + Texts.hint(
                                    answered.rcode(),
                                    asked,
                                    owner,
                                    answered.clockAhead().orElse(Duration.ZERO)));
            };
        }

        private Location referral(OwnerName name, Message message) {
            return message.getSection(Section.AUTHORITY).stream()
                    .filter(record ->
                            record.getType() == Type.NS && Wire.name(name).subdomain(record.getName()))
                    .findFirst()
                    .<Location>map(cut -> nowhere("delegates " + cut.getName() + " to " + cut.rdataToString()
                            + ": updates of " + owner + " belong to the primary of that zone."))
                    .orElseGet(() -> new Location.NoAnswer(
                            primary.called() + " answered SOA of " + name + " without authority."));
        }

        private Location nowhere(String what) {
            return new Location.Nowhere(primary.called() + " " + what);
        }

        private Location noAnswer(OwnerName name, Reply reply) {
            return new Location.NoAnswer("a question for " + name + " to " + primary.called() + " brought no answer: "
                    + Texts.notRead(reply, dns));
        }
    }

    private static Optional<SOARecord> apexAt(OwnerName name, Message message) {
        Name wanted = Wire.name(name);
        return message.getSection(Section.ANSWER).stream()
                .filter(record ->
                        record instanceof SOARecord && record.getName().equals(wanted))
                .map(SOARecord.class::cast)
                .findFirst();
    }
}
