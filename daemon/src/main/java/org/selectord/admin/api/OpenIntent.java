package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/** A step that is under way, or of which it is not known what became of it: then it is looked at at {@code lookAt}. */
public record OpenIntent(String step, Optional<String> selector, String target, Instant recordedAt, Instant lookAt) {}
