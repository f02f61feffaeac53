package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/**
 * Why a domain is not rotated, by a person's word.
 *
 * @param kind PAUSED, ROLLED_BACK or LEAVING
 */
public record DomainHold(String kind, Instant since, String askedBy, Optional<String> reason) {}
