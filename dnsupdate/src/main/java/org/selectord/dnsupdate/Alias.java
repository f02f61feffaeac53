package org.selectord.dnsupdate;

/**
 * A CNAME that stands in somebody else's zone and leads to a record in ours.
 *
 * @param owner {@code sd1._domainkey.example.org.}
 * @param target {@code sd1.example.org.dkim.provider.net.}
 */
public record Alias(OwnerName owner, OwnerName target) {
    private static final String KEY_RECORDS = "._domainkey.";
    private static final int SUGGESTED_TTL = 3600;

    /** The one by which a key record is found below {@code zone}: the same name there, but for the {@code _domainkey}. */
    public static Alias into(OwnerName zone, OwnerName owner) {
        int at = owner.name().indexOf(KEY_RECORDS);
        String rest = owner.name().substring(at + KEY_RECORDS.length());
        return new Alias(owner, new OwnerName(owner.name().substring(0, at) + "." + rest + zone.name()));
    }

    /** Where a verifier that asks for {@code owner} is led when the key records stand below {@code zone}. */
    static OwnerName home(OwnerName zone, OwnerName owner) {
        boolean elsewhere = owner.name().contains(KEY_RECORDS) && !owner.isIn(zone);
        return elsewhere ? into(zone, owner).target() : owner;
    }

    /** As it is written into a zone file, by whoever has that zone. */
    @Override
    public String toString() {
        return owner + " " + SUGGESTED_TTL + " IN CNAME " + target;
    }
}
