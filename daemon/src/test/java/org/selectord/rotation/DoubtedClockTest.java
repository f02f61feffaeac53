package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
    void aWaiverGivenWhileTheClockWasAheadHoldsAsLongAsItWasMeantTo() {
        Duration length = Duration.ofHours(48);
        Story story = new Story().later(YEAR);
        String until = story.now().plus(length).toString();
        story.orders(Order.Kind.WAIVE, Map.of("server", "ns2", "until", until, "reason", "it is dead"));
        Instant truth = Story.START;
        assertThat(story.domain().isBeyond(truth)).isTrue();

        ManagedDomain corrected = story.domain().notBeyond(truth);

        assertThat(corrected.waiversAt(truth.plus(length).minus(SECOND))).hasSize(1);
        assertThat(corrected.waiversAt(truth.plus(length))).isEmpty();
        assertThat(corrected.isBeyond(truth)).isFalse();
        assertThat(corrected.notBeyond(truth.plus(SECOND))).isEqualTo(corrected);
    }

    @Test
    void aRollbackOrderedWhileTheClockWasAheadGoesOnAtOnce() {
        Story story = new Story().active(1).active(2);
        Duration truth = Duration.between(Story.START, story.now());
        story.later(Duration.ofHours(40)).orders(Order.Kind.ROLL_BACK);

        story.at(truth).serversAnswer(1, "exact", "exact");

        assertThat(story.dueStep(Verb.ACTIVATE).key()).contains(Story.id(1));
    }

    /** Everything that a record can hold was seen by a clock a year ahead. */
    @Test
    void noMomentOfARecordLiesBeyondAClockThatWasSetRightAndNoneIsLost() throws Exception {
        Story story = new Story().later(YEAR);
        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.of(86_400L)))
                .active(1)
                .primaryServes(1, "exact")
                .ready(2)
                .orders(Order.Kind.COMPROMISED)
                .later(SECOND)
                .serversAnswer(2, "exact", "exact");
        story.intends(story.activate(2, Story.SIGNER));
        Step look = Plan.askSigner(Story.SIGNER, story.now(), List.of());
        story.comesTo(look, new Outcome.NotYet(Pace.SLOW, new Reason("silent")));
        ManagedDomain ahead = story.domain();
        Instant truth = Story.START;

        ManagedDomain corrected = ahead.notBeyond(truth);

        assertThat(momentsIn(ahead)).hasSizeGreaterThan(20).anyMatch(at -> at.isAfter(truth.plus(Pace.LONGEST)));
        assertThat(momentsIn(corrected))
                .hasSameSizeAs(momentsIn(ahead))
                .allSatisfy(at -> assertThat(at).isBeforeOrEqualTo(truth.plus(Pace.LONGEST)));
        assertThat(corrected.isBeyond(truth)).isFalse();
        assertThat(corrected.notBeyond(truth.plus(YEAR)).zone()).isEqualTo(corrected.zone());
    }

    /** But for orders, which say when somebody asked, and steps, which say since when they were due. */
    private static List<Instant> momentsIn(Object value) throws IllegalAccessException {
        List<Instant> moments = new ArrayList<>();
        if (value instanceof Instant at) {
            moments.add(at);
        } else if (value instanceof Optional<?> optional && optional.isPresent()) {
            moments.addAll(momentsIn(optional.get()));
        } else if (value instanceof Map<?, ?> map) {
            moments.addAll(momentsIn(List.copyOf(map.values())));
        } else if (value instanceof Iterable<?> several) {
            for (Object one : several) {
                moments.addAll(momentsIn(one));
            }
        } else if (value.getClass().getPackage() == ManagedDomain.class.getPackage()
                && !(value instanceof Enum<?>
                        || value instanceof Order
                        || value instanceof Step
                        || value instanceof Reason)) {
            for (Field field : Arrays.asList(value.getClass().getDeclaredFields())) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    moments.addAll(momentsIn(field.get(value)));
                }
            }
        }
        return moments;
    }

    @Test
    void aZoneCutThatAClockAheadOfTimeSawIsBeyondAndOneWithoutATimeIsNot() {
        Finding.Located located = new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.of(86_400L));
        ZoneMarks ahead = new ZoneMarks(
                Story.APEX,
                HighWater.seen(60, Story.START),
                Story.START,
                Optional.of(new ZoneCut(86_400, Story.START.plus(SECOND))));
        ZoneMarks doubted = ZoneMarks.first(located, new Look(Story.START, Story.START, false));

        assertThat(ahead.isBeyond(Story.START)).isTrue();
        assertThat(ahead.isBeyond(Story.START.plus(SECOND))).isFalse();
        assertThat(ahead.notBeyond(Story.START).cut()).contains(new ZoneCut(86_400, Story.START));
        assertThat(doubted.isBeyond(Story.START)).isFalse();
        assertThat(doubted.notBeyond(Story.START)).isEqualTo(doubted);
    }

    @Test
    void whileTheClockIsInDoubtExactAnswersAreAskedForOnceAMinute() {
        Story story = new Story().published(1).untrusted().serversAnswer(1, "exact", "exact");

        assertThat(story.next(Verb.ASK_SERVERS, 1).dueAt())
                .isEqualTo(story.now().plus(Duration.ofMinutes(1)));
    }

    @Test
    void whileTheClockIsInDoubtNothingWakesButTheLookAtThePrimary() {
        Story story = new Story().active(1).ready(2).later(Duration.ofDays(90)).untrusted();

        story.sees(new Finding.Located(Story.APEX, Story.NEGATIVE_TTL, Optional.empty()))
                .serversAnswer(2, "exact", "exact")
                .looked()
                .later(SECOND);

        assertThat(story.next(Verb.LOCATE).dueAt())
                .isAfter(story.now().plusSeconds(20))
                .isBefore(story.now().plusSeconds(30));
        assertThat(story.next(Verb.ACTIVATE).dueAt()).isAfter(story.now().plusSeconds(30));
    }
}
