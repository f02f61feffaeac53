package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;

/**
 * Somebody else may hold the private half of a key, by an operator's word. It is never told to a signer again.
 *
 * @param order which said so
 * @param stoppingAt since when the signers are being told to stop: the first flip or stop intent
 */
public record Compromise(long order, Instant declaredAt, Optional<Instant> stoppingAt) {
    Compromise stopping(Instant at) {
        return new Compromise(order, declaredAt, stoppingAt.or(() -> Optional.of(at)));
    }

    Compromise notBeyond(Instant now) {
        return new Compromise(order, Use.earlier(declaredAt, now), stoppingAt.map(at -> Use.earlier(at, now)));
    }
}
