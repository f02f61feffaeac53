package org.selectord.rotation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.SigningDomain;

/** What goes wrong in a simulated year: faults of random kinds, begun by chance or in the middle of a step, and ended some time later. */
final class WorldTroubles {
    private final World world;
    private final WorldTime time;
    private final SplittableRandom random;
    private final int aDomain;
    private final List<Trouble> kinds;
    private final Map<Object, Runnable> ends = new LinkedHashMap<>(); // in the order they began
    private final Map<Verb, List<Trouble>> armed = new EnumMap<>(Verb.class);
    private boolean healing;

    final Map<Trouble, Integer> counts = new EnumMap<>(Trouble.class);

    /** @param aDomain how many at least */
    WorldTroubles(World world, Set<Trouble> kinds, int aDomain, SplittableRandom random) {
        this.aDomain = aDomain;
        this.world = world;
        this.time = world.time;
        this.random = random;
        this.kinds = Stream.of(Trouble.values()).filter(kinds::contains).toList();
    }

    void count(Trouble trouble) {
        counts.merge(trouble, 1, Integer::sum);
    }

    int count() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether none is under way. */
    boolean areOver() {
        return ends.isEmpty();
    }

    private int atLeast() {
        return kinds.isEmpty() ? 0 : aDomain * world.domains.size();
    }

    void planYear(long year) {
        Verb[] verbs = Verb.values();
        long latest = year - Duration.ofDays(20).toMillis();
        for (int i = 0; i < atLeast(); i++) {
            int kind = i == 0 ? Math.floorMod(world.seed, kinds.size()) : random.nextInt(kinds.size());
            Trouble trouble = kinds.get(kind);
            Verb someVerb = verbs[random.nextInt(verbs.length)];
            // a signer pairs wrongly when it takes a new key
            Verb verb = trouble == Trouble.SIGNER_SIGNS_WRONGLY ? Verb.ACTIVATE : someVerb;
            boolean atVerb = random.nextBoolean() || verb == Verb.ACTIVATE;
            time.in(random.nextLong(latest), () -> {
                if (atVerb) {
                    armed.computeIfAbsent(verb, v -> new ArrayList<>()).add(trouble);
                } else {
                    begin(trouble);
                }
            });
        }
        time.in(latest, this::makeUp);
    }

    /** Those that waited for a step that never came, or for another than this process to stop. */
    private void makeUp() {
        armed.values()
                .forEach(waiting -> List.copyOf(waiting).forEach(trouble -> {
                    waiting.remove(trouble);
                    begin(trouble);
                }));
        while (count() < atLeast()) {
            Trouble trouble = kinds.get(random.nextInt(kinds.size()));
            begin(trouble == Trouble.PROCESS_STOPPED ? Trouble.PROCESS_PAUSED : trouble);
        }
    }

    /** A step of this verb is about to be done: what was to come in the middle of one comes now. */
    void comeWith(Verb verb) {
        List<Trouble> waiting = armed.getOrDefault(verb, List.of());
        if (!waiting.isEmpty()) {
            begin(waiting.remove(0));
        }
    }

    /** All of it is over, and nothing new comes. */
    void heal() {
        healing = true;
        List.copyOf(ends.values()).forEach(Runnable::run);
        ends.clear();
    }

    private void begin(Trouble trouble) {
        if (healing) {
            return;
        }
        if (trouble != Trouble.PROCESS_STOPPED) {
            count(trouble);
        }
        world.tell(trouble + " begins");
        long lasts = someTime(trouble);
        Runnable end = make(trouble, lasts);
        Object handle = new Object();
        ends.put(handle, end);
        world.daemons.forEach(daemon -> daemon.wakeAt(time.now() + random.nextInt(900_000)));
        time.in(lasts, () -> endOf(trouble, handle));
    }

