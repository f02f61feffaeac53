package org.selectord.rotation;

import java.util.EnumSet;
import java.util.Set;

/**
 * What is true of a key, and the only arrows there are.
 *
 * <pre>
 * GENERATED -> PUBLISHED -> READY -> ACTIVE -> RETIRED -> REMOVED
 *                  ^          |                  |  ^
 *                  +- lost ---+                  |  +-- READY, told to a signer, then proven bad
 *                                                +----> ACTIVE: rollback
 * PUBLISHED, READY, ACTIVE, RETIRED -> REVOKED -> REMOVED: the compromise road
 * GENERATED, PUBLISHED, READY -> REMOVED: given up before any signer was told
 * </pre>
 */
public enum KeyState {
    /** The private half is durable in the keystore and was read back; the selector was never used before for this domain. */
    GENERATED,
    /** The primary serves exactly one TXT at the owner name: ours. */
    PUBLISHED,
    /** Any verifier anywhere can fetch it: every authoritative server was proven, and negative answers have expired from caches. */
    READY,
    /** Every signer acknowledged this selector, and a message signed by the real signer verified against DNS. */
    ACTIVE,
    /** Told to no signer; mail signed with it may still be on its way. */
    RETIRED,
    /** Its record has an empty {@code p=} (RFC 6376 section 3.6.1). */
    REVOKED,
    /** No server answers our value at the name. The selector stays a tombstone. */
    REMOVED;

    /** The states a key may go to from this one. */
    public Set<KeyState> next() {
        return switch (this) { // no default: a new state does not compile until it is placed
            case GENERATED -> EnumSet.of(PUBLISHED, REMOVED); // REMOVED: the name was taken
            case PUBLISHED -> EnumSet.of(READY, REVOKED, REMOVED);
            case READY -> EnumSet.of(ACTIVE, RETIRED, PUBLISHED, REVOKED, REMOVED);
            case ACTIVE -> EnumSet.of(RETIRED, REVOKED);
            case RETIRED -> EnumSet.of(ACTIVE, REVOKED, REMOVED);
            case REVOKED -> EnumSet.of(REMOVED);
            case REMOVED -> EnumSet.noneOf(KeyState.class);
        };
    }
}
