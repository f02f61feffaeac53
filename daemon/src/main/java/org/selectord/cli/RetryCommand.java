package org.selectord.cli;

import java.util.concurrent.Callable;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.OrderStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Clears every wait and halt of a domain, so that what stands still is tried again at once.")
final class RetryCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    RetryCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        String raw = root.client().post("/v1/domains/" + AdminClient.segment(domain) + "/retry");
        if (root.json()) {
            console.raw(raw);
        } else {
            OrderStatus order = Json.read(raw, OrderStatus.class);
            console.line(order.domain() + ": " + order.why().orElse("order " + order.number() + " is open")
                    + "; `selectorctl explain " + order.domain() + "` says what comes next");
        }
        return Selectorctl.DONE;
    }
}
