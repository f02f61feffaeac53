package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.selectord.dnsupdate.Zone;

/**
 * An operator's word to go on without a server or a signer for a while; what that costs is the operator's to know.
 *
 * @param name of a server: as {@code explain} shows it, or its host name, or its address and port alone; of a signer: its name in the configuration
 */
public record Waiver(Kind kind, String name, Instant askedAt, Instant untilAt, String reason, String askedBy) {
    public enum Kind {
        SERVER,
        SIGNER
    }

    public boolean holdsAt(Instant at) {
        return at.isBefore(untilAt);
    }

    /** A word given while the clock was ahead holds as long as it was meant to. */
    Waiver notBeyond(Instant now) {
        return askedAt.isAfter(now)
                ? new Waiver(kind, name, now, now.plus(Duration.between(askedAt, untilAt)), reason, askedBy)
                : this;
    }

    boolean coversServer(String server) {
        return kind == Kind.SERVER && Zone.names(name, server);
    }

    boolean coversSigner(SignerId signer) {
        return kind == Kind.SIGNER && signer.name().equals(name);
    }

    private static Instant lastSeenUsing(Use use) {
        return use.kind() == Use.Kind.USING ? use.seenAt() : Instant.MIN;
    }

    /** Until when a waived signer counts as signing: it is taken to have stopped when the word was given, unless it was seen signing since. */
    static Optional<Instant> wordFor(Map.Entry<SignerId, Use> use, List<Waiver> waivers) {
        return waivers.stream()
                .filter(waiver -> waiver.coversSigner(use.getKey()))
                .map(Waiver::askedAt)
                .min(Instant::compareTo)
                .map(asked -> DueTimes.later(asked, lastSeenUsing(use.getValue()))
                        .plus(use.getValue().drain()));
    }
}
