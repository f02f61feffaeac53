package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyType;

/** The history says who asked, and on what a transition rests. */
class ChronicleTest {
    @Test
    void readyRestsOnWhatEveryServerAnsweredWithItsTtls() {
        Story story = new Story().published(1);
        for (int i = 0; i < 3; i++) {
            story.serversAnswer(1, "exact", "exact").later(Duration.ofSeconds(5));
        }
        story.later(Duration.ofDays(1));
        ManagedDomain before = story.domain();
        Finding.OnServers seen = new Finding.OnServers(Story.id(1), Story.servers(1, "exact", "exact"));

        HistoryEntry ready = change(before, story.sees(seen).domain(), "READY", seen);

        assertThat(ready.domain()).contains(Story.DOMAIN);
        assertThat(ready.selector()).isEqualTo("s1");
        assertThat(ready.evidence())
                .containsExactly(
                        "ns1: exact, TTL 3600 s, negative TTL 3600 s",
                        "ns2: exact, TTL 3600 s, negative TTL 3600 s",
                        "ns1: exact 4 times, proven since 2026-01-05T00:00:00Z",
                        "ns2: exact 4 times, proven since 2026-01-05T00:00:00Z",
                        "highest TTL served: 3600 s",
                        "highest negative TTL: 3600 s");
    }

    @Test
    void aFlipRestsOnTheProofAndSaysWhoAskedForIt() {
        Story story = new Story().active(1).ready(2).orders(Order.Kind.ROTATE_NOW);
        story.intends(story.activate(2, Story.SIGNER)).later(Duration.ofSeconds(1));
        ManagedDomain before = story.domain();
        Finding.InUse seen = Story.inUse(Story.SIGNER, Proof.Kind.VERIFIED, 2);
        ManagedDomain after = story.sees(seen).domain();

        HistoryEntry active = change(before, after, "ACTIVE", seen);
        HistoryEntry retired = change(before, after, "RETIRED", seen);

        assertThat(active.askedBy()).isEqualTo("ops");
        assertThat(active.evidence().get(0)).isEqualTo("opendkim signs with [s2], VERIFIED: probe: VERIFIED");
        assertThat(active.evidence().get(1)).startsWith("opendkim: USING since ");
        assertThat(retired.askedBy()).isEqualTo("ops");
        assertThat(retired.evidence().get(1)).startsWith("opendkim: STOPPED since ");
    }

    @Test
    void nobodyAskedForWhatTheCalendarBrought() {
        Story story = new Story().active(1).ready(2);
        story.intends(story.activate(2, Story.SIGNER)).later(Duration.ofSeconds(1));
        ManagedDomain before = story.domain();
        Finding.InUse seen = Story.inUse(Story.SIGNER, Proof.Kind.VERIFIED, 2);

        assertThat(change(before, story.sees(seen).domain(), "ACTIVE", seen).askedBy())
                .isEmpty();
    }

    @Test
    void anOrderHasNoPartInTheWindingDownOfAnEarlierKey() {
        Story story = new Story().active(1).ready(2).flipped(2).orders(Order.Kind.ROTATE_NOW);
        Step withdrawal = new Step(
                Verb.WITHDRAW,
                Optional.of(Story.id(1)),
                Story.ZONE,
                Optional.empty(),
                Optional.empty(),
                story.now(),
                List.of(new Reason("its grace is over")));
        Step activation = story.activate(2, Story.SIGNER);

        assertThat(intended(story, withdrawal).askedBy()).isEmpty();
        assertThat(intended(story, withdrawal).text()).endsWith("(its grace is over)");
        assertThat(intended(story, activation).askedBy()).isEqualTo("ops");
    }

    @Test
    void aRevocationIsAskedForByWhoeverDeclaredTheKeyCompromised() {
        Story story = new Story().active(1).ready(2).orders(Order.Kind.COMPROMISED);
        story.later(Duration.ofSeconds(1)).serversAnswer(2, "exact", "exact").flipped(2);
        story.later(story.settings.policy().revokeWithin()).primaryServes(1, "exact");

        assertThat(intended(story, story.dueStep(Verb.REVOKE)).askedBy()).isEqualTo("ops");
    }

    @Test
    void anAdoptionHasNoPartInAFlipByTheCalendar() {
        Story story = new Story().active(1).ready(2).orders(Order.Kind.ADOPT, Map.of("selector", "old"));

        assertThat(intended(story, story.activate(2, Story.SIGNER)).askedBy()).isEmpty();
    }

    @Test
    void aHaltRestsOnTheAnswerThatCausedIt() {
        Story story = new Story().active(1).ready(2);
        story.intends(story.activate(2, Story.SIGNER)).later(Duration.ofSeconds(1));
        ManagedDomain before = story.domain();
        Finding.InUse seen = Story.inUse(Story.SIGNER, Proof.Kind.BAD, 2);
        ManagedDomain after = story.sees(seen).domain();

        assertThat(after.isHalted(KeyType.RSA)).isTrue();
        assertThat(change(before, after, "HALTED", seen).evidence())
                .containsExactly("opendkim signs with [s2], BAD: probe: BAD");
    }

    private static HistoryEntry intended(Story story, Step step) {
        return Chronicle.intended(new Task(story.domain(), story.settings, step), story.now());
    }

    private static HistoryEntry change(ManagedDomain before, ManagedDomain after, String event, Finding seen) {
        return Chronicle.changes(before, after, Story.START, Evidence.of(new Outcome.Done(seen))).stream()
                .filter(entry -> entry.event().equals(event))
                .findFirst()
                .orElseThrow();
    }
}
