package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.Selector;

/** Keys made one after the other for one domain, which never forgets a selector it had. */
class GenerateKeyTest {
    private final long seed = System.nanoTime();
    private final ModelKeystore keystore = new ModelKeystore();
    private final Story story = new Story();
    private ManagedDomain domain = ManagedDomain.enrolled(Story.DOMAIN);

    @ParameterizedTest
    @ValueSource(strings = {"s{sequence}", "s{random:1}", "{algorithm}-{sequence}", "{date:yyyy}.{sequence}"})
    void aDomainNeverHasASelectorTwice(String template) {
        named(template, 20);

        assertThat(selectors()).as("seed %d", seed).doesNotHaveDuplicates().hasSize(20);
    }

    @Test
    void aSequenceGoesOnBehindSelectorsThatWereHadByOtherNumbers() {
        named("s2", 1);
        named("s3", 1);
        named("s{sequence}", 2);

        assertThat(selectors()).extracting(Selector::name).containsExactly("s2", "s3", "s4", "s5");
    }

    @Test
    void whereEverySelectorOfATemplateWasHadNoKeyIsMade() {
        named("s{date:yyyy}", 1);

        assertThat(generated("s{date:yyyy}")).isInstanceOfSatisfying(Outcome.NotYet.class, notYet -> {
            assertThat(notYet.pace()).isEqualTo(Pace.SLOW);
            assertThat(notYet.waitingFor().text())
                    .contains("s{date:yyyy} makes no selector that example.org has not had");
        });
    }

    /** A random character has 32 values: the 33rd key has none left. */
    @Test
    void aShortRandomPartIsUsedUpToItsLastValue() {
        named("s{random:1}", 32);

        assertThat(selectors()).as("seed %d", seed).doesNotHaveDuplicates().hasSize(32);
        assertThat(generated("s{random:1}")).isInstanceOf(Outcome.NotYet.class);
    }

    private void named(String template, int keys) {
        for (int i = 0; i < keys; i++) {
            Finding.Generated made = (Finding.Generated) ((Outcome.Done) generated(template)).finding();
            domain = had(made.key());
        }
    }

    /** As if it were removed since: a tombstone. */
    private ManagedDomain had(ManagedKey key) {
        List<ManagedKey> keys = new ArrayList<>(domain.keys());
        keys.add(key);
        return new ManagedDomain(
                domain.name(),
                keys,
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0);
    }

    private Outcome generated(String template) {
        DomainSettings settings =
                new Story(PolicyBuilder.policy().selector(template).build(), List.of(Story.SIGNER)).settings;
        Step step = story.next(Verb.GENERATE);
        GenerateKey generate = new GenerateKey(
                keystore, domain::everHad, new TestClock(Story.START), new Random(seed + keystore.made()));
        return generate.perform(List.of(new Task(domain, settings, step))).get(0);
    }

    private List<Selector> selectors() {
        return domain.keys().stream().map(ManagedKey::selector).toList();
    }
}
