package org.selectord.admin.api;

import java.time.Instant;

/**
 * A person's word to go on without a server or a signer for a while.
 *
 * @param kind SERVER or SIGNER
 */
public record DomainWaiver(String kind, String name, Instant since, Instant until, String askedBy, String reason) {}
