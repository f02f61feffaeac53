package org.selectord.dnsupdate;

import java.net.InetSocketAddress;
import java.time.Instant;

/** Hears the clock of a primary: every verified TSIG reply carries the time it was signed (RFC 8945 section 4.2). Must not block or throw. */
@FunctionalInterface
public interface ServerClock {
    void signedAt(InetSocketAddress server, Instant theirs, Instant sentAt, Instant receivedAt);
}
