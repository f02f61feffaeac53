package org.selectord.cli;

import java.util.concurrent.Callable;
import org.selectord.admin.api.BreakerStatus;
import org.selectord.admin.api.BreakerStatus.FailedFlip;
import org.selectord.admin.api.Json;
import picocli.CommandLine.Command;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Shows whether the breaker is open, why, and which flips were proven bad.")
final class BreakerStatusCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    BreakerStatusCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        show(root, console, root.client().get("/v1/breaker"));
        return Selectorctl.DONE;
    }

    static void show(Selectorctl root, Console console, String raw) {
        if (root.json()) {
            console.raw(raw);
            return;
        }
        BreakerStatus breaker = Json.read(raw, BreakerStatus.class);
        console.line(
                breaker.open()
                        ? "The breaker is open since "
                                + breaker.since().map(console::when).orElse("?")
                                + ": " + breaker.why().orElse("?")
                                + "; no domain is flipped and nothing is withdrawn until `selectorctl breaker reset`."
                        : "The breaker is closed.");
        Table failures = new Table("PROVEN BAD", "DOMAIN", "KEY");
        for (FailedFlip flip : breaker.failures()) {
            failures.row(console.when(flip.at()), flip.domain() + (flip.canary() ? " (canary)" : ""), "#" + flip.key());
        }
        if (!failures.isEmpty()) {
            console.table(failures);
        }
        breaker.lastReset().ifPresent(at -> console.line("It was last reset " + console.when(at) + "."));
    }
}
