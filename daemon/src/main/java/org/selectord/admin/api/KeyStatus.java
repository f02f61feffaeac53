package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/**
 * One key.
 *
 * @param number counts up per domain and never returns
 * @param since when it reached the state it is in
 * @param due the next thing that is due with it
 */
public record KeyStatus(
        int number, String selector, String algorithm, String state, Instant since, Optional<PlannedStep> due) {}
