package org.selectord.rotation;

/** What a step does; one verb is one port call. */
public enum Verb {
    LOCATE,
    ASK_PRIMARY,
    ASK_SERVERS,
    ASK_SIGNER,
    GENERATE,
    PUBLISH,
    ACTIVATE,
    STOP_SIGNING,
    WITHDRAW,
    FORGET,
    DESTROY;

    /** A look needs no intent and may be repeated for ever; an act has a durable intent before it and a finding after it. */
    public boolean looks() {
        return compareTo(GENERATE) < 0;
    }

    /** Whether what it does may be applied by the zone's primary after we gave up waiting. */
    public boolean changesZone() {
        return this == PUBLISH || this == WITHDRAW;
    }
}
