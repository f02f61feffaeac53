package org.selectord.rotation;

/** Where the private half is: in our keystore, with somebody else (adopted without it), or destroyed. */
public enum Custody {
    HELD,
    FOREIGN,
    DESTROYED
}
