package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The manual's table of formulas: each is a method whose comment says so. */
class FormulasTest {
    private static final Path MANUAL = Path.of("..", "deploy", "docs", "manual", "times.md");
    private static final Path HEART = Path.of("src", "main", "java", "org", "selectord", "rotation");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (F[0-9]+) \\|.*\\| (`.*`) \\|$");
    private static final Pattern METHOD = Pattern.compile("`([A-Za-z]+)#([A-Za-z]+)`");

    /** A formula and one method that the table names for it. */
    record Named(String formula, String type, String method) {}

    static Stream<Named> named() throws IOException {
        return rows().stream()
                .flatMap(row -> METHOD.matcher(row.group(2))
                        .results()
                        .map(method -> new Named(row.group(1), method.group(1), method.group(2))));
    }

    private static List<MatchResult> rows() throws IOException {
        return ROW.matcher(Files.readString(MANUAL)).results().toList();
    }

    @Test
    void theTableHasThemAllInOrder() throws IOException {
        assertThat(rows().stream().map(row -> row.group(1)))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 16).mapToObj(n -> "F" + n).toList());
    }

    @ParameterizedTest
    @MethodSource("named")
    void eachIsAMethodWithItAboveIt(Named named) throws IOException {
        String source = Files.readString(HEART.resolve(named.type() + ".java"));
        Pattern declared = Pattern.compile("/\\*\\*(?:(?!\\*/)[\\s\\S])*\\b" + named.formula()
                + "\\b(?:(?!\\*/)[\\s\\S])*\\*/[^;{}]*\\b" + named.method() + "\\(");

        assertThat(declared.matcher(source).find())
                .as(named.type() + "." + named.method() + " with " + named.formula() + " in the comment above it")
                .isTrue();
    }
}
