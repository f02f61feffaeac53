package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What will come about with a domain if all goes well and nobody orders anything.
 *
 * @param listed whether the configuration names it; else nothing is planned
 * @param breaker why the fleet's breaker is open: what it holds comes only after {@code breaker reset}
 * @param events the earliest first
 */
public record DomainPlan(
        String domain,
        boolean listed,
        Instant from,
        Instant until,
        Optional<String> breaker,
        List<PlannedEvent> events) {}
