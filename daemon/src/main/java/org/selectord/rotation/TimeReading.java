package org.selectord.rotation;

import java.time.Instant;

/** What time it is, and whether guards may open on it (F16). */
public record TimeReading(Instant at, boolean trusted) {}
