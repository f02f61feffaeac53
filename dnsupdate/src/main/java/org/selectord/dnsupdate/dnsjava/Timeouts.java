package org.selectord.dnsupdate.dnsjava;

import java.time.Duration;

/**
 * How long to wait for servers.
 *
 * @param exchange for one message and its reply, from connecting to the last octet
 * @param call for everything that one call of a port does
 */
public record Timeouts(Duration exchange, Duration call) {
    /** Within the 30 s that the ports promise. */
    public static final Timeouts DEFAULT = new Timeouts(Duration.ofSeconds(8), Duration.ofSeconds(28));

    public Timeouts {
        if (exchange.isNegative() || exchange.isZero() || call.compareTo(exchange) < 0) {
            throw new IllegalArgumentException(
                    "an exchange takes more than nothing and at most the call: " + exchange + ", " + call);
        }
    }
}
