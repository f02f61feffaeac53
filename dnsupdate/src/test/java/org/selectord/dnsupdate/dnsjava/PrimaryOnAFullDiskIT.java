package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;

/** A real named whose journal is on a file system that is really full; mounting it needs root. */
@Timeout(60)
class PrimaryOnAFullDiskIT {
    private static final String APEX = "full.example.";
    private static final int BLOCK = 4096;
    private static final int MORE_THAN_A_PAGE = 40;

    private final Path disk = Unprivileged.newDirectory();
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        assumeTrue(Unprivileged.weAreRoot(), "skipped: a tmpfs can only be mounted by root");
        mounted = run("mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "selectord-test", disk.toString());
        Peers.require(mounted, "a tmpfs that can be mounted");
        Unprivileged.own(disk);
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk.toString())).isTrue();
        }
        Unprivileged.remove(disk);
    }

    @Test
    void whileItsDiskIsFullNothingIsConcludedAndThenTheSameChangeIsMade() throws Exception {
        try (BindBed bed = BindBed.start(0, BedZone.of(APEX).option("journal \"" + disk.resolve("full.jnl") + "\";"))) {
            TxtRRset before = record(1);
            assertThat(apply(bed, Change.publish(before)).verdict()).isEqualTo(Verdict.AS_ASKED);

            Path filler = fill();
            int last = 2; // what is left of the journal's last page still takes some
            UpdateResult publish = apply(bed, Change.publish(record(last)));
            while (publish.verdict() == Verdict.AS_ASKED && last < MORE_THAN_A_PAGE) {
                publish = apply(bed, Change.publish(record(++last)));
            }
            TxtRRset later = record(last);
            UpdateResult withdraw = apply(bed, Change.withdraw(before));

            assertThat(publish.cameBack()).contains("SERVFAIL");
            assertThat(List.of(publish.verdict(), withdraw.verdict()))
                    .containsExactly(Verdict.UNAVAILABLE, Verdict.UNAVAILABLE);
            assertThat(bed.primary().dig(before.owner().name(), "TXT")).hasSize(1);
            assertThat(bed.primary().dig(later.owner().name(), "TXT")).isEmpty();

            Files.delete(filler);
            assertThat(apply(bed, Change.publish(later)).verdict()).isEqualTo(Verdict.AS_ASKED);
            assertThat(apply(bed, Change.withdraw(before)).verdict()).isEqualTo(Verdict.AS_ASKED);
        }
    }

    private static TxtRRset record(int number) {
        return Given.rsa2048("s" + number + "._domainkey.full.example");
    }

    private static UpdateResult apply(BindBed bed, Change change) {
        return new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, (server, theirs, sentAt, receivedAt) -> {})
                .apply(bed.zone(APEX), Optional.empty(), List.of(change))
                .get(0);
    }

    private Path fill() throws IOException {
        Path filler = disk.resolve("filler");
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[BLOCK]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
        return filler;
    }

    private static boolean run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }
}