    private void endOf(Trouble trouble, Object handle) {
        boolean unseen = !world.dns.isLookedAt() || !world.hasSomeSeenNegativeTtl();
        if (trouble == Trouble.NEGATIVE_TTL_RAISED && !healing && unseen) {
            // what was never seen cannot be waited for
            time.in(Duration.ofMinutes(16), () -> endOf(trouble, handle));
            return;
        }
        Runnable end = ends.remove(handle);
        if (end != null) {
            world.tell(trouble + " ends");
            end.run();
        }
    }

    private long someTime(Trouble trouble) {
        Duration most = switch (trouble) {
            case ANSWER_LOST,
                    UPDATE_LANDS_LATE,
                    UPDATE_DOUBLED,
                    TTL_CHANGED,
                    RECORD_SPLIT_ANEW,
                    RECORD_LOST,
                    SECONDARY_OLD_THEN_NEW,
                    SIGNER_FORGETS -> Duration.ofMinutes(30);
            case HOST_SUSPENDED, PROCESS_PAUSED, PROCESS_STOPPED -> Duration.ofMinutes(30);
            case SECONDARY_SILENT, NEGATIVE_TTL_RAISED -> Duration.ofDays(2);
            case SERVER_ADDED -> Duration.ofDays(10);
            case REGISTRY_RESTORED -> Duration.ofDays(8);
            case CLOCK_FORWARD, CLOCK_BACK, PROCESS_DOWN_LONG, SECOND_DAEMON, ZONE_FROZEN, WILDCARD, RESOLVER_CUT_OFF ->
                Duration.ofDays(1);
            case PRIMARY_SILENT,
                    PRIMARY_REFUSES_CONNECTIONS,
                    SERVER_SET_UNKNOWN,
                    NOTIFY_LOST,
                    SIGNER_SILENT,
                    SIGNER_ANSWER_LOST,
                    SIGNER_SAYS_NOT_YET,
                    SIGNER_LAGS,
                    SIGNER_SIGNS_WRONGLY,
                    KEYSTORE_UNAVAILABLE,
                    KEYSTORE_DENIED,
                    KEYSTORE_ANSWER_LOST,
                    JOURNAL_TAIL_LOST,
                    SECOND_TXT,
                    REGISTRY_FULL -> Duration.ofHours(8);
        };
        return 1000 + (long) (most.toMillis() * random.nextDouble() * random.nextDouble());
    }

