package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.dnsupdate.bed.Peers;

/**
 * The model of a rotation among two daemons ({@code src/test/promela/rotation.pml}), searched by spin through every order of events: the properties hold,
 * and with a defence taken out one of them fails.
 */
class SpinIT {
    private static final Path MODEL =
            Path.of("src", "test", "promela", "rotation.pml").toAbsolutePath();
    private static final Pattern ERRORS = Pattern.compile("errors: (\\d+)");
    private static final Pattern STATES = Pattern.compile("(\\S+) states, stored");
    private static final String LIVENESS = "eventually_rotated";

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void requireSpin() {
        Peers.require("spin", "gcc");
    }

    /** Liveness under fairness visits each state ten times or more: a fault less, but for {@code deploy/check --long}. */
    @ParameterizedTest
    @CsvSource({"never_delete_active, 3, 3", "never_sign_unpublished, 3, 3", LIVENESS + ", 2, 3"})
    void thisHoldsThroughEveryOrderOfAnySoManyFaults(String property, int faults, int faultsIfLong) throws Exception {
        assertHolds(property, "-DFAULTS=" + (Boolean.getBoolean("selectord.long") ? faultsIfLong : faults));
    }

    @ParameterizedTest
    @CsvSource({"never_delete_active", "never_sign_unpublished", LIVENESS})
    void withoutAFenceThisHoldsForOneDaemonThatWaitsUntilNothingCanLand(String property) throws Exception {
        assertHolds(property, "-DFAULTS=3", "-DONE_DAEMON", "-DWAIT_OUT");
    }

    @ParameterizedTest
    @CsvSource({
        "NO_FENCE, never_delete_active",
        "FENCE_READ_LATE, never_delete_active",
        "NO_RECHECK, never_delete_active",
        "TIMEOUT_IS_FAILURE, never_delete_active",
        "NO_NEGATIVE_WAIT, never_sign_unpublished",
        "PRIMARY_IS_ENOUGH, never_sign_unpublished",
        "GIVES_UP, " + LIVENESS
    })
    void withoutThisDefenceThereIsACounterexample(String mutation, String property) throws Exception {
        assertThat(errors(property, "-DFAULTS=2", "-D" + mutation)).isOne();
    }

    @Test
    void withoutAFenceOneDaemonIsHitByItsOwnLateMessage() throws Exception {
        assertThat(errors("never_delete_active", "-DFAULTS=2", "-DNO_FENCE", "-DONE_DAEMON"))
                .isOne();
    }

    private void assertHolds(String property, String... defines) throws Exception {
        assertThat(errors(property, defines))
                .as(() -> "the way there:\n" + wayThere(defines))
                .isZero();
    }

    private int errors(String property, String... defines) throws Exception {
        Files.copy(MODEL, directory.resolve("rotation.pml"), StandardCopyOption.REPLACE_EXISTING);
        run(withDefines("spin", defines, "-a", "rotation.pml"));
        run(List.of("gcc", "-O1", "-DCOLLAPSE", "-DNFAIR=3", "-o", "pan", "pan.c"));
        List<String> search = new ArrayList<>(List.of("./pan", "-m100000", "-N", property));
        if (property.equals(LIVENESS)) {
            search.addAll(List.of("-a", "-f"));
        }
        String report = run(search);
        assertThat(report).as("an exhaustive search").doesNotContain("max search depth too small", "out of memory");
        System.out.printf("spin: %s %s: %s states%n", property, String.join(" ", defines), found(STATES, report));
        return Integer.parseInt(found(ERRORS, report));
    }

    private String wayThere(String... defines) {
        try {
            return run(withDefines("spin", defines, "-t", "-p", "-g", "rotation.pml"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static List<String> withDefines(String program, String[] defines, String... rest) {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(defines));
        command.addAll(List.of(rest));
        return command;
    }

    private static String found(Pattern pattern, String report) {
        Matcher matcher = pattern.matcher(report);
        assertThat(matcher.find()).as(report).isTrue();
        return matcher.group(1);
    }

    /** What it printed; spin and pan say by their output, not by their exit status, how it went. */
    private String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        try (InputStream output = process.getInputStream()) {
            return new String(output.readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            process.destroyForcibly();
        }
    }
}
