package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What fails is never given up, however long it fails: it is tried again within the half hour, for ever, and is done as soon as it can be. */
class PatienceTest {
    private static final Duration FOR_TWO_MONTHS = Duration.ofDays(60);
    private static final Reason AWAY = new Reason("the primary is away");

    @ParameterizedTest
    @EnumSource(Pace.class)
    void aPublicationThatHasFailedForTwoMonthsIsStillTriedAndDoneWhenItCanBe(Pace pace) {
        Story story = new Story().generated(1);
        Instant end = story.now().plus(FOR_TWO_MONTHS);
        int tries = 0;
        while (story.now().isBefore(end)) {
            Step publish = dueSoon(story, Verb.PUBLISH);
            story.intends(publish).comesTo(publish, new Outcome.NotYet(pace, AWAY));
            tries++;
        }

        assertThat(tries).isGreaterThan(48 * 60);
        assertThat(story.reasons()).contains(AWAY.text());
        dueSoon(story, Verb.PUBLISH);
        assertThat(story.changes(Verb.PUBLISH).key(1).state()).isEqualTo(KeyState.PUBLISHED);
    }

    /** A look that fails has no intent that would bring it back. */
    @ParameterizedTest
    @EnumSource(Pace.class)
    void serversThatHaveNotBeenReachedForTwoMonthsAreStillAskedAndThenTheKeyIsUsed(Pace pace) {
        Story story = new Story().published(1);
        Instant end = story.now().plus(FOR_TWO_MONTHS);
        while (story.now().isBefore(end)) {
            Step ask = dueSoon(story, Verb.ASK_SERVERS);
            story.comesTo(ask, new Outcome.NotYet(pace, AWAY));
        }

        dueSoon(story, Verb.ASK_SERVERS);
        for (int i = 0; i < 3; i++) {
            story.serversAnswer(1, "exact", "exact").later(Duration.ofSeconds(5));
        }
        story.later(Duration.ofHours(2)).serversAnswer(1, "exact", "exact");
        assertThat(story.key(1).state()).isEqualTo(KeyState.READY);
    }

    /** Goes to when it is due, which is within the half hour. */
    private static Step dueSoon(Story story, Verb verb) {
        Step next = story.next(verb, 1);
        assertThat(next.dueAt()).isBeforeOrEqualTo(story.now().plus(Pace.LONGEST));
        Duration left = Duration.between(story.now(), next.dueAt());
        story.later(left.isNegative() ? Duration.ZERO : left)
                .sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, java.util.Optional.empty()));
        assertThat(List.of(story.next(verb, 1).dueAt())).allMatch(at -> !at.isAfter(story.now()));
        return story.next(verb, 1);
    }
}
