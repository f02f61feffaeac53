package org.selectord.rotation;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.ParentZone;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ZoneUpdater;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.SpareKeys;

/**
 * One process of ours: the production runner, planner, workers and trusted clock behind the model's ports, driven as {@code Sweep} drives them, but
 * with begin, perform and finish as events among all others. It may be stopped or paused between any two.
 */
final class WorldDaemon {
    private static final int AT_MOST = 500;

    private final String name;
    private final World world;
    private final WorldTime time;
    private final SplittableRandom random;
    private final Map<Target, List<Task>> waiting = new LinkedHashMap<>();
    private KeyRegistry session;
    private RotationRunner runner;
    private TrustedClock clock;
    private int life; // odd while it runs
    private long pausedUntil = Long.MIN_VALUE;
    private long alarmAt = Long.MAX_VALUE;
    private int alarm;
    private boolean stopsAtNextPart;
    private int failures;
    private boolean sweeping;
    private Instant lastSweptAt = Instant.EPOCH;

    WorldDaemon(String name, World world, SplittableRandom random) {
        this.name = name;
        this.world = world;
        this.time = world.time;
        this.random = random;
        this.session = newSession(name);
        this.clock = newClock();
        this.runner = newRunner();
    }

    // ---- the process

    boolean isRunning() {
        return life % 2 == 1;
    }

    void start() {
        if (isRunning()) {
            return;
        }
        session = newSession(name + life);
        clock = newClock();
        runner = newRunner();
        lastSweptAt = Instant.EPOCH;
        try {
            runner.recover();
            life++;
            wake();
        } catch (RegistryUnavailableException e) {
            time.in(10_000, this::start);
        }
    }

    private KeyRegistry newSession(String holder) {
        return world.wire.between(KeyRegistry.class, world.registry.new Session(holder, time::now, world.profile));
    }

    /** As this process has it. */
    KeyRegistry registry() {
        return session;
    }

    private TrustedClock newClock() {
        return new TrustedClock(
                time,
                time::monotonicNanos,
                world.witnesses,
                address -> false,
                () -> Math.abs(time.wallAhead()) < 1000,
                world.clockMark);
    }

    private RotationRunner newRunner() {
        WorldDns.Client dns = world.dns.new Client(name + life, clock, new InetSocketAddress("192.0.2.1", 53));
        List<Signer> signers = new ArrayList<>();
        world.signers.forEach(signer -> signers.add(world.wire.between(Signer.class, signer.new Port(dns))));
        Workers.Ports ports = new Workers.Ports(
                session,
                world.wire.between(AuthoritativeLookup.class, dns),
                (zone, needed) -> List.of(),
                world.wire.between(ParentZone.class, apex -> OptionalLong.of(900)),
                world.wire.between(ZoneUpdater.class, dns),
                world.wire.between(PropagationCheck.class, dns),
                (below, servers, aliases) -> {
                    throw new IllegalStateException("no domain of the model is delegated");
                },
                new SpareKeys(world.keystore, algorithm -> {
                    throw new IllegalStateException("the model makes its own keys");
                }),
                world.wire.between(PrivateKeyStore.class, world.keystore),
                signers,
                time,
                random);
        return new RotationRunner(
                session,
                domain -> {
                    world.profile.enter(Profile.Part.PLANNING); // asked for each time something is planned
                    return world.settingsOf(domain);
                },
                world.planner,
                Workers.of(ports, world.wire.between(GenerateKey.KeySource.class, world.keystore)),
                world.fleet::gate,
                clock::now,
                new RotationListener() {});
    }

    /** kill -9: what it was doing stays undone, its claims run out, or are dropped where it is alone. */
    void stop() {
        if (isRunning()) {
            life++;
            waiting.clear();
            alarmAt = Long.MAX_VALUE;
            if (world.isAlone(this)) {
                world.registry.dropClaims();
            }
        }
    }

    void stopAtNextPart() {
        stopsAtNextPart = true;
    }

    void pause(long millis) {
        pausedUntil = Math.max(pausedUntil, time.now() + millis);
    }

    void endPause() {
        pausedUntil = Long.MIN_VALUE;
    }

    TimeReading reading() {
        return clock.now();
    }

    /** Runs a part of a life, later if the process is paused, not at all if that life is over. */
    private void part(long inMillis, Runnable what) {
        int thisLife = life;
        time.in(inMillis, () -> {
            if (life == thisLife) {
                if (time.now() < pausedUntil) {
                    part(pausedUntil - time.now(), what);
                } else {
                    what.run();
                }
            }
        });
    }

    private boolean isStoppedHere() {
        if (stopsAtNextPart && random.nextBoolean()) {
            stopsAtNextPart = false;
            world.troubles.count(Trouble.PROCESS_STOPPED);
            stop();
            time.in(2_000 + random.nextInt(60_000), this::start);
            return true;
        }
        return false;
    }

    // ---- the sweep

    void wake() {
        wakeAt(time.now() + 1);
    }

