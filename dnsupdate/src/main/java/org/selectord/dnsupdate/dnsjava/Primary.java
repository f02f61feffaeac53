package org.selectord.dnsupdate.dnsjava;

import java.util.ArrayList;
import java.util.List;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.xbill.DNS.Message;

/**
 * The primary that one call talks to: the one that took a connection last, else the first configured one that takes one, so that what is read back was read where it was
 * written. Every message is signed with the TSIG key, so that views answer alike.
 */
final class Primary implements AutoCloseable {
    private final ServerLine line;
    private final Exchange exchange;
    private final Tsig tsig;

    Primary(DnsSettings dns, Exchange exchange, Tsig tsig, Timeouts timeouts, Deadline call) {
        this.exchange = exchange;
        this.tsig = tsig;
        ServerLine.Dial dial = dns.tls()
                .<ServerLine.Dial>map(tls -> (server, deadline) -> TcpConnection.open(server, tls, deadline))
                .orElse(TcpConnection::open);
        LastTaken lastTaken = exchange.lastTaken();
        this.line = new ServerLine(
                lastTaken.first(dns.primaries()),
                lastTaken.noting(dns.primaries(), dial),
                exchange.signed(tsig, dial),
                timeouts.exchange(),
                call);
    }

    /** Sends what may change something. */
    Reply update(Message update) {
        return line.askOnce(update);
    }

    /**
     * Sends what may change something behind questions, all of it once: while the server works on it, the answers are looked at. The last reply
     * is the update's; where the connection broke before, it was {@link Reply.NotSent}.
     */
    List<Reply> updateBehind(List<Message> questions, Message update) {
        List<Message> messages = new ArrayList<>(questions);
        messages.add(update);
        return line.askOnce(messages);
    }

    /** Sends what changes nothing. */
    Reply query(Message query) {
        return line.askAgain(query);
    }

    /** The same for several, together. */
    List<Reply> queries(List<Message> queries) {
        return line.askAgain(queries);
    }

    /** How people name it. */
    String called() {
        return line.called();
    }

    /** The TSIG key that it takes, once it has been asked something. */
    TsigKey key() {
        return exchange.keyAt(line.server(), tsig);
    }

    /** How many octets of changes fit into one message with its signature. */
    int roomFor(OwnerName apex) {
        int header = 12;
        int zoneSection = Wire.name(apex).length() + 4;
        return Wire.MAX_LENGTH - header - zoneSection - tsig.length();
    }

    @Override
    public void close() {
        line.close();
    }
}
