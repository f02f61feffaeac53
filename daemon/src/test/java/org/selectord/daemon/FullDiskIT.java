package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.Evidence;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Http;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.Unprivileged;

/** The registry on a real file system of 16 MB that is really full; mounting it needs root. */
class FullDiskIT {
    private static final String ROTATE = "/v1/domains/" + SelectordBed.DOMAIN + "/rotate";

    private final SelectordBed bed =
            SelectordBed.create(1).policy("rollback_period", "5s").policy("grace_period", "6s");
    private final Evidence evidence = new Evidence(bed);
    private final Path disk = bed.home().resolve("registry");
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        Files.createDirectory(disk);
        mounted = Unprivileged.weAreRoot()
                && run("mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "selectord-test", disk.toString());
        if (mounted) {
            Unprivileged.own(disk);
            return;
        }
        bed.close();
        String reason =
                "no tmpfs can be mounted here: selectord with its registry on a full disk is not tested (needs root)";
        if (Unprivileged.weAreRoot() && "true".equals(System.getenv("SELECTORD_REQUIRE_PEERS"))) {
            fail(reason);
        }
        System.err.println("SKIPPED: " + reason);
        abort(reason);
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            bed.kill9();
            assertThat(run("umount", disk.toString())).isTrue();
            bed.close();
        }
    }

    @Test
    void onAFullDiskNothingIsDoneThatCannotBeRecordedAndItGoesOnWhenThereIsSpace() throws Exception {
        bed.start().startOpenDkim();
        List<String> before = bed.awaitStandby();
        assertThat(bed.http("POST", ROTATE, Optional.empty()).status()).isEqualTo(202);
        evidence.await(
                "the flip", Duration.ofSeconds(20), () -> bed.inState("ACTIVE").equals(before.subList(1, 2)));
        bed.awaitStandby();
        List<String> keys = List.copyOf(bed.inState("RETIRED"));
        assertThat(keys).as("still in its grace").containsExactly(before.get(0));

        fillUp();

        evidence.await("/readyz to say no", Duration.ofSeconds(10), () -> ready().status() == 503);
        assertThat(ready().body())
                .contains("registry: ")
                .contains("SQLITE_FULL")
                .contains("free some space");
        assertThat(bed.http("GET", "/healthz", Optional.empty()).status()).isEqualTo(200);
        Http refused = bed.http("POST", ROTATE, Optional.empty());
        assertThat(refused.status()).as(refused.body()).isEqualTo(503);
        assertThat(refused.body()).contains("registry unavailable");
        Output ordered = bed.ctl("rotate", "now", SelectordBed.DOMAIN);
        assertThat(ordered.exit()).isEqualTo(1);
        assertThat(ordered.err()).contains("registry unavailable");
        assertThat(bed.http("GET", "/v1/domains/" + SelectordBed.DOMAIN, Optional.empty())
                        .status())
                .isEqualTo(200);

        List<String> records = evidence.records();
        List<Path> keyFiles = evidence.keyFiles();
        List<Path> copies = evidence.signerKeyFiles();
        assertThat(records)
                .as("ACTIVE, standby, and the retired one in its grace")
                .hasSize(3);
        // the private half's end and the withdrawal of the retired key become due, and the order was refused
        await().during(Duration.ofSeconds(9))
                .atMost(Duration.ofSeconds(12))
                .pollInterval(Duration.ofMillis(300))
                .until(() -> evidence.records().equals(records)
                        && evidence.keyFiles().equals(keyFiles)
                        && evidence.signerKeyFiles().equals(copies)
                        && ready().status() == 503);
        assertThat(bed.process().isAlive()).isTrue();

        Files.delete(filler());

        evidence.await("/readyz to say yes", Duration.ofSeconds(15), () -> ready().status() == 200);
        evidence.await(
                "the overdue withdrawal",
                Duration.ofSeconds(30),
                () -> bed.inState("REMOVED").equals(before.subList(0, 1)));
        assertThat(evidence.records()).hasSize(2);
        Output rotated = bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=30s");
        assertThat(rotated.exit()).as(rotated.out() + rotated.err() + bed.log()).isZero();
        bed.awaitStandby();
        assertThat(evidence.keysEver()).isEqualTo(4);
    }

    private Http ready() {
        return bed.http("GET", "/readyz", Optional.empty());
    }

    private Path filler() {
        return disk.resolve("filler");
    }

    private void fillUp() throws IOException {
        try (OutputStream filler = Files.newOutputStream(filler())) {
            while (true) {
                filler.write(new byte[4096]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }
}
