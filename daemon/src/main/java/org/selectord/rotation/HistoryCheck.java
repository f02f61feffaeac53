package org.selectord.rotation;

import java.util.Optional;
import org.selectord.key.SigningDomain;

/**
 * What reading the whole history again came to.
 *
 * @param rows of all domains and of the fleet, without the hourly ones
 * @param domains that have any
 * @param hourlyRows those that hash the heads of all domains
 * @param rowsSince the newest hourly row: until the next one, nothing but the head beside the rows says that the last of them are still there
 * @param head the hash of the newest hourly row, which stands for everything before it: kept elsewhere, it shows a history that was made anew
 * @param broken the first thing that does not fit; empty: the chain holds
 */
public record HistoryCheck(
        long rows, long domains, long hourlyRows, long rowsSince, Optional<String> head, Optional<Broken> broken) {
    /** How a row can be wrong. */
    public enum Kind {
        /** Its hash is not that of its columns and of the row before it. */
        ALTERED,
        MISSING,
        OUT_OF_ORDER,
        /** The rows give another head than the one that was recorded. */
        HEAD_MISMATCH
    }

    /**
     * The first row that does not fit.
     *
     * @param domain empty when it is of the fleet, an hourly one, or of nobody knows whom
     * @param row its number within its domain's rows, from 1
     * @param text for people: names the row and says what is wrong
     */
    public record Broken(Kind kind, Optional<SigningDomain> domain, long row, String text) {}
}
