package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Sentences for people: what we did, to whom, what came back, and the hint if we know one. */
final class Texts {
    private static final int SHOWN = 60;

    static final String NOERROR_IS_NOT_APPLIED =
            " It acknowledged the update without doing it: a limit in its update-policy, such as"
                    + " TXT(1), or a name below a delegation, does so.";

    private Texts() {}

    static String server(InetSocketAddress server) {
        InetAddress address = server.getAddress();
        if (address == null) {
            return server.getHostString() + ":" + server.getPort();
        }
        String literal = address.getHostAddress();
        return (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + server.getPort();
    }

    /** Ends with a full stop, of which a domain name may have brought one. */
    static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    static String of(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }

    static String rcode(int rcode) {
        if (rcode >= Rcode.BADSIG && rcode <= Rcode.BADTRUNC) {
            return Rcode.TSIGstring(rcode);
        }
        // the error of a TSIG has 16 bits, and the codec has names for 12
        return rcode <= 0xfff ? Rcode.string(rcode) : "error " + rcode;
    }

    static String txt(TxtRRset set) {
        List<String> texts = set.records().stream().map(Texts::txt).toList();
        return "TXT " + String.join(" and TXT ", texts) + " (TTL " + set.ttlSeconds() + ")";
    }

    private static String txt(TxtRecord record) {
        String joined = record.joined();
        String shown = joined.length() <= SHOWN ? joined : joined.substring(0, SHOWN) + "...";
        String printable = shown.replaceAll("[^ -~]", "?");
        return "\"" + printable + "\" in " + record.strings().size()
                + (record.strings().size() == 1 ? " string" : " strings");
    }

    /** A CNAME or DNAME, and where it is. */
    static String alias(Record alias) {
        return Type.string(alias.getType()) + " " + alias.rdataToString() + " at " + alias.getName();
    }

    /** What a reply that should have been signed with our key was instead. */
    static String unverified(Message reply) {
        String rcode = rcode(reply.getRcode());
        return Tsig.of(reply)
                .map(tsig -> tsig.getError() == Rcode.NOERROR
                        ? "a reply (" + rcode + ") came back that our TSIG key does not verify"
                        : rcode + " came back with the TSIG error " + rcode(tsig.getError())
                                + ", unsigned as this error is, so it is a" + " hint and no proof")
                .orElse("an unsigned reply (" + rcode + ") came back, which anybody could have sent");
    }

    static String updateOf(Zone zone, Change change) {
        return "UPDATE of " + change.owner() + " TXT in zone " + zone.apex();
    }

    /** What to do about an rcode of the primary, with a blank before it; empty if we know nothing. */
    static String hint(int rcode, Zone zone, OwnerName owner, Duration clockAhead) {
        DnsSettings dns = zone.dns();
        return switch (rcode) {
            case Rcode.REFUSED ->
                " Either the zone is frozen (rndc thaw " + bare(zone.apex()) + "), or its update-policy lacks: "
                        + String.join(" ", NeededRights.policyBelow(dns.tsig().name(), zone.grantedBelow(owner)));
            case Rcode.NOTAUTH ->
                " It is not primary for zone " + zone.apex() + ": look at primaries of dns " + dns.name()
                        + ", and at the view that TSIG key " + bare(dns.tsig().name()) + " leads to.";
            case Rcode.NOTZONE -> " It says that the name is not in zone " + zone.apex() + ".";
            case Rcode.BADTIME -> clock(clockAhead, dns.fudge());
            case Rcode.SERVFAIL ->
                " The zone may not be loaded, or its journal cannot be written: see the server's log.";
            case Rcode.FORMERR, Rcode.NOTIMP -> " It does not understand dynamic updates (RFC 2136) as we send them.";
            default -> "";
        };
    }

    /** The line that lets the fence be written, with a blank before it, where the one for {@code owner} does not cover it. */
    static String fenceGrant(Zone zone, OwnerName owner) {
        OwnerName fence = zone.fenceOwner();
        return fence.parent().equals(owner.parent())
                ? ""
                : " and for its fence: grant " + bare(zone.dns().tsig().name()) + " name " + fence + " TXT;";
    }

    /** Why a call was not even begun. */
    static String noPlace(DnsSettings dns) {
        return "the primary of dns " + dns.name() + " keeps updates waiting, or drops them (BIND: update-quota), so"
                + " fewer are sent at once; this one waited too long.";
    }

    /** Why a fence stops us, and what a person may do. */
    static String fenced(FenceGuard.Look.Held held) {
        return sentence(held.said())
                + held.by()
                        .map(fence ->
                                " Only one may write a zone: stop the other one; if there is none, and this registry came out of a"
                                        + " backup, remove that TXT record, and the next try goes on.")
                        .orElse(" Nothing is written while that is there: it is to be removed by hand.");
    }

    /** Why a question to the primary came to nothing. */
    static String notRead(Reply reply, DnsSettings dns) {
        if (reply instanceof Reply.Unbelieved lost) {
            return sentence(lost.why()) + credentialHint(lost.why(), dns);
        }
        if (reply instanceof Reply.Answered answered && answered.rcode() == Rcode.BADTIME) {
            return "it answered BADTIME." + clock(answered.clockAhead().orElse(Duration.ZERO), dns.fudge());
        }
        return sentence(notRead(reply));
    }

    /** Why a question to any server came to nothing. */
    static String notRead(Reply reply) {
        if (reply instanceof Reply.Unbelieved lost) {
            return lost.why();
        }
        if (reply instanceof Reply.NotSent unsent) {
            return unsent.why();
        }
        Reply.Answered answered = (Reply.Answered) reply;
        boolean withAuthority = answered.message().getHeader().getFlag(Flags.AA);
        return "it answered " + rcode(answered.rcode()) + (withAuthority ? "" : " without authority");
    }

    static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }

    /** Whether the server keeps another TTL than we asked for, as max-zone-ttl makes it. */
    static String servedTtl(Change change, PrimaryAnswer readBack) {
        return change.after()
                .flatMap(asked -> readBack.found().filter(found -> found.ttlSeconds() != asked.ttlSeconds()))
                .map(found -> " Its TTL there is " + found.ttlSeconds() + ", not the "
                        + change.after().orElseThrow().ttlSeconds() + " we asked for.")
                .orElse("");
    }

    /** What to do when the reply was not verified: the error in it is no proof, but a hint. */
    static String credentialHint(String why, DnsSettings dns) {
        String key = "TSIG key " + bare(dns.tsig().name()) + " (" + dns.tsig().algorithm() + ")";
        if (why.contains("BADKEY")) {
            return " The server does not seem to know " + key + ": compare its name and algorithm.";
        }
        return why.contains("BADSIG")
                ? " The server's secret of " + key
                        + " seems to differ from ours: copy the server's key file anew and reload selectord."
                : "";
    }

    private static String clock(Duration ahead, Duration fudge) {
        return " Our clock is " + ahead.abs().toSeconds() + " s " + (ahead.isNegative() ? "behind" : "ahead of")
                + " the server's, and TSIG allows " + fudge.toSeconds() + " s: set the wrong one of the two (NTP).";
    }

    private static String bare(OwnerName name) {
        return name.withoutDot();
    }
}
