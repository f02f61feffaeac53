package org.selectord.dnsupdate.dnsjava;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.selectord.dnsupdate.TsigKey;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * Which of several TSIG keys each server takes, while one takes the place of another. Found out by a question that changes nothing, before
 * anything that may: the reply to an update with a key the server does not know is unsigned, so nobody could tell what became of it.
 * Remembered for as long as the newest one is taken; an older one for a minute, and not for updates. Any thread.
 */
final class KeyChoice {
    private static final Duration OLD_ONE_KEPT = Duration.ofMinutes(1);

    private final Map<Place, Chosen> chosen = new ConcurrentHashMap<>();

    /** Asks the server over a connection of its own, signed with this key. */
    @FunctionalInterface
    interface Asking {
        Reply ask(Tsig tsig, Message question);
    }

    /** One server and one set of keys: all that are configured under a newest name. */
    private record Place(InetSocketAddress server, String newest) {
        static Place of(InetSocketAddress server, Tsig newest) {
            return new Place(server, newest.key().name() + " " + newest.key().algorithm());
        }
    }

    /** Which key was taken, until when it is not asked again. */
    private record Chosen(TsigKey taken, Deadline until) {
        Optional<Tsig> among(Tsig newest) {
            return taken.equals(newest.key())
                    ? Optional.of(newest)
                    : newest.older().flatMap(this::olderAmong);
        }

        private Optional<Tsig> olderAmong(Tsig older) {
            return until.isOver() ? Optional.empty() : among(older);
        }
    }

    /**
     * The newest key that the server takes.
     *
     * @param inZone a name in the zone that is talked about: Knot DNS looks for the zone first, and refuses unsigned where it has none
     * @param forUpdate what is signed with it may change something
     * @throws NotConnectedException it takes none of several: nothing may be sent
     */
    Tsig at(InetSocketAddress server, Tsig newest, Name inZone, boolean forUpdate, Asking asking)
            throws NotConnectedException {
        if (newest.older().isEmpty()) {
            return newest;
        }
        Optional<Tsig> known = remembered(server, newest).filter(taken -> taken == newest || !forUpdate);
        return known.isPresent() ? known.get() : ask(server, newest, inZone, asking);
    }

    private Tsig ask(InetSocketAddress server, Tsig newest, Name inZone, Asking asking) throws NotConnectedException {
        List<String> refusals = new ArrayList<>();
        for (Optional<Tsig> next = Optional.of(newest);
                next.isPresent();
                next = next.get().older()) {
            Tsig tsig = next.get();
            // whatever the answer is, only a server that has the key can sign it
            Reply reply = asking.ask(tsig, Questions.query(inZone, Type.SOA));
            if (reply instanceof Reply.Answered) {
                chosen.put(Place.of(server, newest), new Chosen(tsig.key(), Deadline.in(OLD_ONE_KEPT)));
                return tsig;
            }
            refusals.add(tsig.key().name().withoutDot() + ": " + Texts.notRead(reply));
        }
        throw new NotConnectedException("the server took none of our TSIG keys; " + String.join("; ", refusals));
    }

    /** What is known without asking. */
    Optional<Tsig> remembered(InetSocketAddress server, Tsig newest) {
        return Optional.ofNullable(chosen.get(Place.of(server, newest))).flatMap(choice -> choice.among(newest));
    }

    /** A reply that this choice should have verified was not: ask again before the next message. */
    void forget(InetSocketAddress server, Tsig newest) {
        chosen.remove(Place.of(server, newest));
    }
}
