package org.selectord.registry;

import java.util.Optional;

/**
 * One row of the history, its columns as they are stored.
 *
 * @param id 1, 2, 3 ... over all rows, without a gap
 * @param domain a signing domain, {@link #FLEET} or {@link #HOURLY}
 * @param number 1, 2, 3 ... of this domain's
 * @param evidence a JSON array of strings
 */
record HistoryRow(
        long id,
        String domain,
        long number,
        String at,
        String event,
        Optional<String> key,
        String selector,
        String what,
        String askedBy,
        String evidence) {
    /** Rows about no domain. */
    static final String FLEET = "";

    /** Rows that hash the heads of all others; no domain is called so. */
    static final String HOURLY = "@hourly";
}
