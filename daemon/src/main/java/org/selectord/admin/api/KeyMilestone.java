package org.selectord.admin.api;

import java.time.Instant;

/** A key reached a state. */
public record KeyMilestone(String selector, String state, Instant at) {}
