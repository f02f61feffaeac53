package org.selectord.dnsupdate;

/** One zone, by its apex, and how to reach and change it. */
public record Zone(OwnerName apex, DnsSettings dns) {}
