package org.selectord.proof;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a milter listens, as mail servers write it: {@code inet:8891@127.0.0.1}, {@code local:/run/opendkim/opendkim.sock}. */
public sealed interface MilterAddress {
    /** Throws {@link IllegalArgumentException} with a sentence for people. */
    static MilterAddress parse(String written) {
        Matcher inet = Inet.WRITTEN.matcher(written);
        if (inet.matches()) {
            int port = Integer.parseInt(inet.group("port"));
            String host = inet.group("host");
            return new Inet(host == null ? "127.0.0.1" : host.replaceAll("[\\[\\]]", ""), port);
        }
        Matcher local = Local.WRITTEN.matcher(written);
        if (local.matches()) {
            return new Local(Path.of(local.group("path")));
        }
        throw new IllegalArgumentException(
                "\"" + written
                        + "\" is no milter address: write inet:8891@127.0.0.1 or local:/run/opendkim/opendkim.sock, as Socket in opendkim.conf says");
    }

    /** A TCP socket. */
    record Inet(String host, int port) implements MilterAddress {
        private static final Pattern WRITTEN =
                Pattern.compile("inet6?:(?<port>[0-9]{1,5})(@(?<host>[A-Za-z0-9.-]+|\\[[0-9a-fA-F:.]+]))?");

        public Inet {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
            }
        }

        @Override
        public SocketChannel open() throws IOException {
            // a milter answers packet by packet: gathering them would cost tens of milliseconds each
            return SocketChannel.open().setOption(StandardSocketOptions.TCP_NODELAY, true);
        }

        @Override
        public SocketAddress resolve() throws UnknownHostException {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException("no address for host " + host);
            }
            return address;
        }

        @Override
        public String toString() {
            return "inet:" + port + "@" + (host.contains(":") ? "[" + host + "]" : host);
        }
    }

    /** A Unix socket. */
    record Local(Path path) implements MilterAddress {
        private static final Pattern WRITTEN = Pattern.compile("((local|unix):)?(?<path>/\\S+)");
        private static final ProtocolFamily FAMILY = StandardProtocolFamily.UNIX;

        @Override
        public SocketChannel open() throws IOException {
            return SocketChannel.open(FAMILY);
        }

        @Override
        public SocketAddress resolve() {
            return UnixDomainSocketAddress.of(path);
        }

        @Override
        public String toString() {
            return "local:" + path;
        }
    }

    /** A channel of the right family, not connected yet. */
    SocketChannel open() throws IOException;

    /** The address to connect to; may ask the system's resolver where a host name was written. */
    SocketAddress resolve() throws UnknownHostException;
}
