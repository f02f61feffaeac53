package org.selectord.rotation;

import java.time.Instant;

/** One chain stands still until a person acts; the other one goes on. */
public record Halt(HaltReason reason, String found, Instant sinceAt) {}
