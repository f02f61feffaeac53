package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of past bugs names tests that are there. */
class PastBugsTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern NAMED = Pattern.compile("`([A-Za-z]+)#([A-Za-z0-9]+)`");

    @Test
    void everyTestThatTheTableNamesIsThere() throws IOException {
        List<MatchResult> named = NAMED.matcher(Files.readString(PROJECT.resolve("deploy/docs/past-bugs.md")))
                .results()
                .filter(match -> !match.group(1).equals("Class"))
                .toList();
        Map<String, String> sources = sources();

        assertThat(named).hasSizeGreaterThan(30);
        assertThat(named)
                .allSatisfy(match -> assertThat(sources.get(match.group(1)))
                        .as(match.group())
                        .isNotNull()
                        .contains("void " + match.group(2) + "("));
    }

    private static Map<String, String> sources() {
        return Stream.of("keystore", "dnsupdate", "daemon")
                .flatMap(PastBugsTest::tests)
                .collect(Collectors.toMap(PastBugsTest::className, PastBugsTest::text, (one, other) -> one + other));
    }

    private static Stream<Path> tests(String module) {
        try (Stream<Path> files = Files.walk(PROJECT.resolve(module).resolve("src/test/java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String className(Path file) {
        return String.valueOf(file.getFileName()).replace(".java", "");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
