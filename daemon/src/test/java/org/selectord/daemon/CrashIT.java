package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SpoiledReload;
import tools.jackson.databind.JsonNode;

/** From a first key that is proven bad to the flip; and named is killed. */
class CrashIT extends Crashes {
    private final SpoiledReload reload = SpoiledReload.of(bed);

    @Override
    List<String> effects() {
        return List.of("GENERATE", "PUBLISH", "ACTIVATE");
    }

    /** The one that was proven bad, the one that signed after it, and its standby. */
    @Override
    int keysAtFirst() {
        return 3;
    }

    @Test
    @Order(1)
    void killedAroundStopSigningItStillSilencesAFirstKeyThatWasProvenBad() {
        reload.arm();
        bed.start(failpoint("STOP_SIGNING:before")).startOpenDkim();
        assertThat(bed.awaitExit()).as(bed.log()).isEqualTo(KILLED);
        bed.launch(failpoint("STOP_SIGNING:after"));
        assertThat(bed.awaitExit()).as(bed.log()).isEqualTo(KILLED);

        bed.start();

        evidence.await(
                "the bad key stopped",
                Duration.ofSeconds(30),
                () -> evidence.explain().get("intents").isEmpty()
                        && bed.inState("RETIRED").size() == 1
                        && uses().equals(List.of("STOPPED")));
        assertThat(evidence.explain().get("halts").get(0).get("reason").asString())
                .isEqualTo("flip_proven_bad");
        assertThat(bed.inState("ACTIVE")).isEmpty();
        assertThat(evidence.keysEver()).isEqualTo(1);

        assertThat(bed.ctl("retry", SelectordBed.DOMAIN).exit()).isZero();
        awaitTheSameState();
    }

    private List<String> uses() {
        List<String> uses = new ArrayList<>();
        for (JsonNode key : evidence.explain().get("keys")) {
            key.get("signers").forEach(use -> uses.add(use.get("use").asString()));
        }
        return uses;
    }

    @Test
    @Order(3)
    void namedKilledWithAnUpdateUnderWayIsWaitedFor() {
        orderAndStopNamedInTheMiddle();

        bed.bind().primary().kill();
        bed.bind().primary().start();

        awaitTheSameState();
    }
}
