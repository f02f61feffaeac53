package org.selectord.dnsupdate;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How to reach and change zones: one entry of {@code dns} in the configuration.
 *
 * @param name what the configuration calls it
 * @param primaries who takes the UPDATE, tried in this order
 * @param recordTtl TTL of records published from now on
 * @param authoritative the servers that must have a record; empty: every address of every NS of the zone, port 53
 * @param also further servers that must have it
 * @param fudge seconds a TSIG signature is valid on either side of its time (RFC 8945 section 10)
 * @param lateMargin added to signing time and fudge for the last moment an unanswered update may still be applied
 * @param fence whether each update demands and renews a {@link Fence}
 * @param trustAnchors those of signed zones: there a record counts as served when its signature verifies from them
 * @param tls how everything is said to the primaries; empty: in the clear. Other servers are asked in the clear, as verifiers ask them
 */
public record DnsSettings(
        String name,
        List<InetSocketAddress> primaries,
        TsigKey tsig,
        Duration recordTtl,
        Optional<List<InetSocketAddress>> authoritative,
        List<InetSocketAddress> also,
        Duration fudge,
        Duration lateMargin,
        boolean fence,
        List<TrustAnchor> trustAnchors,
        Optional<PrimaryTls> tls) {
    public static final Duration DEFAULT_RECORD_TTL = Duration.ofHours(1);
    public static final Duration DEFAULT_FUDGE = Duration.ofMinutes(5);
    public static final Duration DEFAULT_LATE_MARGIN = Duration.ofMinutes(1);

    /** Without a fence, without anchors, in the clear. */
    public DnsSettings(
            String name,
            List<InetSocketAddress> primaries,
            TsigKey tsig,
            Duration recordTtl,
            Optional<List<InetSocketAddress>> authoritative,
            List<InetSocketAddress> also,
            Duration fudge,
            Duration lateMargin) {
        this(name, primaries, tsig, recordTtl, authoritative, also, fudge, lateMargin, false, List.of());
    }

    /** In the clear. */
    public DnsSettings(
            String name,
            List<InetSocketAddress> primaries,
            TsigKey tsig,
            Duration recordTtl,
            Optional<List<InetSocketAddress>> authoritative,
            List<InetSocketAddress> also,
            Duration fudge,
            Duration lateMargin,
            boolean fence,
            List<TrustAnchor> trustAnchors) {
        this(
                name,
                primaries,
                tsig,
                recordTtl,
                authoritative,
                also,
                fudge,
                lateMargin,
                fence,
                trustAnchors,
                Optional.empty());
    }

    public DnsSettings {
        primaries = List.copyOf(primaries);
        authoritative = authoritative.map(List::copyOf);
        also = List.copyOf(also);
        trustAnchors = List.copyOf(trustAnchors);
        if (primaries.isEmpty()) {
            throw new IllegalArgumentException("dns " + name + " names no primary");
        }
        // RFC 8945 4.2: a 16-bit count of seconds; the codec takes 15 of them
        if (fudge.compareTo(Duration.ofSeconds(1)) < 0 || fudge.compareTo(Duration.ofSeconds(Short.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("dns " + name + ": fudge is 1 s to 32767 s, not " + fudge);
        }
    }

    /** The same with this TSIG key. */
    public DnsSettings with(TsigKey other) {
        return new DnsSettings(
                name, primaries, other, recordTtl, authoritative, also, fudge, lateMargin, fence, trustAnchors, tls);
    }

    /** The same with this one primary. */
    public DnsSettings at(InetSocketAddress primary) {
        return new DnsSettings(
                name,
                List.of(primary),
                tsig,
                recordTtl,
                authoritative,
                also,
                fudge,
                lateMargin,
                fence,
                trustAnchors,
                tls);
    }
}
