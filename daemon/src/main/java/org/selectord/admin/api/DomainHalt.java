package org.selectord.admin.api;

import java.time.Instant;

/**
 * One chain that stands still until a person acts.
 *
 * @param reason one word, a section of the manual
 * @param remedy what to do
 */
public record DomainHalt(String chain, String reason, String found, Instant since, String remedy) {}
