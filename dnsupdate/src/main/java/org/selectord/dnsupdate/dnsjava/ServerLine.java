package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/** Talks to one server during one call: the first of some addresses that takes a connection, and then only that one. One thread. */
final class ServerLine implements AutoCloseable {
    private final List<InetSocketAddress> addresses;
    private final Dial dial;
    private final Asking asking;
    private final Duration exchangeTimeout;
    private final Deadline call;
    private Optional<InetSocketAddress> chosen = Optional.empty();
    private Optional<Connection> open = Optional.empty();
    private Optional<Reply> gone = Optional.empty();

    /** In the clear. */
    ServerLine(List<InetSocketAddress> addresses, Asking asking, Duration exchangeTimeout, Deadline call) {
        this(addresses, TcpConnection::open, asking, exchangeTimeout, call);
    }

    ServerLine(List<InetSocketAddress> addresses, Dial dial, Asking asking, Duration exchangeTimeout, Deadline call) {
        this.addresses = addresses;
        this.dial = dial;
        this.asking = asking;
        this.exchangeTimeout = exchangeTimeout;
        this.call = call;
    }

    /** How it is connected to. */
    @FunctionalInterface
    interface Dial {
        Connection open(InetSocketAddress server, Deadline deadline) throws NotConnectedException;
    }

    /** How messages to this server are written: signed or not. */
    @FunctionalInterface
    interface Asking {
        Pipeline.Form of(InetSocketAddress server, List<Message> messages, Deadline deadline)
                throws NotConnectedException;
    }

    /** Over the open connection only if that is quiet: over one that the server has just closed nobody could tell whether an update arrived. */
    Reply askOnce(Message message) {
        return askOnce(List.of(message)).get(0);
    }

    /** The same for several. */
    List<Reply> askOnce(List<Message> messages) {
        if (open.isPresent() && !open.get().isQuiet()) {
            close();
        }
        return ask(messages);
    }

    /** The same for one. */
    Reply askAgain(Message question) {
        return askAgain(List.of(question)).get(0);
    }

    /**
     * All together, over the open connection. What was not answered when that broke is asked once more over a new one, and as often as more
     * answers come by it; so only what may be repeated. A server that once kept silent or took no connection is not asked again, for each
     * question would wait as long.
     */
    List<Reply> askAgain(List<Message> questions) {
        @Nullable Reply[] replies = new Reply[questions.size()];
        List<Integer> left = IntStream.range(0, questions.size()).boxed().toList();
        boolean again = true;
        while (again && gone.isEmpty() && !left.isEmpty()) {
            boolean wasOpen = open.isPresent();
            List<Reply> round = ask(left.stream().map(questions::get).toList());
            List<Integer> unanswered = new ArrayList<>();
            for (int i = 0; i < round.size(); i++) {
                replies[left.get(i)] = round.get(i);
                if (!(round.get(i) instanceof Reply.Answered)) {
                    unanswered.add(left.get(i));
                }
            }
            gone = round.stream()
                    .filter(reply -> reply instanceof Reply.Unbelieved lost && lost.silent())
                    .findFirst()
                    .or(() -> round.stream().allMatch(Reply.NotSent.class::isInstance)
                            ? Optional.of(round.get(0))
                            : Optional.empty());
            again = wasOpen || unanswered.size() < left.size();
            left = unanswered;
        }
        return Arrays.stream(replies)
                .map(reply -> reply == null ? gone.orElseThrow() : reply)
                .toList();
    }

    /** The one it talks to, or will try first. */
    InetSocketAddress server() {
        return chosen.orElseGet(() -> addresses.get(0));
    }

    /** How people name it. */
    String called() {
        return Texts.server(server());
    }

    private List<Reply> ask(List<Message> messages) {
        try {
            Deadline deadline = open.isPresent() ? call.orIn(exchangeTimeout) : connect();
            List<Reply> replies = new Pipeline(open.orElseThrow(), asking.of(chosen.orElseThrow(), messages, deadline))
                    .run(messages, deadline, () -> call.orIn(exchangeTimeout));
            if (!replies.stream().allMatch(Reply.Answered.class::isInstance)) {
                close();
            }
            return replies;
        } catch (NotConnectedException e) {
            return messages.stream()
                    .<Reply>map(message -> new Reply.NotSent(Texts.of(e)))
                    .toList();
        }
    }

    /**
     * Each address gets an equal share of what is left of one exchange's time, so that a silent one leaves some to the next.
     *
     * @return until when the exchange that began with this connection must have ended
     */
    private Deadline connect() throws NotConnectedException {
        Deadline all = call.orIn(exchangeTimeout);
        List<String> refusals = new ArrayList<>();
        List<InetSocketAddress> left = chosen.map(List::of).orElse(addresses);
        for (int i = 0; i < left.size(); i++) {
            InetSocketAddress server = left.get(i);
            Deadline exchange = call.orIn(exchangeTimeout);
            try {
                open = Optional.of(dial.open(server, all.share(left.size() - i)));
                chosen = Optional.of(server);
                return exchange;
            } catch (NotConnectedException e) {
                refusals.add(Texts.server(server) + ": " + Texts.of(e));
            }
        }
        throw new NotConnectedException(String.join("; ", refusals));
    }

    @Override
    public void close() {
        open.ifPresent(Connection::close);
        open = Optional.empty();
    }
}
