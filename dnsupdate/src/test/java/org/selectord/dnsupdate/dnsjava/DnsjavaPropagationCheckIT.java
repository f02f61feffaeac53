package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

class DnsjavaPropagationCheckIT {
    private static final ServerClock UNHEARD = (server, theirs, sentAt, receivedAt) -> {};
    private static BindBed bed;

    private final DnsjavaPropagationCheck check = new DnsjavaPropagationCheck(
            Clock.systemUTC(), Timeouts.DEFAULT, UNHEARD, HostAddresses.system(), new SecureRandom());

    @BeforeAll
    static void start() {
        bed = BindBed.start(2, BedZone.of("example.org."));
    }

    @AfterAll
    static void stop() {
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void aPublishedRecordIsSeenAtEveryServer() {
        TxtRRset set = new TxtRRset(
                OwnerName.of("s1._domainkey.example.org"), 3600, List.of(new TxtRecord(List.of("v=DKIM1; p=abc"))));
        Zone zone = bed.zone("example.org.");
        new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, UNHEARD).apply(zone, List.of(Change.publish(set)));
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            Propagation seen =
                    Objects.requireNonNull(check.look(zone, Set.of(set.owner())).get(set.owner()));
            assertThat(seen.servers()).hasSize(3);
            assertThat(seen.exactEverywhere(set)).as(seen.toString()).isTrue();
        });
    }

    @Test
    void theApexIsFoundAboveTheOwner() {
        Location location = new DnsjavaAuthoritativeLookup(
                        Clock.systemUTC(), Timeouts.DEFAULT, UNHEARD, new SecureRandom())
                .locate(bed.settings(), OwnerName.of("s9._domainkey.news.example.org"));
        assertThat(location).isEqualTo(new Location.At(OwnerName.of("example.org"), 2, java.util.Optional.empty()));
    }
}
