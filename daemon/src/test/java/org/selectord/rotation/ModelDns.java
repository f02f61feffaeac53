package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;

/**
 * One zone on a primary and two secondaries that lag behind it, and a resolver that caches "no such name" for all names below {@code _domainkey} (RFC
 * 8020). Faults are switches, drawn by the seed: an answer that is lost, an update that lands late, a secondary that is silent.
 */
final class ModelDns implements AuthoritativeLookup, ZoneUpdater, PropagationCheck {
    static final OwnerName APEX = OwnerName.of("example.org.");
    static final long NEGATIVE_TTL_SECONDS = 3600;

    private record Version(Instant at, Map<OwnerName, TxtRRset> content) {}

    private record Late(Instant at, Change change) {}

    private final TestClock clock;
    private final Random random;
    private final double faults;
    private final List<Version> versions = new ArrayList<>();
    private final List<Late> late = new ArrayList<>();
    private final List<Duration> lag = List.of(Duration.ZERO, Duration.ofSeconds(7), Duration.ofMinutes(4));
    private Optional<Instant> noDomainkeyCachedUntil = Optional.empty();
    private final Map<Integer, Boolean> silent = new HashMap<>();

    ModelDns(TestClock clock, Random random, double faults) {
        this.clock = clock;
        this.random = random;
        this.faults = faults;
        versions.add(new Version(Instant.MIN, Map.of()));
    }

    private boolean strikes() {
        return random.nextDouble() < faults;
    }

    // ---- the servers

    private Map<OwnerName, TxtRRset> served(int server) {
        landLate();
        Instant shown = clock.instant().minus(lag.get(server));
        return versions.stream()
                .filter(version -> !version.at.isAfter(shown))
                .reduce((earlier, later) -> later)
                .orElseThrow()
                .content;
    }

    private void landLate() {
        late.stream()
                .filter(update -> !update.at.isAfter(clock.instant()))
                .toList()
                .forEach(update -> {
                    late.remove(update);
                    apply(update.change);
                });
    }

    private void apply(Change change) {
        Map<OwnerName, TxtRRset> content = new TreeMap<>(versions.get(versions.size() - 1).content);
        if (Optional.ofNullable(content.get(change.owner())).equals(change.before())) {
            change.after()
                    .ifPresentOrElse(set -> content.put(change.owner(), set), () -> content.remove(change.owner()));
            versions.add(new Version(clock.instant(), Map.copyOf(content)));
        }
    }

    void silence(int server, boolean isSilent) {
        silent.put(server, isSilent);
    }

    /** Somebody else writes into the zone. */
    void write(TxtRRset set) {
        Map<OwnerName, TxtRRset> content = new TreeMap<>(served(0));
        content.put(set.owner(), set);
        versions.add(new Version(clock.instant(), Map.copyOf(content)));
    }

    Optional<TxtRRset> atPrimary(OwnerName owner) {
        return Optional.ofNullable(served(0).get(owner));
    }

    // ---- a verifier's resolver: asks any server, and remembers that there was nothing below _domainkey

    Optional<TxtRRset> resolve(OwnerName owner) {
        if (noDomainkeyCachedUntil.filter(clock.instant()::isBefore).isPresent()) {
            return Optional.empty();
        }
        Map<OwnerName, TxtRRset> answer = served(random.nextInt(lag.size()));
        if (answer.isEmpty()) {
            noDomainkeyCachedUntil = Optional.of(clock.instant().plusSeconds(NEGATIVE_TTL_SECONDS));
        }
        return Optional.ofNullable(answer.get(owner));
    }

    // ---- the ports

    @Override
    public Location locate(DnsSettings dns, OwnerName owner) {
        return strikes()
                ? new Location.NoAnswer("the model's primary is silent")
                : new Location.At(APEX, NEGATIVE_TTL_SECONDS, Optional.empty());
    }

    @Override
    public List<UpdateResult> apply(Zone zone, Optional<Fence> fence, List<Change> changes) {
        return changes.stream().map(this::change).toList();
    }

    private UpdateResult change(Change change) {
        landLate();
        if (strikes()) {
            return fault(change);
        }
        Optional<TxtRRset> before = atPrimary(change.owner());
        apply(change);
        Optional<TxtRRset> found = atPrimary(change.owner());
        boolean asAsked = found.equals(change.after());
        Verdict verdict = asAsked ? Verdict.AS_ASKED : Verdict.SOMETHING_ELSE_THERE;
        return new UpdateResult(verdict, found, Optional.empty(), "before: " + before);
    }

    private UpdateResult fault(Change change) {
        return switch (random.nextInt(4)) {
            case 0 ->
                new UpdateResult(
                        Verdict.UNAVAILABLE,
                        Optional.empty(),
                        Optional.empty(),
                        "the model's primary refused the connection");
            case 1 ->
                new UpdateResult(Verdict.REFUSED, Optional.empty(), Optional.empty(), "the model's zone is frozen");
            case 2 -> {
                apply(change);
                yield unknown("applied, and the answer was lost");
            }
            default -> {
                late.add(new Late(clock.instant().plusSeconds(random.nextInt(300)), change));
                yield unknown("it will land late");
            }
        };
    }

    private UpdateResult unknown(String text) {
        return new UpdateResult(Verdict.UNKNOWN, Optional.empty(), Optional.of(clock.instant()), text);
    }

    @Override
    public List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners) {
        return owners.stream().map(this::read).toList();
    }

    private PrimaryAnswer read(OwnerName owner) {
        if (strikes()) {
            return new PrimaryAnswer(PrimaryAnswer.Kind.UNKNOWN, Optional.empty(), "the model's primary is silent");
        }
        Optional<TxtRRset> found = atPrimary(owner);
        return new PrimaryAnswer(
                found.isPresent() ? PrimaryAnswer.Kind.TXT : PrimaryAnswer.Kind.NOTHING, found, "the model's primary");
    }

    @Override
    public Map<OwnerName, Propagation> look(Zone zone, Set<OwnerName> owners) {
        Map<OwnerName, Propagation> seen = new HashMap<>();
        for (OwnerName owner : owners) {
            seen.put(
                    owner,
                    new Propagation(
                            IntStream.range(0, lag.size())
                                    .mapToObj(server -> answer(server, owner))
                                    .toList(),
                            Optional.empty()));
        }
        return seen;
    }

    private ServerAnswer answer(int server, OwnerName owner) {
        String name = "ns" + server;
        if (strikes() || silent.getOrDefault(server, false)) {
            return new ServerAnswer(
                    name,
                    ServerAnswer.Kind.SILENT,
                    Optional.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    "no answer");
        }
        return new ServerAnswer(
                name,
                ServerAnswer.Kind.ANSWERED,
                Optional.ofNullable(served(server).get(owner)),
                OptionalLong.of(NEGATIVE_TTL_SECONDS),
                OptionalLong.of(versions.size()),
                "answered");
    }
}
