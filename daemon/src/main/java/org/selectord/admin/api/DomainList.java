package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One page of domains, by name.
 *
 * @param next what {@code after} must be to get the next page; absent on the last one
 */
public record DomainList(Instant asOf, ClockStatus clock, List<DomainStatus> domains, Optional<String> next) {}
