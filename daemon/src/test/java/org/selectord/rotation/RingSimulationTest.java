package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.key.KeyType;

/**
 * Half a year of each of some delegated domains whose customers set, drop and forget aliases, add servers, leave servers silent and change the TTL of their denials, while
 * people order rotations and declare compromises. It knows what a daemon cannot: until when a cache somewhere may deny a name, or still hold an old record.
 */
class RingSimulationTest {
    private static final List<String> SELECTORS = List.of("sd1", "sd2", "sd3");

    static LongStream seeds() {
        return LongStream.range(0, Long.getLong("selectord.ring.seeds", 8));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noKeySignsThatACacheMayDenyAndNoSelectorHasTwoKeysInOneCache(long seed) {
        new Year(seed).live();
    }

    private static final class Year {
        private final long seed;
        private final SplittableRandom random;
        private final RingStory story;
        /** By selector: until when a cache may deny its alias, of what was seen missing or was never there. */
        private final Map<String, Instant> aliasDeniedUntil = new HashMap<>();
        /** By selector: until when a cache may hold the record of its last key, or deny it. */
        private final Map<String, Instant> recordKnownUntil = new HashMap<>();

        private int servers = 2;
        private int flips;

        Year(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            PolicyBuilder policy = PolicyBuilder.policy()
                    .signingPeriod(Duration.ofDays(3 + random.nextInt(30)))
                    .grace(Duration.ofDays(1 + random.nextInt(9)), Duration.ofHours(random.nextInt(24)));
            if (random.nextBoolean()) {
                policy.withoutStandby(Duration.ofDays(2));
            }
            story = new RingStory(policy.build(), "sd1", "sd2", "sd3");
            story.customer.put("ns1", new HashSet<>());
            story.customer.put("ns2", new HashSet<>());
            story.watcher = this::watch;
        }

        void live() {
            Instant end = story.now().plus(Duration.ofDays(150));
            while (story.now().isBefore(end)) {
                story.goOn(Duration.ofSeconds(1L + random.nextInt(random.nextInt(10) == 0 ? 600_000 : 40_000)));
                somethingHappens();
            }
            story.silent.clear();
            SELECTORS.forEach(this::set);
            story.goOnUntil(domain -> domain.active(KeyType.RSA).isPresent());
            assertThat(flips).as("seed %d", seed).isPositive();
        }

        private void somethingHappens() {
            String selector = SELECTORS.get(random.nextInt(SELECTORS.size()));
            switch (random.nextInt(12)) {
                case 0 -> story.customerDrops(selector);
                case 1, 2, 3, 4 -> set(selector);
                case 5 -> someServer().remove(selector);
                case 6 -> story.silent.add("ns" + (1 + random.nextInt(servers)));
                case 7, 8 -> story.silent.clear();
                case 9 -> {
                    if (servers < 4) {
                        story.customer.put(
                                "ns" + ++servers, new HashSet<>(random.nextBoolean() ? SELECTORS : List.of()));
                    }
                }
                case 10 -> story.theirNegativeTtl = 60L + random.nextInt(20_000);
                default -> order();
            }
        }

        private Set<String> someServer() {
            return Optional.ofNullable(story.customer.get("ns" + (1 + random.nextInt(servers))))
                    .orElseThrow();
        }

        private void set(String selector) {
            story.customer.values().forEach(has -> has.add(selector));
        }

        private void order() {
            if (story.domain().active(KeyType.RSA).isPresent()) {
                story.orders(random.nextInt(4) == 0 ? Order.Kind.COMPROMISED : Order.Kind.ROTATE_NOW, Map.of());
            }
        }

        // ---- the oracle

        private void watch(Step step) {
            switch (step.verb()) {
                case ASK_ALIASES -> lookedAt();
                case PUBLISH -> published(key(step));
                case WITHDRAW ->
                    recordKnownUntil.put(
                            key(step).selector().name(),
                            story.now()
                                    .plusSeconds(Math.max(
                                            RingStory.ALIAS_TTL,
                                            key(step).record().ttlSeconds())));
                case ACTIVATE -> told(key(step));
                default -> {}
            }
        }

        private ManagedKey key(Step step) {
            return story.domain().key(step.key().orElseThrow());
        }

        private void lookedAt() {
            story.customer.forEach((server, has) -> SELECTORS.stream()
                    .filter(selector -> !has.contains(selector) && !story.silent.contains(server))
                    .forEach(selector -> aliasDeniedUntil.merge(
                            selector, story.now().plusSeconds(story.theirNegativeTtl), DueTimes::later)));
        }

        /** Until just now its name was denied in our zone. */
        private void published(ManagedKey key) {
            String selector = key.selector().name();
            if (key.state() == KeyState.GENERATED) {
                assertThat(recordKnownUntil.getOrDefault(selector, Instant.MIN))
                        .as("seed %d: a cache may hold the last key of %s", seed, selector)
                        .isBeforeOrEqualTo(story.now());
            }
            recordKnownUntil.put(selector, story.now().plusSeconds(RingStory.OUR_NEGATIVE_TTL));
        }

        private void told(ManagedKey key) {
            if (key.wasTold()) {
                return;
            }
            flips++;
            String selector = key.selector().name();
            assertThat(recordKnownUntil.get(selector))
                    .as("seed %d: a cache may deny the record of %s", seed, selector)
                    .isBeforeOrEqualTo(story.now());
            assertThat(aliasDeniedUntil.getOrDefault(selector, Instant.MIN))
                    .as("seed %d: a cache may deny the alias of %s", seed, selector)
                    .isBeforeOrEqualTo(story.now());
        }
    }
}
