package org.selectord.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The program {@code selectord} beside this one, for what is done in the daemon's own code without a daemon. */
final class LocalProgram {
    static final String HOME = "selectord.home";

    private LocalProgram() {}

    /** Its exit code. */
    static int run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program().toString()));
        command.addAll(arguments);
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    private static Path program() {
        Optional<Path> program = home().map(home -> home.resolve("bin").resolve("selectord"));
        return program.filter(Files::isExecutable)
                .orElseThrow(() -> CommandFailedException.because(
                        "selectorctl: the program selectord is not at "
                                + program.map(Path::toString).orElse("a place that can be found"),
                        "  It lies beside selectorctl in bin/; run that of the installation, or `selectord` itself."));
    }

    /** What the launcher said, else the directory above the one our jar lies in. */
    private static Optional<Path> home() {
        return Optional.ofNullable(System.getProperty(HOME)).map(Path::of).or(LocalProgram::aboveOurJar);
    }

    private static Optional<Path> aboveOurJar() {
        Optional<CodeSource> source =
                Optional.ofNullable(LocalProgram.class.getProtectionDomain().getCodeSource());
        return source.flatMap(found -> {
            try {
                Path jar = Path.of(found.getLocation().toURI());
                return Optional.ofNullable(jar.getParent()).flatMap(lib -> Optional.ofNullable(lib.getParent()));
            } catch (URISyntaxException e) {
                return Optional.empty();
            }
        });
    }
}
