package org.selectord.rotation;

import java.time.Instant;

/** Why a domain is not rotated, by an operator's word: no new key, no scheduled flip, no withdrawal (but for a domain that leaves). */
public record Hold(Kind kind, Instant sinceAt, String askedBy, String reason) {
    public enum Kind {
        PAUSED,
        /** After a rollback, until {@code resume}: which key signs is a person's word. */
        ROLLED_BACK,
        /** The domain is being removed, or was: its signers are told nothing, its records go after their grace. */
        LEAVING
    }
}
