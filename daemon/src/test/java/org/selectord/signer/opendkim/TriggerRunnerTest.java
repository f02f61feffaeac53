package org.selectord.signer.opendkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.proof.Deadline;

class TriggerRunnerTest {
    @TempDir
    Path directory;

    private static Optional<String> pull(Trigger trigger) {
        return TriggerRunner.pull(trigger, Deadline.in(Duration.ofSeconds(20)));
    }

    private static Optional<String> run(String... argv) {
        return pull(new Trigger.Command(List.of(argv)));
    }

    private Optional<String> usr1(String content) throws IOException {
        return pull(new Trigger.Signal("USR1", Files.writeString(directory.resolve("pid"), content)));
    }

    @Test
    void aCommandThatWorksSaysNothing() {
        assertThat(run("true")).isEmpty();
    }

    @Test
    void aCommandThatFailsSaysHowAndWhatItPrinted() {
        assertThat(run("sh", "-c", "echo Access denied >&2; exit 4"))
                .contains("\"sh -c echo Access denied >&2; exit 4\" ended with status 4: Access denied");
    }

    @Test
    void aCommandThatIsNotThereIsNamed() {
        assertThat(run("/does/not/exist").orElseThrow()).startsWith("/does/not/exist failed: ");
    }

    @Test
    void aCommandThatDoesNotEndIsStopped() {
        assertThat(TriggerRunner.pull(
                        new Trigger.Command(List.of("sleep", "600")), Deadline.in(Duration.ofMillis(300))))
                .isPresent();
    }

    @Test
    void whatACommandLeavesRunningIsNotWaitedFor() {
        assertThat(run("sh", "-c", "sleep 15 & exit 0")).isEmpty();
    }

    @Test
    void aPidFileThatIsNotThereIsNamed() {
        assertThat(pull(new Trigger.Signal("USR1", directory.resolve("none"))).orElseThrow())
                .contains("signal USR1 to the process in " + directory.resolve("none"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "0", "12 13", "opendkim", "99999999999999"})
    void aPidFileWithoutAProcessNumberIsNotActedOn(String content) throws IOException {
        assertThat(usr1(content).orElseThrow()).endsWith("the file does not hold a process number");
    }

    @Test
    void aProcessThatIsGoneIsNamed() throws IOException, InterruptedException {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();

        assertThat(usr1(ended.pid() + "\n").orElseThrow()).contains("there is no process " + ended.pid());
    }

    @Test
    void aStrangerUnderAStaleNumberIsNotSignalled() throws IOException {
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            assertThat(usr1(stranger.pid() + "\n").orElseThrow())
                    .contains("is \"sleep\" and not OpenDKIM: the file is stale");
            assertThat(stranger.isAlive()).isTrue();
        } finally {
            stranger.destroy();
        }
    }

    @Test
    void aRestartByTermWaitsUntilTheOldProcessIsGone() throws IOException, InterruptedException {
        Process slow = likeOpenDkim("trap 'sleep 1; exit 0' TERM");
        try {
            assertThat(term(slow, Duration.ofSeconds(20))).isEmpty();
            assertThat(slow.isAlive()).isFalse();
        } finally {
            slow.destroyForcibly().waitFor();
        }
    }

    @Test
    void aRestartByTermThatTheOldProcessSurvivesHasFailed() throws IOException, InterruptedException {
        Process deaf = likeOpenDkim("trap '' TERM");
        try {
            assertThat(term(deaf, Duration.ofSeconds(1)).orElseThrow())
                    .endsWith("failed: process " + deaf.pid() + " is still there");
        } finally {
            deaf.destroyForcibly().waitFor();
        }
    }

    private Optional<String> term(Process process, Duration within) throws IOException {
        Path pidFile = Files.writeString(directory.resolve("pid"), process.pid() + "\n");
        return TriggerRunner.pull(new Trigger.Signal("TERM", pidFile), Deadline.in(within));
    }

    /** A shell under another name, once it has set its trap. */
    private Process likeOpenDkim(String trap) throws IOException {
        Path shell = Files.copy(Path.of("/bin/sh").toRealPath(), directory.resolve("opendkim-test"));
        Process process =
                new ProcessBuilder(shell.toString(), "-c", trap + "; echo ready; while :; do sleep 0.1; done").start();
        process.getInputStream().read();
        return process;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SIGUSR1", "usr1", "10; reboot", "-9"})
    void onlySignalsByNameAreTaken(String name) {
        assertThatThrownBy(() -> new Trigger.Signal(name, directory)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aCommandHasAName() {
        assertThatThrownBy(() -> new Trigger.Command(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
