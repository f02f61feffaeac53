package org.selectord.rotation;

import java.time.Instant;

/** One chain stands still until a person acts; the other one goes on. */
public record Halt(HaltReason reason, String found, Instant sinceAt) {
    /** Whether a zone that was cut off, or joined to the one above, would look the same from where the record was. */
    boolean mayBeOfAnotherZone() {
        return reason == HaltReason.RECORD_CHANGED;
    }
}
