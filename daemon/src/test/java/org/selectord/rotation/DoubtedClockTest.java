package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DoubtedClockTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration YEAR = Duration.ofDays(365);

    @Test
    void anAnswerSeenOnADoubtedClockBeginsNoStreak() {
        Story story = new Story().published(1).later(Duration.ofDays(-1)).untrusted();
        for (int i = 0; i < 5; i++) {
            story.serversAnswer(1, "exact", "exact").later(Duration.ofSeconds(5));
        }
        assertThat(story.key(1).propagated().everywhereAt()).isEmpty();

        story.later(Duration.ofDays(1)).trusted().serversAnswer(1, "exact", "exact");
        assertThat(story.key(1).propagated().everywhereAt()).isEmpty();
        Instant first = story.now();
        story.later(Duration.ofSeconds(5)).serversAnswer(1, "exact", "exact");
        story.later(Duration.ofSeconds(5)).serversAnswer(1, "exact", "exact");
        assertThat(story.key(1).propagated().everywhereAt()).contains(first);
    }

    @Test
    void aStopSeenOnADoubtedClockCountsFromTheNextLookOnATrueOne() {
        Story story =
                new Story().active(1).ready(2).orders(Order.Kind.ROTATE_NOW).serversAnswer(2, "exact", "exact");
        story.untrusted();
        story.intends(story.activate(2, Story.SIGNER)).later(SECOND).uses(Story.SIGNER, 2);
        assertThat(story.key(1).state()).isEqualTo(KeyState.RETIRED);
        assertThat(story.key(1).lastSignatureAt()).isEmpty();

        story.trusted().later(Duration.ofDays(3)).uses(Story.SIGNER, 2);
        assertThat(story.key(1).lastSignatureAt()).contains(story.now().plus(Story.SETTLE));
    }

    @Test
    void aTtlSeenOnADoubtedClockFallsOnlyAfterItsLengthFromATrueLook() {
        Look doubted = new Look(Story.START, Story.START, false);
        HighWater mark = HighWater.seen(3600, Story.START.minus(YEAR)).with(7200, doubted);
        assertThat(mark.with(60, doubted).seconds()).isEqualTo(7200);

        HighWater seen = mark.with(60, lookAt(1));
        assertThat(seen.seconds()).isEqualTo(7200);
        assertThat(seen.with(60, lookAt(7200)).seconds()).isEqualTo(7200);
        assertThat(seen.with(60, lookAt(7201)).seconds()).isEqualTo(60);
    }

    private static Look lookAt(long seconds) {
        Instant at = Story.START.plusSeconds(seconds);
        return new Look(at, at, true);
    }

    @Test
    void whatAClockThatWasAheadHasWrittenIsNotWaitedFor() {
        Story story = new Story().active(1).ready(2);
        Instant truth = story.now();
        story.later(YEAR).untrusted().uses(Story.SIGNER, 1).primaryServes(1, "exact");
        Step look = Plan.askSigner(Story.SIGNER, story.now(), java.util.List.of());
        story.comesTo(look, new Outcome.NotYet(Pace.SLOW, new Reason("silent")));
        assertThat(story.domain().isBeyond(truth)).isTrue();

        ManagedDomain corrected = story.domain().notBeyond(truth);

        assertThat(corrected.isBeyond(truth)).isFalse();
        assertThat(corrected.waits())
                .allSatisfy(wait -> assertThat(wait.retryAt()).isBefore(truth.plus(Duration.ofHours(1))));
        assertThat(corrected.key(Story.id(1)).since()).isEqualTo(story.key(1).since());
    }

    @Test
    void whileTheClockIsInDoubtNothingWakesButTheLookAtThePrimary() {
        Story story = new Story().active(1).ready(2).later(Duration.ofDays(90)).untrusted();

        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()))
                .serversAnswer(2, "exact", "exact")
                .looked()
                .later(SECOND);

        assertThat(story.next(Verb.LOCATE).dueAt()).isBefore(story.now().plusSeconds(30));
        assertThat(story.next(Verb.ACTIVATE).dueAt()).isAfter(story.now().plusSeconds(30));
    }
}
