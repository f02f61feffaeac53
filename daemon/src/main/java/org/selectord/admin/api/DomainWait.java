package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/** A step that was tried and waits to be tried again. */
public record DomainWait(
        String step,
        Optional<String> selector,
        String target,
        Instant retryAt,
        int attempts,
        String waitingFor,
        Instant lookedAt) {}
