package org.selectord.admin;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;

/**
 * The {@code admin} entry of the configuration.
 *
 * @param listen where the port listens: a loopback address
 * @param tokens the file that names who may ask, and what
 * @param open what anybody who reaches the port may ask without a token
 */
public record AdminSettings(InetSocketAddress listen, Path tokens, Set<Open> open) {
    /** What may be asked without a token. */
    public enum Open {
        HEALTH,
        METRICS
    }

    public static final AdminSettings DEFAULT = new AdminSettings(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 8953),
            Path.of("/etc/selectord/tokens"),
            Set.of(Open.values()));

    public AdminSettings {
        open = Set.copyOf(open);
        if (listen.isUnresolved() || !listen.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("admin listens on a loopback address only, not on " + listen
                    + ": tokens would cross the network in clear");
        }
    }
}
