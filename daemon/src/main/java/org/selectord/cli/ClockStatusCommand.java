package org.selectord.cli;

import java.util.concurrent.Callable;
import org.selectord.admin.api.ClockStatus;
import org.selectord.admin.api.Json;
import picocli.CommandLine.Command;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Shows whether the clock is trusted, and on whose word.")
final class ClockStatusCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    ClockStatusCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        show(root, console, root.client().get("/v1/clock"));
        return Selectorctl.DONE;
    }

    static void show(Selectorctl root, Console console, String raw) {
        if (root.json()) {
            console.raw(raw);
            return;
        }
        ClockStatus clock = Json.read(raw, ClockStatus.class);
        console.line(
                clock.trusted()
                        ? "The clock is trusted, on the word of " + clock.word().orElse("a witness") + "."
                        : "The clock is not trusted: " + clock.doubt().orElse("it did not say why") + ".");
    }
}
