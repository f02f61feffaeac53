package org.selectord.rotation;

import java.time.Instant;

/**
 * When a port call began and ended, and whether the clock could be trusted at its end.
 */
public record Look(Instant beganAt, Instant endedAt, boolean trusted) {}
