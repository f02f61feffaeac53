package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.selectord.rotation.KeyState.ACTIVE;
import static org.selectord.rotation.KeyState.READY;
import static org.selectord.rotation.KeyState.REMOVED;
import static org.selectord.rotation.KeyState.RETIRED;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyType;
import org.selectord.key.PublicHalf;
import org.slf4j.LoggerFactory;

/**
 * Every road of a key, with every fault at every call to the outside: one fault a run, at call 1, 2, 3 ... until a run has fewer calls. After it the
 * promise must have held at every moment, and in the end all must be as if nothing had happened. Some runs, or one, are lived
 * through alone with {@code -Dfaults.only="first key, CRASH_AFTER, 12"} or the beginning of that.
 */
class FaultEnumerationTest {
    private static final Logger HEART = (Logger) LoggerFactory.getLogger(RotationRunner.class);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    /** How much later than the undisturbed run one ends: what is open is looked at within a minute, an update may land for six. */
    private static final Duration SOON = Duration.ofMinutes(10);
    /** What a parent zone that does not answer may have denied is waited for so long, and the margin. */
    private static final Duration A_DAY = HOUR.multipliedBy(28);

    private static final PublicHalf EXISTING = existing();
    private static final SignerId MX = new SignerId("mx");
    private static final SignerId MX2 = new SignerId("mx2");