    /** The clock was set: what was to be slept for is another time now. */
    void clockWasSet() {
        alarmAt = Long.MAX_VALUE;
        wakeAt(time.now() + random.nextInt(30_000));
    }

    void wakeAt(long when) {
        if (isRunning() && when < alarmAt) {
            alarmAt = when;
            int thisAlarm = ++alarm;
            part(Math.max(1, when - time.now()), () -> {
                if (alarm == thisAlarm) {
                    alarmAt = Long.MAX_VALUE;
                    sweep();
                }
            });
        }
    }

    private void sweep() {
        if (sweeping) {
            wakeAt(time.now() + 1_000); // it has one thread, which waits for the registry
            return;
        }
        sweeping = true;
        try {
            planAnewIfPutBack(clock.now().at());
            List<ManagedDomain> claimed = session.claimDue(clock.now().at(), AT_MOST);
            world.turns++;
            if (!claimed.isEmpty()) {
                begin(claimed).forEach(this::enqueue);
            }
            failures = 0;
            setAlarm();
        } catch (RegistryUnavailableException e) {
            wakeAt(time.now() + Sweep.restAfter(++failures).toMillis());
        } finally {
            sweeping = false;
        }
    }

    private void planAnewIfPutBack(Instant now) {
        if (now.isBefore(lastSweptAt.minus(TrustedClock.TOLERANCE))) {
            session.replanAll(now);
        }
        lastSweptAt = now;
    }

    private Map<Target, List<Task>> begin(List<ManagedDomain> claimed) {
        try {
            return world.profile.in(Profile.Part.PLANNING, () -> runner.begin(claimed)).stream()
                    .collect(Collectors.groupingBy(
                            task -> task.step().target(), LinkedHashMap::new, Collectors.toList()));
        } catch (RegistryUnavailableException e) {
            session.release(claimed.stream().map(ManagedDomain::name).toList());
            throw e;
        }
    }

    private void setAlarm() {
        Optional<Instant> due = session.nextDueAt();
        if (due.isPresent()) {
            long when = due.get().isAfter(Instant.ofEpochMilli(time.now()).plus(Duration.ofDays(3000)))
                    ? Long.MAX_VALUE
                    : time.whenWallSays(due.get());
            wakeAt(world.leap(this, Math.max(when, time.now() + 1)));
        }
        if (!world.isAlone(this)) {
            wakeAt(time.now() + 30_000); // the other's claims run out some time
        }
    }

    private void enqueue(Target lane, List<Task> tasks) {
        List<Task> queue = waiting.get(lane);
        if (queue != null) {
            // after a pause that outlived its lease it may have claimed the same domain again: the newer record counts
            Set<SigningDomain> newer =
                    tasks.stream().map(task -> task.domain().name()).collect(Collectors.toSet());
            queue.removeIf(waits -> newer.contains(waits.domain().name()));
            queue.addAll(tasks);
            return;
        }
        waiting.put(lane, new ArrayList<>(tasks));
        part(random.nextInt(3), () -> runLane(lane));
    }

    private void runLane(Target lane) {
        List<Task> batch = waiting.getOrDefault(lane, List.of());
        if (batch.isEmpty()) {
            waiting.remove(lane);
            return;
        }
        waiting.put(lane, new ArrayList<>());
        batch.forEach(task -> world.begins(task.step()));
        if (isStoppedHere()) {
            return;
        }
        if (time.now() < pausedUntil) {
            part(pausedUntil - time.now(), () -> perform(lane, batch));
        } else {
            perform(lane, batch);
        }
    }

    private void perform(Target lane, List<Task> batch) {
        int thisLife = life;
        RotationRunner.Performed performed = runner.perform(batch);
        for (Outcome outcome : performed.outcomes()) {
            if (outcome instanceof Outcome.Unknown unknown
                    && unknown.cameBack().startsWith("our own error")
                    && !unknown.cameBack().contains(Faults.INJECTED)) {
                throw new AssertionError(unknown.cameBack());
            }
        }
        if (life != thisLife || isStoppedHere()) {
            return;
        }
        part(random.nextInt(5), () -> finish(lane, batch, performed));
    }

    private void finish(Target lane, List<Task> batch, RotationRunner.Performed performed) {
        try {
            world.profile.run(Profile.Part.FOLD, () -> runner.finish(batch, performed));
        } catch (RegistryUnavailableException e) {
            wakeAt(time.now() + Sweep.restAfter(++failures).toMillis());
        }
        if (isStoppedHere()) {
            return;
        }
        wake();
        runLane(lane);
    }

    @Override
    public String toString() {
        return name;
    }

    /** A clock that may be witnessed, for policies of time. */
    static Set<TrustedClock.Witness> someWitnesses(SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> EnumSet.of(TrustedClock.Witness.TSIG);
            case 1 -> EnumSet.of(TrustedClock.Witness.NTP);
            default -> EnumSet.allOf(TrustedClock.Witness.class);
        };
    }
}