    /** Makes it, and says how it ends. */
    private Runnable make(Trouble trouble, long lasts) {
        WorldSigner signer = world.signers.get(random.nextInt(world.signers.size()));
        switch (trouble) {
            case PRIMARY_SILENT -> {
                world.dns.primarySilent = true;
                return () -> world.dns.primarySilent = false;
            }
            case PRIMARY_REFUSES_CONNECTIONS -> {
                world.dns.primaryRefusesConnections = true;
                return () -> world.dns.primaryRefusesConnections = false;
            }
            case ANSWER_LOST -> world.dns.losesNextAnswer = true;
            case UPDATE_LANDS_LATE -> world.dns.nextLandsLate = true;
            case UPDATE_DOUBLED -> world.dns.nextIsDoubled = true;
            case ZONE_FROZEN -> {
                world.dns.frozen = true;
                return () -> world.dns.frozen = false;
            }
            case SERVER_SET_UNKNOWN -> {
                world.dns.setUnknown = true;
                return () -> world.dns.setUnknown = false;
            }
            case SERVER_ADDED -> {
                world.dns.addServer();
                return world.dns::removeLastServer;
            }
            case SECONDARY_SILENT -> {
                Runnable end = world.dns.silenceOne();
                if (random.nextBoolean()) {
                    time.in(random.nextLong(1 + lasts), () -> world.people.waiveServer(Duration.ofDays(2)));
                }
                return end;
            }
            case SECONDARY_OLD_THEN_NEW -> {
                return world.policy().proofTimes() > 1 ? world.dns.splitOne() : world.dns.deafenOne();
            }
            case NOTIFY_LOST -> {
                return world.dns.deafenOne();
            }
            case NEGATIVE_TTL_RAISED -> {
                long before = world.dns.negativeTtlSeconds();
                world.dns.setNegativeTtl(Math.min(86_400, before * (2 + random.nextInt(20))));
                return () -> world.dns.setNegativeTtl(before);
            }
            case TTL_CHANGED -> world.dns.editByHand(false);
            case RECORD_SPLIT_ANEW -> world.dns.editByHand(true);
            case SECOND_TXT -> {
                return world.dns.crowdOne();
            }
            case WILDCARD -> {
                SigningDomain domain = world.domains.get(random.nextInt(world.domains.size()));
                return world.dns.putWildcard(OwnerName.of("_domainkey." + domain));
            }
            case RESOLVER_CUT_OFF -> {
                return world.mail.cutOffOne();
            }
            case REGISTRY_RESTORED -> {
                return world.backup();
            }
            case RECORD_LOST -> world.dns.lose(false);
            case JOURNAL_TAIL_LOST -> {
                world.dns.lose(true);
                return world.dns::raiseSerial;
            }
            case SIGNER_SILENT -> {
                signer.silent = true;
                if (random.nextBoolean()) {
                    long waited = random.nextLong(1 + lasts);
                    time.in(waited, () -> world.people.waiveSigner(signer, 60_000 + lasts - waited));
                }
                return () -> signer.silent = false;
            }
            case SIGNER_ANSWER_LOST -> {
                signer.losesAnswers = true;
                return () -> signer.losesAnswers = false;
            }
            case SIGNER_SAYS_NOT_YET -> {
                signer.saysNotYet = true;
                return () -> signer.saysNotYet = false;
            }
            case SIGNER_LAGS -> {
                signer.lags = true;
                return () -> signer.lags = false;
            }
            case SIGNER_FORGETS -> signer.restartWithOldTables();
            case SIGNER_SIGNS_WRONGLY -> {
                signer.pairsWrongly = true;
                return signer::heal;
            }
            case KEYSTORE_UNAVAILABLE -> {
                world.keystore.setUnavailable(true);
                return () -> world.keystore.setUnavailable(false);
            }
            case KEYSTORE_DENIED -> {
                world.keystore.setDenied(true);
                return () -> world.keystore.setDenied(false);
            }
            case KEYSTORE_ANSWER_LOST -> {
                world.keystore.setLosesAnswers(true);
                return () -> world.keystore.setLosesAnswers(false);
            }
            case REGISTRY_FULL -> {
                world.registry.full(true);
                return () -> world.registry.full(false);
            }
            case CLOCK_FORWARD -> {
                return setClock(120_000L << random.nextInt(12));
            }
            case CLOCK_BACK -> {
                return setClock(-(120_000L << random.nextInt(11)));
            }
            case HOST_SUSPENDED -> {
                long asleep = 60_000L + random.nextInt(36_000_000);
                world.daemons.forEach(daemon -> daemon.pause(asleep));
                time.missMonotonic(asleep);
            }
            case PROCESS_STOPPED -> world.daemons.forEach(WorldDaemon::stopAtNextPart);
            case PROCESS_DOWN_LONG -> {
                world.daemons.forEach(WorldDaemon::stop);
                return () -> world.daemons.get(0).start();
            }
            case PROCESS_PAUSED -> world.daemons.get(random.nextInt(2)).pause(60_000L + random.nextInt(36_000_000));
            case SECOND_DAEMON -> {
                WorldDaemon second = world.daemons.get(1);
                second.start();
                if (random.nextBoolean()) {
                    time.in(
                            random.nextInt(600_000),
                            () -> world.daemons.get(random.nextInt(2)).pause(90_000));
                }
                return second::stop;
            }
        }
        return () -> {};
    }

    private Runnable setClock(long ahead) {
        world.tell("the clock is " + ahead / 1000 + " s ahead");
        time.setWallAhead(ahead);
        world.daemons.forEach(WorldDaemon::clockWasSet);
        return () -> {
            time.setWallAhead(0);
            world.daemons.forEach(WorldDaemon::clockWasSet);
        };
    }
}
