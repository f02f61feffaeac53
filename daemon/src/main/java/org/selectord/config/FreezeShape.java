package org.selectord.config;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.TemporalAccessor;
import java.util.List;
import org.selectord.rotation.FlipWindow;
import org.selectord.rotation.Freezes;
import org.selectord.rotation.Freezes.Freeze;

/**
 * Change freezes as people write them: {@code 2026-12-15/2027-01-05} freezes from the first second of the first day to the last second
 * of the last; {@code 2026-12-15T18:00/2027-01-05T06:00} to the minute, and so does {@code 2026-12-15T18:00Z/2027-01-05T06:00+01:00},
 * which does not ask the policy's time zone.
 */
final class FreezeShape {
    private final ZoneId zone;

    private FreezeShape(ZoneId zone) {
        this.zone = zone;
    }

    static Shape<FlipWindow> in(ZoneId zone) {
        Shape<List<Freeze>> list = Shape.list(Shape.text(new FreezeShape(zone)::freeze));
        return (node, key, problems) -> list.read(node, key, problems).map(Freezes::new);
    }

    private Freeze freeze(String written) {
        String[] ends = written.split("/", -1);
        if (ends.length != 2) {
            throw wrong(written);
        }
        try {
            return freeze(written, startsAt(parsed(ends[0])), endsAt(parsed(ends[1])));
        } catch (DateTimeParseException e) {
            throw wrong(written);
        }
    }

    private static Freeze freeze(String written, Instant startsAt, Instant endsAt) {
        if (!startsAt.isBefore(endsAt)) {
            throw new IllegalArgumentException("\"" + written + "\" ends before it starts");
        }
        return new Freeze(startsAt, endsAt);
    }

    private static TemporalAccessor parsed(String end) {
        return end.contains("T")
                ? DateTimeFormatter.ISO_DATE_TIME.parseBest(end, ZonedDateTime::from, LocalDateTime::from)
                : LocalDate.parse(end);
    }

    /** Where clocks are put back a local time comes twice: a freeze starts at the first. */
    private Instant startsAt(TemporalAccessor start) {
        return start instanceof LocalDate day
                ? day.atStartOfDay(zone).toInstant()
                : zoned(start).toInstant();
    }

    /** And ends at the second. The day it ends with is a part of it. */
    private Instant endsAt(TemporalAccessor end) {
        return end instanceof LocalDate day
                ? day.plusDays(1).atStartOfDay(zone).toInstant()
                : zoned(end).withLaterOffsetAtOverlap().toInstant();
    }

    private ZonedDateTime zoned(TemporalAccessor time) {
        return time instanceof LocalDateTime local ? local.atZone(zone) : ZonedDateTime.from(time);
    }

    private static IllegalArgumentException wrong(String written) {
        return new IllegalArgumentException("\"" + written
                + "\" is no freeze: its first and its last day, as in 2026-12-15/2027-01-05, or two times, as in"
                + " 2026-12-15T18:00/2027-01-05T06:00");
    }
}
