package org.selectord.registry;

/**
 * The end of one domain's rows.
 *
 * @param rows how many there are, which is the number of the last one
 * @param lastId the id of the last one
 * @param hash of the last one
 */
record HistoryHead(String domain, long rows, long lastId, String hash) {
    static HistoryHead none(String domain) {
        return new HistoryHead(domain, 0, 0, HistoryHash.BEGINNING);
    }

    HistoryHead with(HistoryRow row, String itsHash) {
        return new HistoryHead(domain, row.number(), row.id(), itsHash);
    }
}
