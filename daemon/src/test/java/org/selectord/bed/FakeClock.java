package org.selectord.bed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.bed.Unprivileged;

/**
 * A wall clock that is put forward and back under running processes, by libfaketime; the monotonic clock goes on as it is. Beside it the kernel's word
 * about NTP: a library of that one function.
 */
public final class FakeClock implements AutoCloseable {
    private final Path directory = Unprivileged.newDirectory();

    private FakeClock() {}

    /** Right, and kept by NTP. Skips the test where libfaketime or a C compiler is missing. */
    public static FakeClock right() {
        Peers.require(library().isPresent(), "libfaketime.so.1 below /usr/lib");
        Peers.require("gcc");
        FakeClock clock = new FakeClock();
        clock.compileKernel();
        clock.synchronised(true).set("+0");
        return clock;
    }

    private static Optional<Path> library() {
        return Stream.of("x86_64-linux-gnu", "aarch64-linux-gnu", "")
                .map(machine -> Path.of("/usr/lib", machine, "faketime", "libfaketime.so.1"))
                .filter(Files::exists)
                .findFirst();
    }

    private void compileKernel() {
        write("kernel.c", """
                #include <unistd.h>
                int adjtimex(void *question) { return access("%s", F_OK) == 0 ? 0 : 5; }
                """.formatted(directory.resolve("synchronised")));
        try {
            Process gcc = new ProcessBuilder("gcc", "-shared", "-fPIC", "-o", "kernel.so", "kernel.c")
                    .directory(directory.toFile())
                    .inheritIO()
                    .start();
            if (gcc.waitFor() != 0) {
                throw new IllegalStateException("gcc failed");
            }
            Unprivileged.own(directory.resolve("kernel.so"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The environment of what shall live by this clock. */
    public Map<String, String> environment() {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put(
                "LD_PRELOAD", directory.resolve("kernel.so") + ":" + library().orElseThrow());
        variables.put("FAKETIME_TIMESTAMP_FILE", directory.resolve("offset").toString());
        variables.put("FAKETIME_CACHE_DURATION", "1");
        variables.put("DONT_FAKE_MONOTONIC", "1");
        // without it the JVM's timed waits end at once, and it spins
        variables.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        return variables;
    }

    /** Such as {@code +365d}, {@code -1d}, {@code +0}: from the true time, within a second. */
    public FakeClock set(String offset) {
        write("offset", offset + "\n");
        return this;
    }

    /** What the kernel says from now on. */
    public FakeClock synchronised(boolean yes) {
        if (yes) {
            write("synchronised", "");
        } else {
            try {
                Files.deleteIfExists(directory.resolve("synchronised"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return this;
    }

    private void write(String name, String text) {
        try {
            Path half = directory.resolve(name + ".half");
            Files.writeString(half, text);
            Unprivileged.own(half);
            Files.move(half, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Unprivileged.remove(directory);
    }
}
