package org.selectord.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** What people see. Text that came from a name server or a mail signer may hold anything; a terminal gets to see it, not to obey it. */
final class Console {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

    private final PrintWriter out;
    private final InstantSource clock;

    Console(PrintWriter out, InstantSource clock) {
        this.out = out;
        this.clock = clock;
    }

    void line(String text) {
        out.println(printable(text));
        out.flush();
    }

    /** As it came, for programs. */
    void raw(String json) {
        out.println(json);
        out.flush();
    }

    void table(Table table) {
        table.lines().forEach(this::line);
    }

    static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    Instant now() {
        return clock.instant();
    }

    /** Relative, then absolute. */
    String when(Instant at) {
        return relative(at) + " (" + UTC.format(at) + ")";
    }

    String relative(Instant at) {
        return Spans.relative(now(), at);
    }

    static String time(Instant at) {
        return TIME.format(at);
    }

    static String absolute(Instant at) {
        return UTC.format(at);
    }
}
