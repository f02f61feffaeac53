package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.Bind;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;

/** A real BIND that is at its limits, or was handled wrongly by its operator. Nothing that is said of it is untrue. */
@Timeout(90)
class ServerTroubleIT {
    private static final Timeouts IMPATIENT = new Timeouts(Duration.ofMillis(500), Duration.ofSeconds(20));

    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);

    /** Measured with BIND 9.18: an update over its quota is dropped without a word. */
    @Test
    void anUpdateQuotaThatIsTooSmallForAllAtOnceLosesNone() throws Exception {
        List<BedZone> zones = IntStream.range(0, 12)
                .mapToObj(i -> BedZone.of("z" + i + ".example."))
                .toList();
        try (BindBed bed = BindBed.start(0, zones.toArray(BedZone[]::new))) {
            bed.primary().restart(conf -> Bind.withOption(conf, "update-quota 1;"));
            DnsjavaZoneUpdater impatient = new DnsjavaZoneUpdater(Clock.systemUTC(), IMPATIENT, Given.UNHEARD);
            ExecutorService lanes = Executors.newFixedThreadPool(zones.size());
            List<Future<Boolean>> all = zones.stream()
                    .map(zone -> lanes.submit(() -> publishesFive(impatient, bed, zone.apex())))
                    .toList();
            for (Future<Boolean> lane : all) {
                assertThat(lane.get(60, TimeUnit.SECONDS)).isTrue();
            }
            lanes.shutdown();
            for (BedZone zone : zones) {
                assertThat(txt(bed.primary().axfr(zone.apex()))).hasSize(5);
            }
        }
    }

    /** One after the other, each again until it is done: what came out of a try in between was true. */
    private static boolean publishesFive(DnsjavaZoneUpdater updater, BindBed bed, String apex) {
        for (int i = 0; i < 5; i++) {
            TxtRRset set = Given.rsa2048("s" + i + "._domainkey." + apex);
            UpdateResult result = apply(updater, bed.zone(apex), Change.publish(set));
            for (int tries = 0; tries < 20 && result.verdict() != Verdict.AS_ASKED; tries++) {
                assertThat(result.verdict()).as(result.cameBack()).isIn(Verdict.UNKNOWN, Verdict.UNAVAILABLE);
                result = apply(updater, bed.zone(apex), Change.publish(set));
            }
            if (!result.found().equals(Optional.of(set))) {
                return false;
            }
        }
        return true;
    }

    @Test
    void aPrimaryWithoutAFreeTcpClientIsUnavailableAndThereAgainWhenOneIs() throws IOException {
        try (BindBed bed = BindBed.start(0, BedZone.of("example.org."))) {
            bed.primary()
                    .restart(conf -> Bind.withOption(
                            conf, "tcp-clients 3; tcp-idle-timeout 600;" + " tcp-initial-timeout 600;"));
            DnsjavaZoneUpdater impatient = new DnsjavaZoneUpdater(Clock.systemUTC(), IMPATIENT, Given.UNHEARD);
            Change publish = Change.publish(Given.rsa2048("s1._domainkey.example.org"));
            List<Socket> others = new ArrayList<>();
            try {
                for (int i = 0; i < 3; i++) {
                    others.add(new Socket(
                            bed.primary().address().getAddress(),
                            bed.primary().address().getPort()));
                    others.get(i).getOutputStream().write(0); // and never the rest
                }
                UpdateResult result = apply(impatient, bed.zone("example.org."), publish);
                assertThat(result.verdict()).as(result.cameBack()).isIn(Verdict.UNKNOWN, Verdict.UNAVAILABLE);
            } finally {
                for (Socket other : others) {
                    other.close();
                }
            }
            assertThat(apply(updater, bed.zone("example.org."), publish).verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            assertThat(bed.primary().dig("s1._domainkey.example.org", "TXT")).hasSize(1);
        }
    }

    @Test
    void aJournalOnAFullDiskIsSaidAndWhatWasAcknowledgedStays() throws Exception {
        Path disk = Unprivileged.newDirectory();
        Peers.require(
                Unprivileged.weAreRoot() && run("mount", "-t", "tmpfs", "-o", "size=256k", "none", disk.toString()),
                "a tmpfs that may be mounted (needs root): a full disk below named's journal is not tested");
        Unprivileged.own(disk);
        try (BindBed bed = BindBed.start(
                0, BedZone.of("example.org.").option("journal \"" + disk.resolve("example.jnl") + "\";"))) {
            TxtRRset before = Given.rsa2048("s00._domainkey.example.org");
            assertThat(apply(updater, bed.zone("example.org."), Change.publish(before))
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            Path filler = disk.resolve("filler");
            fill(filler);

            // the last page of the journal takes some more
            Change during = Change.publish(Given.rsa2048("s10._domainkey.example.org"));
            UpdateResult full = apply(updater, bed.zone("example.org."), during);
            for (int i = 11; i < 30 && full.verdict() == Verdict.AS_ASKED; i++) {
                during = Change.publish(Given.rsa2048("s" + i + "._domainkey.example.org"));
                full = apply(updater, bed.zone("example.org."), during);
            }
            assertThat(full.verdict()).as(full.cameBack()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(full.cameBack()).contains("SERVFAIL", "its journal cannot be written");
            assertThat(bed.primary().dig(during.owner().name(), "TXT")).isEmpty();
            assertThat(apply(updater, bed.zone("example.org."), Change.withdraw(before))
                            .verdict())
                    .isEqualTo(Verdict.UNAVAILABLE);
            assertThat(bed.primary().dig(before.owner().name(), "TXT")).hasSize(1);
            List<String> acknowledged = bed.primary().axfr("example.org");

            Files.delete(filler);
            assertThat(apply(updater, bed.zone("example.org."), during).verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            bed.primary().kill();
            bed.primary().start();
            assertThat(txt(bed.primary().axfr("example.org"))).containsAll(txt(acknowledged));
            assertThat(bed.primary().dig(during.owner().name(), "TXT")).hasSize(1);
            assertThat(apply(updater, bed.zone("example.org."), Change.withdraw(before))
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
        } finally {
            run("umount", disk.toString());
            Unprivileged.remove(disk);
        }
    }

    private static List<String> txt(List<String> zone) {
        return zone.stream().filter(line -> line.contains("\tTXT\t")).toList();
    }

    private static void fill(Path filler) throws IOException {
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[512]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    /** The fence too takes the place of the one before in one message. */
    @Test
    void aPolicyThatCountsRecordsLetsOneTakeThePlaceOfAnother() {
        try (BindBed bed = BindBed.start(
                0,
                BedZone.of("example.org.")
                        .rights("update-policy { grant selectord wildcard *._domainkey.example.org. TXT(1);"
                                + " grant admin zonesub ANY; };"))) {
            TxtRRset set = Given.rsa2048("s1._domainkey.example.org");
            TxtRRset revoked = Given.txt("s1._domainkey.example.org", "v=DKIM1; p=");
            Change revoke = new Change(set.owner(), Optional.of(set), Optional.of(revoked));
            long epoch = 0;
            for (Change change : List.of(Change.publish(set), revoke, Change.withdraw(revoked))) {
                Fence fence = new Fence(++epoch, "it");
                UpdateResult result = updater.apply(bed.zone("example.org."), Optional.of(fence), List.of(change))
                        .get(0);
                assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
                assertThat(bed.primary().dig("_selectord._domainkey.example.org", "TXT"))
                        .containsExactly("\"" + fence + "\"");
            }
            assertThat(bed.primary().dig("s1._domainkey.example.org", "TXT")).isEmpty();
        }
    }

    /**
     * Measured with BIND 9.18: where the edited file has a serial that the journal has too, only the rest of the journal is replayed; the record is gone,
     * the serial is the same as before, and the secondary keeps the old content.
     */
    @Test
    void aZoneFileEditedWithASerialOfTheJournalLosesARecordAndThatIsSeenOnThePrimaryAlone() throws IOException {
        try (BindBed bed = BindBed.start(1, BedZone.of("example.org."))) {
            TxtRRset lost = Given.rsa2048("s1._domainkey.example.org");
            for (int i = 1; i <= 3; i++) {
                Change publish = Change.publish(Given.rsa2048("s" + i + "._domainkey.example.org"));
                assertThat(apply(updater, bed.zone("example.org."), publish).verdict())
                        .isEqualTo(Verdict.AS_ASKED);
            }
            await().until(() ->
                    bed.secondary(0).dig("s3._domainkey.example.org", "TXT").size() == 1);
            List<String> before = bed.primary().dig("example.org", "SOA");
            edit(bed, 2); // of the journal's 1 to 4: without the record that 2 brought

            assertThat(bed.primary().dig("example.org", "SOA"))
                    .as("the serial of before")
                    .isEqualTo(before);
            PrimaryAnswer read = updater.read(bed.zone("example.org."), List.of(lost.owner()))
                    .get(0);
            assertThat(read.kind()).as(read.cameBack()).isEqualTo(PrimaryAnswer.Kind.NOTHING);
            assertThat(shownBy(bed, lost)).containsExactly(false, true);

            assertThat(apply(updater, bed.zone("example.org."), Change.publish(lost))
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            assertThat(shownBy(bed, lost)).containsExactly(true, true);
        }
    }

    @Test
    void aZoneFileEditedWithASerialBeyondTheJournalIsAZoneThatIsNotLoaded() throws IOException {
        try (BindBed bed = BindBed.start(1, BedZone.of("example.org."))) {
            TxtRRset set = Given.rsa2048("s1._domainkey.example.org");
            Change publish = Change.publish(set);
            assertThat(apply(updater, bed.zone("example.org."), publish).verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            await().until(() ->
                    bed.secondary(0).dig("s1._domainkey.example.org", "TXT").size() == 1);
            edit(bed, 99);

            UpdateResult result = apply(updater, bed.zone("example.org."), Change.withdraw(set));
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.UNKNOWN);
            assertThat(result.cameBack()).contains("SERVFAIL", "may not be loaded");
            assertThat(shownBy(bed, set)).containsExactly(false, true);
            assertThat(updater.read(bed.zone("example.org."), List.of(set.owner()))
                            .get(0)
                            .kind())
                    .as("not to be taken for gone")
                    .isEqualTo(PrimaryAnswer.Kind.UNKNOWN);
        }
    }

    /** As somebody does who never heard of {@code rndc freeze}. */
    private static void edit(BindBed bed, int serial) throws IOException {
        edit(bed, "hostmaster 1 ", "hostmaster " + serial + " ");
    }

    private static void edit(BindBed bed, String of, String to) throws IOException {
        bed.primary().kill();
        Path file = bed.primary().directory().resolve("example.org.zone");
        String text = Files.readString(file);
        assertThat(text).contains(of);
        Files.writeString(file, text.replace(of, to));
        bed.primary().start();
    }

    /** It says SERVFAIL, which is no word about the record: neither that it is there nor that it is not. */
    @Test
    void aSecondaryWhoseCopyHasExpiredIsSilentAndThereAgainWithItsPrimary() throws IOException {
        try (BindBed bed = BindBed.start(1, BedZone.of("example.org."))) {
            edit(bed, "hostmaster 1 2 1 7200", "hostmaster 2 2 1 4");
            TxtRRset set = Given.rsa2048("s1._domainkey.example.org");
            assertThat(apply(updater, bed.zone("example.org."), Change.publish(set))
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            await().until(() -> shownBy(bed, set).equals(List.of(true, true)));
            bed.primary().kill();

            await().atMost(Duration.ofSeconds(30))
                    .until(() -> look(bed, set).servers().get(1).kind() == ServerAnswer.Kind.SILENT);
            assertThat(look(bed, set).servers().get(1).cameBack()).contains("SERVFAIL");

            bed.primary().start();
            await().atMost(Duration.ofSeconds(30)).until(() -> shownBy(bed, set).equals(List.of(true, true)));
        }
    }

    @Test
    void whereIncrementalTransfersDoNotWorkTheWholeZoneComesAndIsWaitedFor() throws IOException {
        try (BindBed bed = BindBed.start(1, BedZone.of("example.org."))) {
            bed.primary().restart(conf -> Bind.withOption(conf, "provide-ixfr no;"));
            for (int i = 1; i <= 3; i++) {
                TxtRRset set = Given.rsa2048("s" + i + "._domainkey.example.org");
                assertThat(apply(updater, bed.zone("example.org."), Change.publish(set))
                                .verdict())
                        .isEqualTo(Verdict.AS_ASKED);
                await().until(() -> shownBy(bed, set).equals(List.of(true, true)));
            }
            assertThat(bed.primary().log()).contains("AXFR-style IXFR");
        }
    }

    /** Whether each server shows it exactly: the primary, then its secondary. */
    private static List<Boolean> shownBy(BindBed bed, TxtRRset set) {
        return look(bed, set).servers().stream()
                .map(answer -> answer.holdsExactly(set))
                .toList();
    }

    private static Propagation look(BindBed bed, TxtRRset set) {
        PropagationCheck check = Given.propagationCheck();
        return Objects.requireNonNull(
                check.look(bed.zone("example.org."), Set.of(set.owner())).get(set.owner()));
    }

    /** The key decides which view an update changes; what the world sees is asked for without a key. */
    @Test
    void anUpdateThatWentToAViewOnlyInsidersSeeIsNeverTakenForProven() throws IOException {
        TsigKey inside = Given.key("inside", "inside-inside-inside-inside-insid");
        try (BindBed bed = BindBed.start(0, BedZone.of("example.org."))) {
            Path file = bed.primary().directory().resolve("example.org.zone");
            Path internal = bed.primary().directory().resolve("internal.zone");
            Files.copy(file, internal);
            Unprivileged.own(internal);
            bed.primary().restart(conf -> {
                int zone = conf.indexOf("zone \"example.org.\"");
                String external = conf.substring(zone);
                String secret = java.util.Base64.getEncoder()
                        .encodeToString(inside.secret().reveal());
                return conf.substring(0, zone)
                        + "key \"inside\" { algorithm hmac-sha256; secret \"" + secret + "\"; };\n"
                        + "view \"internal\" { match-clients { key inside; };\n"
                        + external.replace("\"example.org.zone\"", "\"internal.zone\"")
                                .replace(" selectord ", " inside ")
                        + "};\nview \"external\" { match-clients { any; };\n" + external + "};\n";
            });
            TxtRRset set = Given.rsa2048("s1._domainkey.example.org");
            Zone wrongView = new Zone(
                    OwnerName.of("example.org"),
                    Given.settings(
                            inside,
                            DnsSettings.DEFAULT_FUDGE,
                            List.of(bed.primary().address())));
            UpdateResult there = apply(updater, wrongView, Change.publish(set));
            assertThat(there.verdict()).as(there.cameBack()).isEqualTo(Verdict.AS_ASKED);
            assertThat(shownBy(bed, set)).as("to the world").containsExactly(false);

            assertThat(apply(updater, bed.zone("example.org."), Change.publish(set))
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            assertThat(shownBy(bed, set)).containsExactly(true);
            assertThat(apply(updater, wrongView, Change.withdraw(set)).verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            assertThat(shownBy(bed, set)).as("one view is not the other").containsExactly(true);
        }
    }

    private static UpdateResult apply(DnsjavaZoneUpdater updater, Zone zone, Change change) {
        return updater.apply(zone, Optional.empty(), List.of(change)).get(0);
    }
}
