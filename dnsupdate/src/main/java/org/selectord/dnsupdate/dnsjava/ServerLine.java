package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Message;

/** Talks to one server during one call: the first of some addresses that takes a connection, and then only that one. One thread. */
final class ServerLine implements AutoCloseable {
    private final List<InetSocketAddress> addresses;
    private final Asking asking;
    private final Duration exchangeTimeout;
    private final Deadline call;
    private Optional<InetSocketAddress> chosen = Optional.empty();
    private Optional<TcpConnection> open = Optional.empty();
    private Optional<Reply> gone = Optional.empty();

    ServerLine(List<InetSocketAddress> addresses, Asking asking, Duration exchangeTimeout, Deadline call) {
        this.addresses = addresses;
        this.asking = asking;
        this.exchangeTimeout = exchangeTimeout;
        this.call = call;
    }

    /** How one message is sent and its reply checked: signed or not. */
    @FunctionalInterface
    interface Asking {
        Reply ask(TcpConnection connection, InetSocketAddress server, Message message, Deadline deadline);
    }

    /** Over a new connection: over one that the server has just closed nobody could tell whether an update arrived. */
    Reply askAfresh(Message message) {
        close();
        return ask(message);
    }

    /**
     * Over the open connection; when that breaks, once more over a new one, so only what may be repeated. A server that once kept silent or
     * took no connection is not asked again, for each question would wait as long.
     */
    Reply askAgain(Message question) {
        if (gone.isPresent()) {
            return gone.get();
        }
        boolean wasOpen = open.isPresent();
        Reply reply = ask(question);
        if (wasOpen && reply instanceof Reply.Unbelieved broken && !broken.silent()) {
            reply = ask(question);
        }
        if (reply instanceof Reply.NotSent || (reply instanceof Reply.Unbelieved lost && lost.silent())) {
            gone = Optional.of(reply);
        }
        return reply;
    }

    /** How people name it. */
    String called() {
        return Texts.server(chosen.orElseGet(() -> addresses.get(0)));
    }

    private Reply ask(Message message) {
        Deadline deadline = call.orIn(exchangeTimeout);
        try {
            TcpConnection connection = open.isPresent() ? open.get() : connect(deadline);
            Reply reply = asking.ask(connection, chosen.orElseThrow(), message, deadline);
            if (!(reply instanceof Reply.Answered)) {
                close();
            }
            return reply;
        } catch (NotConnectedException e) {
            return new Reply.NotSent(Texts.of(e));
        }
    }

    private TcpConnection connect(Deadline deadline) throws NotConnectedException {
        List<String> refusals = new ArrayList<>();
        for (InetSocketAddress server : chosen.map(List::of).orElse(addresses)) {
            try {
                TcpConnection connection = TcpConnection.open(server, deadline);
                chosen = Optional.of(server);
                open = Optional.of(connection);
                return connection;
            } catch (NotConnectedException e) {
                refusals.add(Texts.server(server) + ": " + Texts.of(e));
            }
        }
        throw new NotConnectedException(String.join("; ", refusals));
    }

    @Override
    public void close() {
        open.ifPresent(TcpConnection::close);
        open = Optional.empty();
    }
}
