package org.selectord.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
        List<String> arguments = new ArrayList<>(List.of("check-config", file));
        if (root.json()) {
            arguments.add("--json");
        }
        if (offline) {
            arguments.add("--offline");
        }
        return LocalProgram.run(arguments);
    }
}
