package org.selectord.dnsupdate;

/**
 * A key of a signed zone that is believed without proof (RFC 4033 section 2): its DS or DNSKEY record.
 *
 * @param zone the apex whose key it is; zones below it are not covered
 * @param record in zone-file form, with owner, class and type
 */
public record TrustAnchor(OwnerName zone, String record) {}
