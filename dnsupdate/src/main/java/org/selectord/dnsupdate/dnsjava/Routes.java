package org.selectord.dnsupdate.dnsjava;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;

/** Whether this host has a route to an address. */
final class Routes {
    private Routes() {}

    /** Connecting a UDP socket sends nothing, but looks the route up. */
    static boolean has(InetAddress address) {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.connect(new InetSocketAddress(address, 53));
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
