package org.selectord.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.selectord.admin.api.DomainStatus;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.OrderStatus;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "now",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Orders a rotation without waiting for the calendar: the same proofs, no signing period, no window.",
            "An order that is open already is not doubled. The order is done when the new key signs everywhere."
        })
final class RotateNowCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Which which = new Which();

    @Option(
            names = "--wait",
            arity = "0..1",
            paramLabel = "DURATION",
            fallbackValue = Patience.WITHOUT_END,
            converter = Patience.Converter.class,
            preprocessor = Patience.OnlyAttached.class,
            description = {
                "Show progress until it is done (exit 0), failed or halted (exit 1).",
                "--wait=5m gives up waiting after 5 minutes (exit 3); the order goes on."
            })
    private @Nullable Patience patience;

    private static final class Which {
        @Parameters(arity = "1..*", paramLabel = "DOMAIN", description = "The domains to rotate.")
        private List<String> domains = new ArrayList<>();

        @Option(names = "--all", description = "Every domain of the configuration.")
        private boolean all;
    }

    RotateNowCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        AdminClient client = root.client();
        List<String> domains = which.all ? listed(client) : which.domains;
        Following following = new Following(client, console, root.json());
        List<OrderStatus> orders = new ArrayList<>();
        for (String domain : domains) {
            orders.add(order(client, domain, following));
        }
        return patience == null ? Selectorctl.DONE : following.untilClosed(orders, patience);
    }

    private static List<String> listed(AdminClient client) {
        return Listing.fetch(client).domains().stream()
                .filter(DomainStatus::listed)
                .map(DomainStatus::domain)
                .toList();
    }

    private OrderStatus order(AdminClient client, String domain, Following following) throws InterruptedException {
        String raw = following.patiently(() -> client.post("/v1/domains/" + AdminClient.segment(domain) + "/rotate"));
        OrderStatus order = Json.read(raw, OrderStatus.class);
        if (!root.json()) {
            console.line(order.domain() + ": order " + order.number() + ", asked by " + order.askedBy() + " "
                    + console.when(order.askedAt()));
        } else if (patience == null) {
            console.raw(raw);
        }
        return order;
    }
}
