package org.selectord.rotation;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

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
    public static final Propagated NOTHING =
            new Propagated(Map.of(), Optional.empty(), Optional.empty(), Optional.empty());

    public Propagated {
        servers = Map.copyOf(servers);
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
}
