package org.selectord.dnsupdate.dnsjava;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.TsigKeyFile;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.Zone;

/** A process of its own that makes one call, so that a test can stop it in the middle of it. */
final class StaleDaemon {
    private StaleDaemon() {}

    /** Port of the primary, TSIG key file, epoch, owner to publish at. */
    public static void main(String[] arguments) throws Exception {
        InetSocketAddress primary =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
        Zone zone = new Zone(
                Given.APEX,
                Given.settings(
                        TsigKeyFile.read(java.nio.file.Path.of(arguments[1]))
                                .keys()
                                .get(0),
                        java.time.Duration.ofMinutes(5),
                        List.of(primary)));
        UpdateResult result = new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD)
                .apply(
                        zone,
                        Optional.of(new Fence(Long.parseLong(arguments[2]), "it")),
                        List.of(Change.publish(Given.txt(arguments[3], "v=DKIM1; p=stale"))))
                .get(0);
        System.out.println(result.verdict() + " "
                + result.heldBy().map(Fence::toString).orElse("by nobody") + " " + result.cameBack());
    }
}
