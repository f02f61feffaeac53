package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

class DnsjavaZoneUpdaterIT {
    private static BindBed bed;

    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, (server, theirs, sentAt, receivedAt) -> {});

    @BeforeAll
    static void start() {
        bed = BindBed.start(1, BedZone.of("example.org."));
    }

    @AfterAll
    static void stop() {
        if (bed != null) {
            bed.close();
        }
    }

    @Test
    void publishedTwiceIsAsAskedTwice() {
        TxtRRset set = new TxtRRset(
                OwnerName.of("s1._domainkey.example.org"), 3600, List.of(new TxtRecord(List.of("v=DKIM1; p=abc"))));
        for (int i = 0; i < 2; i++) {
            UpdateResult result = updater.apply(bed.zone("example.org."), List.of(Change.publish(set)))
                    .get(0);
            assertThat(result.verdict()).isEqualTo(Verdict.AS_ASKED);
        }
        UpdateResult result = updater.apply(bed.zone("example.org."), List.of(Change.withdraw(set)))
                .get(0);
        assertThat(result.verdict()).isEqualTo(Verdict.AS_ASKED);
    }
}
