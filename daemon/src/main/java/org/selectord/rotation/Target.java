package org.selectord.rotation;

import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.SigningDomain;

/** A lane: one zone, one signer or the keystore; what one port call can serve together. */
public record Target(String name) {
    private static final String ALIASES_OF = "aliases of ";

    public static final Target KEYSTORE = new Target("keystore");

    /** The primaries of one {@code dns} entry, while the zone is not known. */
    public static Target dns(String dnsName) {
        return new Target("dns " + dnsName);
    }

    public static Target zone(String dnsName, OwnerName apex) {
        return new Target("zone " + apex + " at " + dnsName);
    }

    /** The same zone, whose records are found by aliases: it has a fence of its own, and so a lane of its own. */
    public static Target aliasedZone(String dnsName, OwnerName apex) {
        return new Target("zone " + apex + " at " + dnsName + ", by aliases");
    }

    /** A customer's zone: one that is sick holds up nobody else. */
    public static Target aliases(SigningDomain domain) {
        return new Target(ALIASES_OF + domain);
    }

    boolean isCustomers() {
        return name.startsWith(ALIASES_OF);
    }

    public static Target signer(SignerId signer) {
        return new Target("signer " + signer);
    }

    @Override
    public String toString() {
        return name;
    }
}
