package org.selectord.rotation;

/** What people do in the simulated world beside what the calendar does: none of it is a fault. */
enum Deed {
    ROTATES_NOW,
    PAUSES,
    ROLLS_BACK,
    DECLARES_KEY_COMPROMISED,
    DECLARES_STORE_COMPROMISED,
    RETRIES,
    RESETS_THE_BREAKER,
    CHANGES_ALGORITHMS,
    ADOPTS,
    REMOVES,
    UNLISTS,
    WAIVES_A_SERVER,
    WAIVES_A_SIGNER;
}
