package org.selectord.dnsupdate;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What every authoritative server answered for some aliases in one look.
 *
 * @param apex of the zone that holds them, if that was seen
 * @param answers one a server asked
 * @param problem why the set of servers itself is not known, for people; then nothing is proven by the answers
 */
public record AliasLook(Optional<OwnerName> apex, Map<Alias, List<Answer>> answers, Optional<String> problem) {
    public AliasLook {
        answers = Map.copyOf(answers);
    }

    /**
     * One server's answer for one alias.
     *
     * @param server as {@link ServerAnswer#server} names it
     * @param ttlSeconds with which it was served, only when it leads exactly where it shall
     * @param negativeTtlSeconds as {@link ServerAnswer#negativeTtlSeconds}
     * @param cameBack for people
     */
    public record Answer(
            String server,
            ServerAnswer.Kind kind,
            OptionalLong ttlSeconds,
            OptionalLong negativeTtlSeconds,
            String cameBack) {
        public boolean isExact() {
            return ttlSeconds.isPresent();
        }
    }
}