    /**
     * A road.
     *
     * @param audit how often records and signers are looked at: seldom, where that is not the story
     */
    private record Scenario(
            String name, PolicyBuilder policy, Duration audit, List<SignerId> signers, Consumer<Road> story) {
        Scenario(String name, PolicyBuilder policy, Consumer<Road> story) {
            this(name, policy, HOUR.multipliedBy(12), List.of(MX), story);
        }

        Road run(Faults faults) {
            Road road = new Road(policy.build(), audit, signers, faults);
            story.accept(road);
            return road;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static PolicyBuilder policy() {
        return PolicyBuilder.policy()
                .signingPeriod(Duration.ofDays(30))
                .grace(HOUR.multipliedBy(2), HOUR.multipliedBy(2))
                .compromise(OnCompromise.WAIT, Duration.ofMinutes(5));
    }

    /** A true one: to be adopted it must be read from its record. */
    private static PublicHalf existing() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return new PublicHalf(
                    KeyAlgorithm.RSA_2048,
                    generator.generateKeyPair().getPublic().getEncoded());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<Scenario> scenarios() {
        return Stream.of(
                new Scenario(
                        "first key",
                        policy(),
                        road -> road.begins().until(ACTIVE, READY).passes(HOUR)),
                new Scenario(
                        "scheduled rotation",
                        policy().signingPeriod(HOUR.multipliedBy(8)),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .until(REMOVED, ACTIVE, READY)
                                .passes(HOUR)),
                new Scenario(
                        "without standby",
                        policy().signingPeriod(HOUR.multipliedBy(8)).withoutStandby(HOUR),
                        road -> road.until(ACTIVE)
                                .begins()
                                .until(REMOVED, ACTIVE)
                                .passes(HOUR)),
                new Scenario(
                        "rotate now at two signers",
                        policy(),
                        HOUR.multipliedBy(12),
                        List.of(MX, MX2),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .orders(Order.Kind.ROTATE_NOW)
                                .until(REMOVED, ACTIVE, READY)
                                .passes(HOUR)),
                new Scenario("first key proven bad", policy(), road -> {
                    signsWrongly(road, true);
                    road.begins().until("a halt", domain -> domain.isHalted(KeyType.RSA));
                    road.until("no signature", domain -> !domain.keys().get(0).mayBeSigning());
                    signsWrongly(road, false);
                    road.orders(Order.Kind.RETRY).until(REMOVED, ACTIVE, READY).passes(HOUR);
                }),
                new Scenario("flip proven bad", policy(), road -> {
                    road.until(ACTIVE, READY).begins();
                    signsWrongly(road, true);
                    road.orders(Order.Kind.ROTATE_NOW).until(ACTIVE, RETIRED).passes(MINUTE);
                    signsWrongly(road, false);
                    road.orders(Order.Kind.RETRY)
                            .until(REMOVED, REMOVED, ACTIVE, READY)
                            .passes(HOUR);
                }),
                new Scenario(
                        "compromise with a standby",
                        policy(),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .orders(Order.Kind.COMPROMISED, Map.of("scope", "key"))
                                .until(REMOVED, ACTIVE, READY)
                                .passes(HOUR)),
                new Scenario(
                        "compromise of the store",
                        policy(),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .orders(Order.Kind.COMPROMISED, Map.of("scope", "store"))
                                .until(REMOVED, REMOVED, ACTIVE, READY)
                                .passes(HOUR)),
                new Scenario(
                        "compromise, unsigned",
                        policy().compromise(OnCompromise.UNSIGNED, Duration.ofMinutes(5)),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .orders(Order.Kind.COMPROMISED, Map.of("scope", "store"))
                                .until(REMOVED, REMOVED, ACTIVE, READY)
                                .passes(HOUR)),
                new Scenario(
                        "rollback",
                        policy(),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .orders(Order.Kind.ROTATE_NOW)
                                .until(RETIRED, ACTIVE, READY)
                                .orders(Order.Kind.ROLL_BACK)
                                .until(ACTIVE, RETIRED, READY)
                                .orders(Order.Kind.RESUME)
                                .until(ACTIVE, REMOVED, READY)
                                .passes(HOUR)),
                new Scenario("adopt", policy(), road -> adopt(road, true)),
                new Scenario("adopt without the private half", policy(), road -> adopt(road, false)),
                new Scenario("a larger key", policy(), road -> {
                    road.until(ACTIVE, READY).begins();
                    road.world.under(policy().algorithms(KeyAlgorithm.RSA_3072).build());
                    road.until(ACTIVE, REMOVED, READY)
                            .orders(Order.Kind.ROTATE_NOW)
                            .until(REMOVED, REMOVED, ACTIVE, READY)
                            .passes(HOUR);
                }),
                new Scenario(
                        "two chains",
                        policy().algorithms(KeyAlgorithm.RSA_2048, KeyAlgorithm.ED25519),
                        road -> road.until("two standbys", domain -> count(domain, ACTIVE, READY))
                                .begins()
                                .orders(Order.Kind.ROTATE_NOW)
                                .until("two rotations", domain -> count(domain, REMOVED, ACTIVE, READY))
                                .passes(HOUR)),
                new Scenario(
                        "removal",
                        policy(),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .orders(Order.Kind.REMOVE_DOMAIN)
                                .until(REMOVED, REMOVED)
                                .passes(HOUR)),
                new Scenario(
                        "removal while the first key is published",
                        policy(),
                        road -> road.begins()
                                .until(
                                        "an update",
                                        domain -> domain.keys().stream()
                                                .anyMatch(key -> key.standing().isPresent()))
                                .orders(Order.Kind.REMOVE_DOMAIN)
                                .until(REMOVED)
                                .passes(HOUR)),
                new Scenario(
                        "removal in the middle of a flip",
                        policy().signingPeriod(HOUR.multipliedBy(8)).withoutStandby(HOUR),
                        road -> road.until(ACTIVE, READY)
                                .begins()
                                .until("a flip", domain -> domain.keys().get(1).wasTold() || isBeingTold(domain))
                                .orders(Order.Kind.REMOVE_DOMAIN)
                                .until(REMOVED, REMOVED)
                                .passes(HOUR)),
                new Scenario(
                        "pause",
                        policy(),
                        road -> road.until(ACTIVE)
                                .begins()
                                .orders(Order.Kind.ROTATE_NOW)
                                .orders(Order.Kind.PAUSE)
                                .passes(MINUTE.multipliedBy(10))
                                .orders(Order.Kind.RESUME)
                                .until(REMOVED, ACTIVE, READY)
                                .passes(HOUR)),
                new Scenario("waiver of a silent server", policy(), road -> {
                    Runnable back = road.world.dns.silenceLast();
                    road.begins().passes(Duration.ofSeconds(10));
                    String until = road.world
                            .time
                            .instant()
                            .plus(HOUR.multipliedBy(36))
                            .toString();
                    road.orders(Order.Kind.WAIVE, Map.of("server", "ns1", "until", until, "reason", "a broken disk"))
                            .until(ACTIVE, READY);
                    back.run();
                    road.passes(HOUR.multipliedBy(2));
                }),
                new Scenario("a record deleted by hand", policy(), MINUTE.multipliedBy(15), List.of(MX), road -> {
                    road.until(ACTIVE, READY).begins();
                    road.domain()
                            .keys()
                            .forEach(key -> road.world.dns.lose(key.record().owner()));
                    road.passes(MINUTE.multipliedBy(20)).until(ACTIVE, READY).passes(MINUTE.multipliedBy(40));
                }));
    }

    private static void adopt(Road road, boolean withPrivateHalf) {
        Map<String, String> old = road.hasBefore(EXISTING, withPrivateHalf);
        road.begins()
                .orders(Order.Kind.ADOPT, old)
                .until(
                        "a standby",
                        domain -> road.old().isPresent()
                                && domain.incoming(KeyType.RSA).isPresent())
                .orders(Order.Kind.ROTATE_NOW)
                .until(
                        "the end of the old key",
                        domain -> road.old().orElseThrow().state() == REMOVED
                                && domain.incoming(KeyType.RSA).isPresent())
                .passes(HOUR);
    }

    private static boolean isBeingTold(ManagedDomain domain) {
        return domain.intents().stream().anyMatch(intent -> intent.step().verb() == Verb.ACTIVATE);
    }

    private static void signsWrongly(Road road, boolean wrongly) {
        road.world.signers.forEach(signer -> {
            signer.heal();
            signer.pairsWrongly = wrongly;
        });
    }

    /** Two keys of each of these states, and no other. */
    private static boolean count(ManagedDomain domain, KeyState... states) {
        return domain.keys().size() == 2 * states.length
                && Stream.of(states)
                        .allMatch(state -> domain.keys().stream()
                                        .filter(key -> key.state() == state)
                                        .count()
                                == 2);
    }

    @BeforeAll
    static void keepQuiet() {
        HEART.setLevel(Level.OFF); // thousands of faults are no news
    }

    @AfterAll
    static void speakAgain() {
        HEART.setLevel(null);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void anyFaultAtAnyCallComesToTheSameEnd(Scenario scenario) {
        long began = System.nanoTime();
        Faults none = new Faults();
        Road undisturbed = scenario.run(none);
        Map<Faults.Kind, Integer> runs = new EnumMap<>(Faults.Kind.class);
        List<String> failures = new ArrayList<>();
        for (Faults.Kind kind : Faults.Kind.values()) {
            for (int n = 1; n <= none.calls.size() + 1; n++) { // one more: it runs clean
                boolean clean = n > none.calls.size();
                if (clean || kind.fits(none.calls.get(n - 1))) {
                    runs.merge(kind, 1, Integer::sum);
                    failure(scenario, kind, n, undisturbed, clean).ifPresent(failures::add);
                }
            }
        }
        System.out.printf(
                "%s: %d calls, %d runs in %d ms, %s, %d failures%n",
                scenario,
                none.calls.size(),
                runs.values().stream().mapToInt(Integer::intValue).sum(),
                (System.nanoTime() - began) / 1_000_000,
                runs,
                failures.size());

        assertThat(failures).isEmpty();
    }

    private static Optional<String> failure(
            Scenario scenario, Faults.Kind kind, int n, Road undisturbed, boolean clean) {
        String run = scenario + ", " + kind + ", " + n;
        if (!run.startsWith(System.getProperty("faults.only", run))) {
            return Optional.empty();
        }
        Faults faults = new Faults(kind, n);
        try {
            Road road = scenario.run(faults);
            List<String> end = road.end();
            if (kind == Faults.Kind.LAND_LATE) {
                // a key that came after another one was made: the next one taken
                end.replaceAll(line -> line.replace(", spare", "").replace("[spare]", "[]"));
            }
            if (faults.happened() == clean) {
                return Optional.of(run + ": the calls before it were others than in the undisturbed run");
            }
            Duration late = Duration.between(undisturbed.world.time.instant(), road.world.time.instant());
            boolean inTime = late.compareTo(faults.where().startsWith("ParentZone") ? A_DAY : SOON) < 0;
            return end.equals(undisturbed.end()) && inTime
                    ? Optional.empty()
                    : Optional.of(run + " at " + faults.where() + ", " + late + " later: "
                            + difference(undisturbed.end(), end));
        } catch (AssertionError | RuntimeException e) {
            return Optional.of(run + " at " + faults.where() + ": " + e);
        }
    }

    private static String difference(List<String> undisturbed, List<String> end) {
        List<String> missing = new ArrayList<>(undisturbed);
        missing.removeAll(end);
        List<String> added = new ArrayList<>(end);
        added.removeAll(undisturbed);
        return added + " instead of " + missing;
    }
}
