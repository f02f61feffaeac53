package org.selectord.dnsupdate.dnsjava;

import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.ServerAnswer;
import org.xbill.DNS.SOARecord;

/** Tells people of each server that is behind the newest copy of the zone which another one showed in the same look, and when to expect it to catch up. */
final class Lag {
    private Lag() {}

    static List<ServerLook.Seen> told(List<ServerLook.Seen> looks) {
        return looks.stream()
                .filter(look -> look.soa().isPresent() && !look.answers().isEmpty())
                .reduce((one, other) -> isBehind(one, other) ? other : one)
                .map(newest -> looks.stream().map(look -> told(look, newest)).toList())
                .orElse(looks);
    }

    private static ServerLook.Seen told(ServerLook.Seen look, ServerLook.Seen newest) {
        if (!isBehind(look, newest)) {
            return look;
        }
        SOARecord own = look.soa().orElseThrow();
        String behind = "; its copy of the zone has serial " + own.getSerial() + ", that of "
                + newest.answers().get(0).server() + " has "
                + newest.soa().orElseThrow().getSerial()
                + ": NOTIFY should bring it within seconds, else its refresh in "
                + own.getRefresh() + " s";
        List<ServerAnswer> answers = look.answers().stream()
                .map(answer -> new ServerAnswer(
                        answer.server(),
                        answer.kind(),
                        answer.found(),
                        answer.negativeTtlSeconds(),
                        answer.serial(),
                        answer.cameBack() + behind))
                .toList();
        return new ServerLook.Seen(answers, look.soa());
    }

    /** RFC 1982 section 3.2: serials go round, so the sign of their difference in 32 bits tells which is newer. */
    private static boolean isBehind(ServerLook.Seen look, ServerLook.Seen other) {
        Optional<SOARecord> own = look.soa();
        return own.isPresent()
                && (int) (other.soa().orElseThrow().getSerial() - own.get().getSerial()) > 0;
    }
}
