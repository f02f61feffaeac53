package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/**
 * What one authoritative server has shown about one key record.
 *
 * @param verdict EXACT, LOST (a definite answer that is not ours) or SILENT
 * @param since when it first said so in an unbroken row
 * @param streak how many exact answers in a row
 * @param provenAt since when it counts as proven
 */
public record ServerEvidence(
        String server,
        String verdict,
        Instant since,
        Instant lookedAt,
        int streak,
        Optional<Instant> provenAt,
        String cameBack) {}
