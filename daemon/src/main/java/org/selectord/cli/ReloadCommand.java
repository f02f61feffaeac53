package org.selectord.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "reload",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Has the daemon read its configuration and tokens again. With any problem in them nothing is changed.")
final class ReloadCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    ReloadCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        String raw = root.client().post("/v1/reload", Map.of());
        if (root.json()) {
            console.raw(raw);
        } else {
            console.line("The configuration and the tokens were read again and hold now.");
        }
        return Selectorctl.DONE;
    }
}
