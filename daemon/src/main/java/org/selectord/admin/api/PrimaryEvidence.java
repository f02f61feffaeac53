package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/**
 * What the primary served at a key's owner name when it was last asked.
 *
 * @param found the TXT record's text; absent when there was none
 */
public record PrimaryEvidence(Optional<String> found, Instant seenAt) {}
