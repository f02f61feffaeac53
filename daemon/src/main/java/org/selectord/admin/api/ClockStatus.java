package org.selectord.admin.api;

import java.util.Optional;

/**
 * Whether guards may open on our clock.
 *
 * @param doubt why not, and what to do about it
 * @param word on whose word it is trusted
 */
public record ClockStatus(boolean trusted, Optional<String> doubt, Optional<String> word) {}
