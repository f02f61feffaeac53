package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.bed.NameServer;

/** A TSIG key takes the place of another at the real BIND and Knot DNS: with the new one and the old one no update is ever in doubt. */
@Timeout(60)
class KeyRolloverIT {
    private static final TsigKey NAMED_ANEW = Given.key("selectord-2027", "another-another-another-another!");
    private static final TsigKey SECRET_ANEW = Given.key("selectord", "another-another-another-another!");

    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);
    private int published;

    @Test
    void theOldKeyWorksUntilTheServerHasTheNewOneAndThenTheNewOneDoes() throws IOException {
        try (BindBed bed = BindBed.start(0, BedZone.of("example.org."))) {
            Zone zone = zone(bed, SECRET_ANEW, bed.key());
            assertThat(publish(zone).verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(publish(zone).verdict()).isEqualTo(Verdict.AS_ASKED);

            give(bed, SECRET_ANEW);
            assertThat(publish(zone).verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(publish(zone(bed, SECRET_ANEW)).verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(publish(zone(bed, bed.key())).verdict()).isEqualTo(Verdict.UNKNOWN);
        }
    }

    @Test
    void aKeyThatTheServerDoesNotKnowByNameIsPassedOver() {
        try (BindBed bed = BindBed.start(0, BedZone.of("example.org."))) {
            assertThat(publish(zone(bed, NAMED_ANEW, bed.key())).verdict()).isEqualTo(Verdict.AS_ASKED);
        }
    }

    @Test
    void anUpdateIsNotSentWhereTheServerTakesNoneOfTheKeys() {
        try (BindBed bed = BindBed.start(0, BedZone.of("example.org."))) {
            assertThat(publish(zone(bed, NAMED_ANEW, SECRET_ANEW))).satisfies(result -> {
                assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
                assertThat(result.unansweredSignedAt()).isEmpty();
                assertThat(result.cameBack())
                        .contains("took none of our TSIG keys", "selectord-2027: ", "BADKEY", "selectord: ", "BADSIG");
            });
        }
    }

    /** Knot DNS answers nothing signed about a name that is in none of its zones. */
    @Test
    void theOldKeyWorksAtAServerThatKnowsOnlyItsOwnZones() {
        String secret = Base64.getEncoder().encodeToString(Given.KEY.secret().reveal());
        try (NameServer knot = NameServer.knot(NameServer.freePort(), BedZone.of("example.org."), secret, Map.of())) {
            assertThat(publish(zone(knot.address(), NAMED_ANEW, Given.KEY)))
                    .satisfies(result ->
                            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED));
        }
    }

    private UpdateResult publish(Zone zone) {
        published++;
        return updater.apply(
                        zone,
                        Optional.empty(),
                        List.of(Change.publish(Given.txt("s" + published + "._domainkey.example.org", "x"))))
                .get(0);
    }

    private static Zone zone(BindBed bed, TsigKey... newestFirst) {
        return zone(bed.primary().address(), newestFirst);
    }

    private static Zone zone(InetSocketAddress primary, TsigKey... newestFirst) {
        return new Zone(
                OwnerName.of("example.org"),
                Given.settings(TsigKey.newestFirst(List.of(newestFirst)), Duration.ofMinutes(5), List.of(primary)));
    }

    private static void give(BindBed bed, TsigKey key) throws IOException {
        Path file = bed.primary().directory().resolve("selectord.key");
        String secret = Base64.getEncoder().encodeToString(key.secret().reveal());
        Files.writeString(file, Files.readString(file).replaceFirst("secret \"[^\"]*\"", "secret \"" + secret + "\""));
        bed.primary().rndc("reconfig");
    }
}
