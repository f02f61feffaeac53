package org.selectord.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "trust",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "You have looked at another clock, and say that the daemon's is right. That holds until the daemon is"
                        + " restarted, or until a witness disagrees.")
final class ClockTrustCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    ClockTrustCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        ClockStatusCommand.show(root, console, root.client().post("/v1/clock/trust", Map.of()));
        return Selectorctl.DONE;
    }
}
