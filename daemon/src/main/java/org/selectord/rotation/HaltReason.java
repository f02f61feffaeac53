package org.selectord.rotation;

import java.util.Locale;

/** Why a chain cannot go on without a person: metric label, and a section of the manual. */
public enum HaltReason {
    /** After the flip a signature did not verify against the authoritative servers, or the signer refused mail. */
    FLIP_PROVEN_BAD,
    /** Something that is not ours stands at the new selector's owner name. */
    NAME_TAKEN,
    /** At the owner name of a key of ours stands something else than we published. */
    RECORD_CHANGED,
    /** Mail that the ACTIVE key signs does not verify, or the signer refuses it; ends by itself when it does again. */
    SIGNATURE_BAD;

    /** As metrics and the manual write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
