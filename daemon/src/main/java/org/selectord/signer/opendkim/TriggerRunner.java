package org.selectord.signer.opendkim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.selectord.proof.Deadline;

/** Pulls a trigger, and says why it did not work, in words for people. */
final class TriggerRunner {
    private static final Duration LONGEST = Duration.ofSeconds(15);
    private static final int SHOWN = 500;

    private TriggerRunner() {}

    /** Empty: it worked. */
    static Optional<String> pull(Trigger trigger, Deadline deadline) {
        Deadline until = deadline.atMost(LONGEST);
        try {
            if (trigger instanceof Trigger.Command command) {
                return run(command.argv(), until).map(why -> "\"" + trigger + "\" " + why);
            } else if (trigger instanceof Trigger.Signal signal) {
                return signal(signal, until).map(why -> trigger + " failed: " + why);
            }
            throw new IllegalStateException("a trigger nobody pulls: " + trigger);
        } catch (IOException e) {
            return Optional.of(trigger + " failed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(trigger + " was interrupted");
        }
    }

    private static Optional<String> run(List<String> argv, Deadline until) throws IOException, InterruptedException {
        // to a file: what a restart leaves running would keep a pipe open for ever
        Path output = Files.createTempFile("selectord-", ".out");
        try {
            Process process = new ProcessBuilder(argv)
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(until.left().toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return Optional.of("was still running after " + LONGEST.toSeconds() + " s and was stopped");
            }
            return process.exitValue() == 0
                    ? Optional.empty()
                    : Optional.of("ended with status " + process.exitValue() + ": " + shown(output));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static String shown(Path output) throws IOException {
        String text = new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1).strip();
        return text.isEmpty() ? "it printed nothing" : text.substring(0, Math.min(SHOWN, text.length()));
    }

    private static Optional<String> signal(Trigger.Signal signal, Deadline until)
            throws IOException, InterruptedException {
        String written =
                Files.readString(signal.pidFile(), StandardCharsets.ISO_8859_1).strip();
        if (!written.matches("[1-9][0-9]{0,9}")) {
            return Optional.of("the file does not hold a process number");
        }
        Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(written));
        if (process.isEmpty()) {
            return Optional.of("there is no process " + written + ": OpenDKIM does not run, or writes another PidFile");
        }
        Optional<String> stranger = strangersName(written);
        if (stranger.isPresent()) {
            return Optional.of(
                    "process " + written + " is \"" + stranger.get() + "\" and not OpenDKIM: the file is stale");
        }
        Optional<String> refused = run(List.of("/bin/kill", "-" + signal.name(), written), until)
                .map(why -> "kill " + why
                        + " (selectord has to run as the user that OpenDKIM runs as, or use a command instead)");
        return refused.isPresent() || !signal.name().equals("TERM") ? refused : ended(process.get(), until);
    }

    /** A stale number may by now be anybody's, and USR1 ends most programs. */
    private static Optional<String> strangersName(String pid) {
        try {
            String name = Files.readString(Path.of("/proc", pid, "comm"), StandardCharsets.ISO_8859_1)
                    .strip();
            return name.startsWith("opendkim") ? Optional.empty() : Optional.of(name);
        } catch (IOException e) {
            return Optional.empty(); // no /proc here: the file's word has to do
        }
    }

    /** A restart by TERM has only begun until the old process, with its open connections, is gone. */
    private static Optional<String> ended(ProcessHandle process, Deadline until) throws InterruptedException {
        try {
            process.onExit().get(until.left().toMillis(), TimeUnit.MILLISECONDS);
            return Optional.empty();
        } catch (TimeoutException e) {
            return Optional.of("process " + process.pid() + " is still there");
        } catch (ExecutionException e) {
            return Optional.of("process " + process.pid() + " cannot be watched: " + e.getCause());
        }
    }
}
