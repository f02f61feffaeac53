package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;

/**
 * What will come about with a domain if all goes well and nobody orders anything.
 *
 * @param listed whether the configuration names it; else nothing is planned
 * @param events the earliest first
 */
public record DomainPlan(String domain, boolean listed, Instant from, Instant until, List<PlannedEvent> events) {}
