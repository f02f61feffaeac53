package org.selectord.dnsupdate;

import java.util.List;

/** All TXT records of one owner name, with their TTL in seconds: exact, as published or as served. */
public record TxtRRset(OwnerName owner, long ttlSeconds, List<TxtRecord> records) {
    public TxtRRset {
        records = List.copyOf(records);
        if (records.isEmpty()) {
            throw new IllegalArgumentException("an RRset has at least one record; none is Optional.empty()");
        }
        if (ttlSeconds < 0 || ttlSeconds > 0x7fffffffL) {
            throw new IllegalArgumentException("a TTL is 0 to 2147483647 seconds (RFC 2181 8), not " + ttlSeconds);
        }
    }

    /** Whether both hold one record each with the same joined text; TTL and split are not compared. */
    public boolean saysTheSameAs(TxtRRset other) {
        return records.size() == 1
                && other.records.size() == 1
                && records.get(0).saysTheSameAs(other.records.get(0));
    }

    /** Whether any record here has the joined text of any record there. */
    public boolean holdsTextOf(TxtRRset other) {
        return records.stream().anyMatch(mine -> other.records.stream().anyMatch(mine::saysTheSameAs));
    }
}
