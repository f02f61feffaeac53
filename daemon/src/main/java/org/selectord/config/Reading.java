package org.selectord.config;

import java.time.Instant;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One reading of the configuration: what it found wrong, where what people named stands, where secrets come from,
 * what time it is, and who hears which keys are looked for.
 */
record Reading(
        Problems problems, Map<String, Place> places, SecretReferences secrets, Instant now, Consumer<String> keys) {}
