package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/** What a chain signs with, since when, and for how long already. */
public record SigningSelector(
        String chain, String selector, String algorithm, Instant since, long ageSeconds, Optional<String> warning) {}
