package org.selectord.rotation;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/**
 * What a person asked: durable before it is answered, with a number and who asked.
 *
 * @param askedBy the name of the token
 * @param closing empty while it is open
 */
public record Order(
        long number,
        SigningDomain domain,
        Kind kind,
        Optional<KeyId> key,
        Map<String, String> detail,
        String askedBy,
        Instant askedAt,
        Optional<Closing> closing) {
    public enum Kind {
        ROTATE_NOW,
        RETRY
    }

    public enum Result {
        DONE,
        FAILED,
        SUPERSEDED
    }

    /** How an order ended. */
    public record Closing(Instant at, Result result, String why) {}

    public Order {
        detail = Map.copyOf(detail);
    }

    public boolean isOpen() {
        return closing.isEmpty();
    }

    Order closed(Instant at, Result result, String why) {
        return new Order(
                number, domain, kind, key, detail, askedBy, askedAt, Optional.of(new Closing(at, result, why)));
    }
}
