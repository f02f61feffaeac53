package org.selectord.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Needs no daemon: the check is the daemon's own code, which this starts as a program of its own. */
@Command(
        name = "check-config",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Checks a configuration file as the daemon would read it, asks the primaries what its TSIG keys may write, and logs in to its Vault:"
                        + " every problem at once, with line and column. Changes nothing.")
final class CheckConfigCommand implements Callable<Integer> {
    static final String HOME = "selectord.home";

    @Parameters(index = "0", paramLabel = "FILE", description = "The file.")
    private String file = "";

    @Option(names = "--offline", description = "Ask no server.")
    private boolean offline;

    private final Selectorctl root;

    CheckConfigCommand(Selectorctl root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path program = program();
        List<String> command = new ArrayList<>(List.of(program.toString(), "check-config", file));
        if (root.json()) {
            command.add("--json");
        }
        if (offline) {
            command.add("--offline");
        }
        Process process = new ProcessBuilder(command).inheritIO().start();
        return process.waitFor();
    }

    private static Path program() {
        Optional<Path> program = home().map(home -> home.resolve("bin").resolve("selectord"));
        return program.filter(Files::isExecutable)
                .orElseThrow(() -> CommandFailedException.because(
                        "selectorctl: the program selectord is not at "
                                + program.map(Path::toString).orElse("a place that can be found"),
                        "  It lies beside selectorctl in bin/; run that of the installation, or `selectord check-config`"
                                + " itself."));
    }

    /** What the launcher said, else the directory above the one our jar lies in. */
    private static Optional<Path> home() {
        return Optional.ofNullable(System.getProperty(HOME)).map(Path::of).or(CheckConfigCommand::aboveOurJar);
    }

    private static Optional<Path> aboveOurJar() {
        Optional<CodeSource> source = Optional.ofNullable(
                CheckConfigCommand.class.getProtectionDomain().getCodeSource());
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
