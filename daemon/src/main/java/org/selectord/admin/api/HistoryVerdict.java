package org.selectord.admin.api;

import java.util.Optional;

/**
 * Whether the history is what was recorded.
 *
 * @param rows of all domains, those that were read before the first broken one
 * @param hourlyRows rows that hash the heads of all domains
 * @param rowsSince the newest hourly row
 * @param head the hash of the newest hourly row; kept elsewhere, it shows a history that was made anew
 * @param broken the first row that does not fit, where it does not hold
 */
public record HistoryVerdict(
        boolean holds,
        long rows,
        long domains,
        long hourlyRows,
        long rowsSince,
        Optional<String> head,
        Optional<BrokenRow> broken) {
    /**
     * A row that does not fit.
     *
     * @param kind ALTERED, MISSING, OUT_OF_ORDER or HEAD_MISMATCH
     * @param domain absent when it is of no domain
     * @param row its number within its domain's rows, from 1
     */
    public record BrokenRow(String kind, Optional<String> domain, long row, String text) {}
}
