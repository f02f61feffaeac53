package org.selectord.admin.api;

import java.time.Instant;

/**
 * Whether one signer signs with one key.
 *
 * @param use MAYBE (told, not seen yet), USING or STOPPED
 * @param drainSeconds how long after an acknowledged stop it may still sign
 */
public record SignerEvidence(String signer, String use, Instant since, Instant seenAt, long drainSeconds) {}
