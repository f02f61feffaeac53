package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/**
 * One line of the history: a transition or an act, never a look.
 *
 * @param domain empty for what concerns the whole fleet
 * @param event one word: a state's name, a verb, ORDER, HALTED, BREAKER
 * @param text for people
 * @param askedBy the name of the token of the person it was done for, or empty when nobody asked
 * @param evidence what it rests on, a fact each: which server answered what, with which TTL, what the proof of a signer said
 */
public record HistoryEntry(
        Optional<SigningDomain> domain,
        Instant at,
        String event,
        Optional<KeyId> key,
        String selector,
        String text,
        String askedBy,
        List<String> evidence) {
    public HistoryEntry {
        evidence = List.copyOf(evidence);
    }
}
