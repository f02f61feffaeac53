package org.selectord.dnsupdate;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What every authoritative server answered for one owner name in one look.
 *
 * @param servers one entry a server asked; a server whose address could not be found is an entry that is {@link ServerAnswer.Kind#SILENT}
 * @param problem why the set of servers itself is not known, for people; then nothing is proven by the entries
 */
public record Propagation(List<ServerAnswer> servers, Optional<String> problem) {
    public Propagation {
        servers = List.copyOf(servers);
    }

    /** Without some of the servers. */
    public Propagation without(Predicate<String> server) {
        return new Propagation(
                servers.stream().filter(answer -> !server.test(answer.server())).toList(), problem);
    }

    /** Every server of a known set answers exactly this. */
    public boolean exactEverywhere(TxtRRset expected) {
        return problem.isEmpty()
                && !servers.isEmpty()
                && servers.stream().allMatch(answer -> answer.holdsExactly(expected));
    }

    /** Every server of a known set gave a definite answer without this. */
    public boolean absentEverywhere(TxtRRset ours) {
        return problem.isEmpty() && !servers.isEmpty() && servers.stream().allMatch(answer -> answer.lacks(ours));
    }
}
