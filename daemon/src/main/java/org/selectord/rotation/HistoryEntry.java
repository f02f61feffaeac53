package org.selectord.rotation;

import java.time.Instant;
import java.util.Optional;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/**
 * One line of a domain's history: a transition or an act, never a look.
 *
 * @param event one word: a state's name, a verb, ORDER, HALTED
 * @param text for people
 * @param askedBy the name of the token, or empty when nobody asked
 */
public record HistoryEntry(
        SigningDomain domain,
        Instant at,
        String event,
        Optional<KeyId> key,
        String selector,
        String text,
        String askedBy) {}
