package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The manual's page of what stands still: a section for each reason. */
class HaltsManualTest {
    private static final Path MANUAL = Path.of("..", "deploy", "docs", "manual", "halts.md");

    @Test
    void eachReasonHasItsSection() throws IOException {
        assertThat(Pattern.compile("(?m)^## ([a-z_]+)$")
                        .matcher(Files.readString(MANUAL))
                        .results()
                        .map(section -> section.group(1)))
                .containsExactlyElementsOf(
                        Arrays.stream(HaltReason.values()).map(HaltReason::word).toList());
    }
}
