package org.selectord.dnsupdate;

import java.util.Optional;
import java.util.Set;

/**
 * One zone, by its apex, and how to reach and change it.
 *
 * @param leftOut servers that an operator goes on without, each as {@link #names} takes it: what they answer is not shown
 * @param aliasedBelow below which of its names the key records stand that {@link Alias aliases} in other zones lead to, and that have no
 *     {@code _domainkey} in their names; empty: verifiers find its key records by their own names
 */
public record Zone(OwnerName apex, DnsSettings dns, Set<String> leftOut, Optional<OwnerName> aliasedBelow) {
    private static final String KEY_RECORDS = "_domainkey";

    public Zone {
        leftOut = Set.copyOf(leftOut);
    }

    public Zone(OwnerName apex, DnsSettings dns, Set<String> leftOut) {
        this(apex, dns, leftOut, Optional.empty());
    }

    /** All servers count. */
    public Zone(OwnerName apex, DnsSettings dns) {
        this(apex, dns, Set.of());
    }

    /** Whether {@code name} means this server: as {@link ServerAnswer#server} names it, or its host name, or its address and port, alone. */
    public static boolean names(String name, String server) {
        return server.equals(name) || Set.of(server.split(" ")).contains(name);
    }

    /** Whether what a server answers counts. */
    public boolean counts(String server) {
        return leftOut.stream().noneMatch(name -> names(name, server));
    }

    /**
     * Where its {@link Fence} is: {@code _selectord._domainkey.<apex>}, beside the records that may be written anyway; {@code
     * _selectord.<apex>} where the apex is itself a {@code _domainkey} or a delegation target. No selector begins with an underscore.
     */
    public OwnerName fenceOwner() {
        boolean besideRecords = aliasedBelow.isPresent() || apex.name().startsWith(KEY_RECORDS + ".");
        return (besideRecords ? apex : apex.child(KEY_RECORDS)).child("_selectord");
    }

    /** Below which name one grant lets a record and all that are like it be written. */
    public OwnerName grantedBelow(OwnerName owner) {
        return aliasedBelow.filter(owner::isIn).or(owner::parent).orElse(owner);
    }

    /** Where the record stands that a verifier finds by {@code owner}. */
    public OwnerName home(OwnerName owner) {
        return aliasedBelow.map(below -> Alias.home(below, owner)).orElse(owner);
    }
}
