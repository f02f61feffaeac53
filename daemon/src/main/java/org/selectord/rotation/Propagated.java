package org.selectord.rotation;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What the authoritative servers have shown about one key record.
 *
 * @param servers by the server's name, of the set seen in the latest look
 * @param ttl T of F2: the highest TTL the record was served with
 * @param lookedAt the end of the latest look
 * @param problem why the set of servers was not known in the latest look
 */
public record Propagated(
        Map<String, ServerProof> servers,
        Optional<HighWater> ttl,
        Optional<Instant> lookedAt,
        Optional<String> problem) {
    private static final String FOR_THE_ALIAS = ", for the alias";
    private static final String UNKNOWN_ALIAS = "the alias that leads to it has not been looked at yet";
    private static final String UNKNOWN_RECORD = "no server of the zone it stands in counts yet";

    public static final Propagated NOTHING =
            new Propagated(Map.of(), Optional.empty(), Optional.empty(), Optional.empty());

    public Propagated {
        servers = Map.copyOf(servers);
    }

    /** The server that is meant where a name is taken as it was shown: one that has the alias, and perhaps the record too, is one server. */
    static String serverOf(String shown) {
        return shown.endsWith(FOR_THE_ALIAS) ? shown.substring(0, shown.length() - FOR_THE_ALIAS.length()) : shown;
    }

    /** Without the servers that an operator goes on without. */
    Propagated without(Predicate<String> waived) {
        if (servers.keySet().stream().noneMatch(waived)) {
            return this;
        }
        Map<String, ServerProof> counted = new HashMap<>(servers);
        counted.keySet().removeIf(waived);
        return new Propagated(counted, ttl, lookedAt, problem);
    }

    /** With what the servers of another zone have shown about the alias that leads to the record: either says where it fails. */
    Propagated and(Propagated alias) {
        Map<String, ServerProof> both = new HashMap<>(servers);
        alias.servers.forEach((server, proof) -> both.put(server + FOR_THE_ALIAS, proof));
        return new Propagated(
                both,
                Stream.concat(ttl.stream(), alias.ttl.stream()).max(Comparator.comparing(HighWater::seconds)),
                lookedAt.flatMap(own -> alias.lookedAt.map(other -> Use.earlier(own, other))),
                problem.or(() -> alias.problem)
                        .or(() -> Optional.of(UNKNOWN_ALIAS).filter(unknown -> alias.servers.isEmpty()))
                        .or(() -> Optional.of(UNKNOWN_RECORD).filter(unknown -> servers.isEmpty())));
    }

    /** Nothing of what the servers have shown, but for the TTL that caches may hold. */
    Propagated forgotten() {
        return new Propagated(Map.of(), ttl, Optional.empty(), Optional.empty());
    }

    Propagated notBeyond(Instant now) {
        Map<String, ServerProof> seen = new HashMap<>();
        servers.forEach((server, proof) -> seen.put(server, proof.notBeyond(now)));
        return new Propagated(
                seen, ttl.map(mark -> mark.notBeyond(now)), lookedAt.map(at -> Use.earlier(at, now)), problem);
    }

    /** F3: when the last server came to answer it for good; empty while one is not proven. */
    public Optional<Instant> everywhereAt() {
        boolean all = problem.isEmpty()
                && !servers.isEmpty()
                && servers.values().stream()
                        .allMatch(server -> server.provenAt().isPresent());
        return all
                ? servers.values().stream()
                        .flatMap(server -> server.provenAt().stream())
                        .max(Instant::compareTo)
                : Optional.empty();
    }

    /** Whether the latest look found it exact on every server of a known set. */
    public boolean exactEverywhere() {
        return problem.isEmpty()
                && !servers.isEmpty()
                && servers.values().stream().allMatch(server -> server.verdict() == ServerProof.Verdict.EXACT);
    }

    /** The servers that in the latest look gave a definite answer without it. */
    Map<String, ServerProof> lostAt() {
        Map<String, ServerProof> lost = new TreeMap<>(servers);
        lost.values().removeIf(proof -> proof.verdict() != ServerProof.Verdict.LOST);
        return lost;
    }

    /** Whether every exact answer of the latest look counts for a streak: the clock could be trusted. */
    boolean isCounted() {
        return servers.values().stream().allMatch(server -> server.streak() > 0);
    }
}
