package org.selectord.schedule;

import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.Optional;
import java.util.TimeZone;
import java.util.stream.IntStream;
import org.quartz.CronExpression;
import org.selectord.rotation.FlipWindow;

/**
 * A window in Quartz's cron syntax, read in a time zone: it is open in every second that the expression names, so
 * {@code * * 8-16 ? * MON-THU} is open from 08:00:00 until 16:59:59. Safe from any thread.
 */
public final class CronWindow implements FlipWindow {
    private static final int SECONDS_LOOKED_AT = 60;

    private final CronExpression cron;
    private final ZoneId zone;

    private CronWindow(CronExpression cron, ZoneId zone) {
        this.cron = cron;
        this.zone = zone;
    }

    /** Throws {@link IllegalArgumentException} with a sentence for people. */
    public static CronWindow of(String expression, ZoneId zone) {
        try {
            CronExpression cron = new CronExpression(expression);
            cron.setTimeZone(TimeZone.getTimeZone(zone));
            return new CronWindow(cron, zone);
        } catch (ParseException e) {
            throw new IllegalArgumentException(
                    "\"" + expression + "\" is no cron expression: " + withoutStop(e)
                            + ". It has six fields, second minute hour day-of-month month day-of-week, one of the two days is ?,"
                            + " as in \"* * 8-16 ? * MON-THU\"",
                    e);
        }
    }

    private static String withoutStop(ParseException e) {
        return String.valueOf(e.getMessage()).replaceFirst("\\.$", "");
    }

    @Override
    public Instant nextOpenAt(Instant from) {
        return firstOpenAt(from).orElse(NEVER);
    }

    /** Empty: never again. */
    public synchronized Optional<Instant> firstOpenAt(
            Instant from) { // the library does not say that an expression may be shared
        if (cron.isSatisfiedBy(Date.from(from))) {
            return Optional.of(from);
        }
        return Optional.ofNullable(cron.getNextValidTimeAfter(Date.from(from))).map(Date::toInstant);
    }

    /** How long it stays open from a moment at which it is, in whole seconds; a minute is the longest answer. */
    public synchronized Duration openFrom(Instant from) {
        Instant second = from.truncatedTo(ChronoUnit.SECONDS);
        return Duration.ofSeconds(IntStream.range(0, SECONDS_LOOKED_AT)
                .takeWhile(passed -> cron.isSatisfiedBy(Date.from(second.plusSeconds(passed))))
                .count());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CronWindow that
                && cron.getCronExpression().equals(that.cron.getCronExpression())
                && zone.equals(that.zone);
    }

    @Override
    public int hashCode() {
        return cron.getCronExpression().hashCode() ^ zone.hashCode();
    }

    @Override
    public String toString() {
        return cron.getCronExpression() + " in " + zone;
    }
}
