package org.selectord.dnsupdate.bed;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The programs of others that tests run against. */
public final class Peers {
    private Peers() {}

    /** Skips the test, saying so, where one of them is missing; fails it where {@code SELECTORD_REQUIRE_PEERS=true}. */
    public static void require(String... programs) {
        Arrays.stream(programs)
                .filter(program -> find(program).isEmpty())
                .findFirst()
                .ifPresent(missing -> require(false, missing + ", looked for in PATH, /usr/sbin and /sbin"));
    }

    /** The same for what is no program, such as a library. */
    public static void require(boolean there, String what) {
        if (there) {
            return;
        }
        String skipped = "skipped: not found: " + what;
        System.err.println(skipped);
        if ("true".equals(System.getenv("SELECTORD_REQUIRE_PEERS"))) {
            fail(skipped + ", and SELECTORD_REQUIRE_PEERS=true");
        }
        Assumptions.abort(skipped);
    }

    public static Optional<Path> find(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Arrays.stream(path.split(":")), Stream.of("/usr/sbin", "/sbin"))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
