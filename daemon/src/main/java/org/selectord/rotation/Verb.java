package org.selectord.rotation;

/** What a step does; one verb is one port call. */
public enum Verb {
    LOCATE,
    ASK_PRIMARY,
    ASK_SERVERS,
    /** Looks at the CNAMEs in a customer's zone that lead to records of ours. */
    ASK_ALIASES,
    ASK_SIGNER,
    /** Looks at what stands at a selector that was there before us. */
    ADOPT,
    /** First among the acts: nothing of its lane goes before it. */
    REVOKE,
    GENERATE,
    PUBLISH,
    ACTIVATE,
    STOP_SIGNING,
    WITHDRAW,
    FORGET,
    DESTROY;

    /** A look needs no intent and may be repeated for ever; an act has a durable intent before it and a finding after it. */
    public boolean looks() {
        return compareTo(REVOKE) < 0;
    }

    /** Whether what it does may be applied by the zone's primary after we gave up waiting. */
    public boolean changesZone() {
        return this == PUBLISH || this == REVOKE || this == WITHDRAW;
    }
}
