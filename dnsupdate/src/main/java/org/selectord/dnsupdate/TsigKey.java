package org.selectord.dnsupdate;

/** A TSIG key of RFC 8945: its name (an owner name), its algorithm as BIND writes it ({@code hmac-sha256}) and its secret. */
public record TsigKey(OwnerName name, String algorithm, TsigSecret secret) {}
