package org.selectord.signer.opendkim;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * Both tables, and what telling OpenDKIM something changes in them. Pure.
 *
 * <p>The two files cannot be replaced in one stroke, and OpenDKIM may read them between any two strokes. So a line of KeyTable is there before a line of
 * SigningTable names it, and goes only when none names it any more on disk: KeyTable is written first, and what became unused is dropped the next time.
 */
record OpenDkimTables(Table<KeyLine> keys, Table<SigningLine> signing) {
    /** OpenDKIM reads lines into 1024 octets, line end and terminator among them, and takes the rest for another line. */
    private static final int LONGEST_LINE = 1022;

    /** With {@code ^} and {@code $} around it in 1025 octets. */
    private static final int LONGEST_EXPRESSION = 1022;

    static OpenDkimTables parse(String keyTable, String signingTable) throws TableException {
        return new OpenDkimTables(
                in("KeyTable", keyTable, KeyLine::parse), in("SigningTable", signingTable, SigningLine::parse));
    }

    private static <L> Table<L> in(String name, String text, java.util.function.Function<String, Optional<L>> parser)
            throws TableException {
        try {
            return Table.parse(text, parser);
        } catch (TableException e) {
            throw new TableException(name + ": " + e.getMessage());
        }
    }

    String keyTable() {
        return keys.text(KeyLine::text);
    }

    String signingTable() {
        return signing.text(SigningLine::text);
    }

    /**
     * With these domains signing with these keys.
     *
     * @param wanted empty: with none of ours; a domain that is not in it keeps its lines
     */
    OpenDkimTables telling(Map<SigningDomain, Optional<KeyLine>> wanted) {
        List<KeyLine> told = wanted.values().stream().flatMap(Optional::stream).toList();
        Stream<SigningLine> others = signing.ours().stream().filter(line -> !wanted.containsKey(line.domain()));
        Table<SigningLine> nowSigning =
                signing.with(Stream.concat(others, told.stream().map(SigningLine::of))
                        .sorted(Comparator.comparing(SigningLine::domain))
                        .toList());
        Set<String> newNames = told.stream().map(KeyLine::name).collect(Collectors.toSet());
        Predicate<KeyLine> stays = line -> isReferenced(line.name()) && !newNames.contains(line.name());
        return new OpenDkimTables(
                keys.with(sorted(Stream.concat(keys.ours().stream().filter(stays), told.stream()))), nowSigning);
    }

    /** Without the lines of KeyTable that nothing uses. */
    OpenDkimTables pruned() {
        return new OpenDkimTables(
                keys.with(sorted(keys.ours().stream().filter(line -> isReferenced(line.name())))), signing);
    }

    private static List<KeyLine> sorted(Stream<KeyLine> lines) {
        return lines.distinct()
                .sorted(Comparator.comparing(KeyLine::domain).thenComparing(KeyLine::selector))
                .toList();
    }

    /** Whether a line of SigningTable, ours or not, names that key. */
    boolean isReferenced(String keyName) {
        return signing.ours().stream().anyMatch(line -> line.keyName().equals(keyName))
                || signing.foreignLines().stream()
                        .anyMatch(line -> fields(line).skip(1).anyMatch(keyName::equals));
    }

    /** Whether a line of KeyTable that is not ours uses that file. */
    boolean isUsedByOthers(Path keyFile) {
        return keys.foreignLines().stream()
                .anyMatch(line -> fields(line).skip(1).anyMatch(value -> value.endsWith(":" + keyFile)));
    }

    /** The selectors that our lines make a domain sign with. */
    Set<Selector> told(SigningDomain domain) {
        Set<String> names = signing.ours().stream()
                .filter(line -> line.domain().equals(domain))
                .map(SigningLine::keyName)
                .collect(Collectors.toSet());
        return keys.ours().stream()
                .filter(line -> names.contains(line.name()))
                .map(KeyLine::selector)
                .collect(Collectors.toSet());
    }

    private static Stream<String> fields(String line) {
        int comment = line.indexOf('#');
        String content = (comment < 0 ? line : line.substring(0, comment)).strip();
        return content.isEmpty() ? Stream.empty() : Stream.of(content.split("\\s+"));
    }

    /**
     * What would make OpenDKIM refuse mail, or both tables as a whole: then it keeps what it has read before, and only its log says so. {@code opendkim -n}
     * finds none of the first kind.
     */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (KeyLine line : keys.ours()) {
            names.add(line.name());
            if (line.text().length() > LONGEST_LINE) {
                problems.add("our line for " + line.name() + " in KeyTable has more than " + LONGEST_LINE
                        + " octets and would be cut: use a shorter directory");
            }
        }
        for (SigningLine line : signing.ours()) {
            if (!names.contains(line.keyName())) {
                problems.add("SigningTable names " + line.keyName() + ", which KeyTable does not have");
            }
        }
        signing.foreignLines()
                .forEach(line -> fields(line)
                        .findFirst()
                        .filter(pattern -> !isReadable(pattern))
                        .ifPresent(pattern -> problems.add(
                                "SigningTable: OpenDKIM cannot compile the pattern of the line \"" + shown(line)
                                        + "\" and would not load either table: correct or delete that line")));
        return problems;
    }

    private static String shown(String line) {
        return line.length() <= 100 ? line : line.substring(0, 100) + "...";
    }

    /** As OpenDKIM makes an extended regular expression of it: the asterisk is the only wildcard it knows, the rest is passed on. */
    private static boolean isReadable(String pattern) {
        String expression = pattern.replace(".", "\\.").replace("*", ".*").replace("+", "\\+");
        try {
            Pattern.compile(expression);
            return expression.length() <= LONGEST_EXPRESSION;
        } catch (PatternSyntaxException e) {
            return false;
        }
    }
}
