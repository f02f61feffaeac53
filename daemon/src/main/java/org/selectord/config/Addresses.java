package org.selectord.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code 192.0.2.1:53} and {@code [2001:db8::1]:53}; the port may be left out where there is a usual one. Addresses only: a name would
 * have to be asked of the DNS before we know whether it is to be believed, and again whenever it changes.
 */
final class Addresses {
    private static final Pattern WRITTEN =
            Pattern.compile("(?:\\[(?<six>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)]|(?<four>[0-9.]+))(?::(?<port>[0-9]{1,5}))?");
    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final Pattern FOUR = Pattern.compile("(" + OCTET + "\\.){3}" + OCTET);

    private Addresses() {}

    /** A server; port 53 unless another is written. */
    static InetSocketAddress dnsServer(String written) {
        return server(written, "53");
    }

    /** The same for one that speaks DNS over TLS (RFC 7858 section 3.1). */
    static InetSocketAddress dnsServerOverTls(String written) {
        return server(written, "853");
    }

    private static InetSocketAddress server(String written, String usualPort) {
        InetSocketAddress address = of(written, usualPort);
        if (address.getPort() == 0) {
            throw new IllegalArgumentException("\"" + written + "\": nobody listens on port 0");
        }
        return address;
    }

    /** With its port. */
    static InetSocketAddress withPort(String written) {
        return of(written, "");
    }

    private static InetSocketAddress of(String written, String usualPort) {
        Matcher matcher = WRITTEN.matcher(written);
        if (!matcher.matches()) {
            throw wrong(written);
        }
        String port = matcher.group("port") == null ? usualPort : matcher.group("port");
        if (port.isEmpty() || Integer.parseInt(port) > 65_535) {
            throw wrong(written);
        }
        String four = matcher.group("four");
        if (four != null && !FOUR.matcher(four).matches()) {
            throw wrong(written);
        }
        return new InetSocketAddress(
                literal(four == null ? matcher.group("six") : four, written), Integer.parseInt(port));
    }

    private static InetAddress literal(String address, String written) {
        try {
            return InetAddress.getAllByName(address)[0]; // digits and colons only: nothing is asked of the DNS
        } catch (UnknownHostException e) {
            throw wrong(written);
        }
    }

    private static IllegalArgumentException wrong(String written) {
        return new IllegalArgumentException(
                "\"" + written + "\" is no address and port, as in 192.0.2.1:53 or \"[2001:db8::1]:53\"");
    }
}
