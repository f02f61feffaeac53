package org.selectord.registry;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.HistoryCheck;
import org.selectord.rotation.HistoryCheck.Broken;
import org.selectord.rotation.HistoryCheck.Kind;

/**
 * One reading of the whole history, row by row: does each follow from the one before it, and do the heads fit? Holds one head a domain in memory, never
 * the rows. What cannot be said of a domain (an id that is nowhere, an hourly row that hashes other heads) is kept back until every domain
 * was read, for with luck one of them says which rows it was.
 */
final class HistoryReading {
    private final Handle handle;
    private final Map<String, HistoryHead> heads = new HashMap<>();
    /** Since the last hourly row. */
    private final Map<String, HistoryHead> grown = new TreeMap<>();

    private final List<Broken> ofNoDomain = new ArrayList<>();
    private long lastId;
    private long rows;
    private long rowsSince;

    private HistoryReading(Handle handle) {
        this.handle = handle;
    }

    static HistoryCheck of(Handle handle) {
        HistoryReading reading = new HistoryReading(handle);
        return reading.came(reading.broken());
    }

    private HistoryCheck came(Optional<Broken> broken) {
        Optional<HistoryHead> hourly = Optional.ofNullable(heads.get(HistoryRow.HOURLY));
        return new HistoryCheck(
                rows,
                heads.keySet().stream()
                        .filter(name -> !name.equals(HistoryRow.HOURLY) && !name.equals(HistoryRow.FLEET))
                        .count(),
                hourly.map(HistoryHead::rows).orElse(0L),
                rowsSince,
                hourly.map(HistoryHead::hash),
                broken);
    }

    private Optional<Broken> broken() {
        try (Stream<HistoryRows.Stored> all = HistoryRows.all(handle)) {
            Optional<Broken> ofARow =
                    all.flatMap(stored -> read(stored).stream()).findFirst();
            return ofARow.or(this::ofTheEnds).or(() -> ofNoDomain.stream().findFirst());
        }
    }

    private Optional<Broken> read(HistoryRows.Stored stored) {
        HistoryRow row = stored.row();
        noteGap(row);
        HistoryHead head = heads.getOrDefault(row.domain(), HistoryHead.none(row.domain()));
        if (row.number() != head.rows() + 1) {
            return Optional.of(misplaced(row, head.rows() + 1));
        }
        if (!HistoryHash.of(head.hash(), row).equals(stored.hash())) {
            return Optional.of(
                    broken(Kind.ALTERED, row.domain(), row.number(), named(row) + " was altered: " + notItsHash(row)));
        }
        count(row, head.with(row, stored.hash()));
        return Optional.empty();
    }

    private static String notItsHash(HistoryRow row) {
        return row.number() == 1
                ? "its hash is not that of its columns"
                : "its hash is not that of its columns and of row " + (row.number() - 1)
                        + ", so one of the two is not what was recorded";
    }

    private void noteGap(HistoryRow row) {
        if (row.id() != lastId + 1) {
            ofNoDomain.add(
                    new Broken(
                            Kind.MISSING,
                            Optional.empty(),
                            lastId + 1,
                            "history row " + (lastId + 1)
                                    + " is missing, and no domain lacks one: the end of a domain's rows was cut off, with its head"));
        }
        lastId = row.id();
    }

    private Broken misplaced(HistoryRow row, long expected) {
        String before = "comes before row " + expected;
        return row.number() < expected || HistoryRows.has(handle, row.domain(), expected)
                ? broken(Kind.OUT_OF_ORDER, row.domain(), row.number(), named(row) + " is out of order: it " + before)
                : broken(
                        Kind.MISSING,
                        row.domain(),
                        expected,
                        "row " + expected + " of " + chain(row.domain()) + " is missing: after it comes " + named(row));
    }

    private void count(HistoryRow row, HistoryHead head) {
        heads.put(row.domain(), head);
        if (row.domain().equals(HistoryRow.HOURLY)) {
            compareHeads(row);
            grown.clear();
            rowsSince = 0;
        } else {
            grown.put(row.domain(), head);
            rows++;
            rowsSince++;
        }
    }

    private void compareHeads(HistoryRow hourly) {
        if (!hourly.evidence().equals("[\"" + HistoryHash.ofHeads(grown.values()) + "\"]")) {
            ofNoDomain.add(
                    broken(
                            Kind.HEAD_MISMATCH,
                            HistoryRow.HOURLY,
                            hourly.number(),
                            named(hourly) + ", of " + hourly.at()
                                    + ", hashes other heads than the rows before it give: rows were cut off, added or made anew"));
        }
    }

    /** What stands beside the rows as their ends. */
    private Optional<Broken> ofTheEnds() {
        Map<String, HistoryHead> found = new TreeMap<>(heads);
        for (HistoryHead recorded : HistoryRows.heads(handle)) {
            HistoryHead read =
                    Optional.ofNullable(found.remove(recorded.domain())).orElse(HistoryHead.none(recorded.domain()));
            if (!read.equals(recorded)) {
                return Optional.of(otherEnd(recorded, read));
            }
        }
        return neverRecorded(found.values());
    }

    private static Broken otherEnd(HistoryHead recorded, HistoryHead read) {
        String chain = chain(recorded.domain());
        if (read.rows() < recorded.rows()) {
            return broken(
                    Kind.MISSING,
                    recorded.domain(),
                    read.rows() + 1,
                    "row " + (read.rows() + 1) + " of " + chain + " is missing: of " + recorded.rows()
                            + " rows the last " + (recorded.rows() - read.rows()) + " were cut off");
        }
        return broken(
                Kind.HEAD_MISMATCH,
                recorded.domain(),
                read.rows(),
                read.rows() > recorded.rows()
                        ? "row " + read.rows() + " of " + chain + " was never recorded: its head is row "
                                + recorded.rows()
                        : "row " + read.rows() + " of " + chain + " is not the one that was recorded as its head");
    }

    private static Optional<Broken> neverRecorded(Collection<HistoryHead> without) {
        return without.stream()
                .findFirst()
                .map(head -> broken(
                        Kind.HEAD_MISMATCH,
                        head.domain(),
                        head.rows(),
                        "row " + head.rows() + " of " + chain(head.domain()) + " was never recorded: it has no head"));
    }

    private static Broken broken(Kind kind, String domain, long row, String text) {
        return new Broken(kind, signingDomain(domain), row, text);
    }

    /** The column may hold anything now. */
    private static Optional<SigningDomain> signingDomain(String domain) {
        try {
            return Optional.of(new SigningDomain(domain));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String named(HistoryRow row) {
        return "row " + row.number() + " of " + chain(row.domain()) + " (history row " + row.id() + ")";
    }

    private static String chain(String domain) {
        return switch (domain) {
            case HistoryRow.FLEET -> "the fleet";
            case HistoryRow.HOURLY -> "the hourly rows";
            default -> domain;
        };
    }
}
