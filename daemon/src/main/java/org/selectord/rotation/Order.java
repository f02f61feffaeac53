package org.selectord.rotation;

import java.time.Instant;
import java.util.HashMap;
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
    /** What the detail of an ADOPT calls the name of a private half that was given with it. */
    public static final String FINGERPRINT = "fingerprint";

    public enum Kind {
        ROTATE_NOW,
        /** The private half of {@code key}, or of every signing key, may be known to others; detail {@code scope}: key or store. */
        COMPROMISED,
        /** Back to {@code key}, or out of a flip that is under way. */
        ROLL_BACK,
        /** Take in the key that stands at detail {@code selector}. */
        ADOPT,
        REMOVE_DOMAIN,
        PAUSE,
        RESUME,
        RETRY,
        /** Go on without the server or signer of the detail, until the instant of its {@code until}. */
        WAIVE
    }

    public enum Result {
        DONE,
        FAILED,
        /** Another order made it pointless. */
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

    /** What the order said of {@code name}. */
    public Optional<String> said(String name) {
        return Optional.ofNullable(detail.get(name));
    }

    Order with(String name, String value) {
        Map<String, String> more = new HashMap<>(detail);
        more.put(name, value);
        return new Order(number, domain, kind, key, more, askedBy, askedAt, closing);
    }

    Order about(KeyId id) {
        return new Order(number, domain, kind, Optional.of(id), detail, askedBy, askedAt, closing);
    }

    Order closed(Instant at, Result result, String why) {
        return new Order(
                number, domain, kind, key, detail, askedBy, askedAt, Optional.of(new Closing(at, result, why)));
    }
}
