package org.selectord.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "reset",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Closes the breaker after the cause is gone: flips and withdrawals go on. Halted domains stay so until"
                        + " `selectorctl retry DOMAIN`.")
final class BreakerResetCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for those who look later.")
    private String reason = "";

    BreakerResetCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        Map<String, String> body = reason.isBlank() ? Map.of() : Map.of("reason", reason);
        BreakerStatusCommand.show(root, console, root.client().post("/v1/breaker/reset", body));
        return Selectorctl.DONE;
    }
}
