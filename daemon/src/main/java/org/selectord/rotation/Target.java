package org.selectord.rotation;

import org.selectord.dnsupdate.OwnerName;

/** A lane: one zone, one signer or the keystore; what one port call can serve together. */
public record Target(String name) {
    public static final Target KEYSTORE = new Target("keystore");

    /** The primaries of one {@code dns} entry, while the zone is not known. */
    public static Target dns(String dnsName) {
        return new Target("dns " + dnsName);
    }

    public static Target zone(String dnsName, OwnerName apex) {
        return new Target("zone " + apex + " at " + dnsName);
    }

    public static Target signer(SignerId signer) {
        return new Target("signer " + signer);
    }

    @Override
    public String toString() {
        return name;
    }
}
