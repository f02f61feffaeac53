package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;

/** The packaged daemon beside a real BIND with a secondary and a real OpenDKIM. */
class RotationIT {
    private final SelectordBed bed = SelectordBed.create(1);

    @AfterEach
    void close() {
        bed.close();
    }

    @Test
    void aDomainRotatesWhenAskedAndTheOldRecordGoesAfterTheGrace() {
        bed.start().startOpenDkim();
        List<String> before = bed.awaitStandby();

        Output rotated = bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=30s");

        assertThat(rotated.exit()).as(rotated.out() + rotated.err() + bed.log()).isZero();
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(1));
        String oldOwner = before.get(0) + "._domainkey.example.org";
        assertThat(bed.bind().primary().dig(oldOwner, "TXT"))
                .as("within the grace")
                .isNotEmpty();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> bed.inState("REMOVED").equals(List.of(before.get(0))));
        assertThat(bed.bind().primary().dig(oldOwner, "TXT")).isEmpty();
        assertThat(bed.bind().secondary(0).dig(oldOwner, "TXT")).isEmpty();
        assertThat(bed.stop()).isZero();
    }
}
