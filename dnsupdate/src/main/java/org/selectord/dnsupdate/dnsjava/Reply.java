package org.selectord.dnsupdate.dnsjava;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.xbill.DNS.Message;

/** What came of one message. */
sealed interface Reply {
    /**
     * A reply to be believed: to this message, and signed with our key if the message was.
     *
     * @param rcode of the header, or BADTIME where the signature says so
     * @param clockAhead by how much our clock is ahead of the server's; behind: negative; whole seconds, only from a signed reply
     */
    record Answered(Message message, int rcode, Optional<Duration> clockAhead) implements Reply {}

    /** Not one octet of it left. */
    record NotSent(String why) implements Reply {}

    /**
     * It may have arrived, and nothing that came back is to be believed.
     *
     * @param signedAt the time in its TSIG, if it was signed
     * @param silent whether the time was over, rather than the connection broken or the reply false
     */
    record Unbelieved(Optional<Instant> signedAt, boolean silent, String why) implements Reply {}
}
