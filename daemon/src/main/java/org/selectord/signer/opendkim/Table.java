package org.selectord.signer.opendkim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The text of one of OpenDKIM's tables: our block, which stands first because the first line that matches wins, and everything else, which stays as it is to
 * the octet (one char an octet). Pure.
 *
 * @param <L> a line of ours
 */
final class Table<L> {
    private static final String BEGIN = "# BEGIN selectord";
    private static final String END = "# END selectord";
    private static final String BEGIN_LINE =
            BEGIN + ": rewritten by selectord; write your own lines below the end of this block\n";
    private static final String END_LINE = END + "\n";

    private final List<L> ours;
    private final String foreign;

    private Table(List<L> ours, String foreign) {
        this.ours = List.copyOf(ours);
        this.foreign = foreign;
    }

    /** Throws where guessing what is ours could cost somebody a line. */
    static <L> Table<L> parse(String text, Function<String, Optional<L>> parser) throws TableException {
        List<L> ours = new ArrayList<>();
        StringBuilder foreign = new StringBuilder();
        int number = 0;
        int begunAt = 0;
        int endedAt = 0;
        for (String line : linesWithEnds(text)) {
            number++;
            if (line.startsWith(BEGIN)) {
                if (begunAt > 0) {
                    throw new TableException(
                            "line " + number + " begins a second selectord block (the first begins at line " + begunAt
                                    + "): delete the one that is not wanted, with its markers");
                }
                begunAt = number;
            } else if (line.startsWith(END)) {
                if (begunAt == 0 || endedAt > 0) {
                    throw new TableException("line " + number
                            + " ends a selectord block that is not open: delete that line, or put the line \"" + BEGIN
                            + "\" back above selectord's lines");
                }
                endedAt = number;
            } else if (begunAt > 0 && endedAt == 0) {
                Optional<L> own = parser.apply(line.strip());
                if (own.isEmpty()) {
                    throw new TableException("line " + number
                            + " stands between selectord's markers and is none of its lines: move it below the line \""
                            + END + "\" (\"" + line.strip() + "\")");
                }
                ours.add(own.get());
            } else {
                foreign.append(line);
            }
        }
        if (begunAt > endedAt) {
            throw new TableException("the selectord block that begins at line " + begunAt
                    + " has no end: put the line \"" + END + "\" back below selectord's lines");
        }
        return new Table<>(ours, foreign.toString());
    }

    private static List<String> linesWithEnds(String text) {
        List<String> lines = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int newline = text.indexOf('\n', from);
            int to = newline < 0 ? text.length() : newline + 1;
            lines.add(text.substring(from, to));
            from = to;
        }
        return lines;
    }

    List<L> ours() {
        return ours;
    }

    /** What is not ours, line by line, without line ends. */
    List<String> foreignLines() {
        return foreign.lines().toList();
    }

    Table<L> with(List<L> lines) {
        return new Table<>(lines, foreign);
    }

    String text(Function<L, String> printer) {
        StringBuilder text = new StringBuilder(BEGIN_LINE);
        ours.forEach(line -> text.append(printer.apply(line)).append('\n'));
        return text.append(END_LINE).append(foreign).toString();
    }
}
