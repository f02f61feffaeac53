package org.selectord.rotation;

/** What becomes of mail while a key that is known to others has no proven successor. */
public enum OnCompromise {
    /** The old key signs on, unrevoked, until its successor is READY: mail stays signed, and can be forged for longer. */
    WAIT,
    /** The signers stop at once and the old key is revoked: mail goes out unsigned until the successor is READY. */
    UNSIGNED
}
