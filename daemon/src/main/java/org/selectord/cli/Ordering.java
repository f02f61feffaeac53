package org.selectord.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.OrderStatus;

/** Places orders, says so, and follows them where that was asked for. */
final class Ordering {
    private final Selectorctl root;
    private final Console console;
    private final Optional<Patience> patience;
    private final AdminClient client;
    private final Following following;
    private final List<OrderStatus> placed = new ArrayList<>();

    Ordering(Selectorctl root, Console console, Optional<Patience> patience) {
        this.root = root;
        this.console = console;
        this.patience = patience;
        this.client = root.client();
        this.following = new Following(client, console, root.json());
    }

    AdminClient client() {
        return client;
    }

    /** {@code what} is the last word of its path. */
    Ordering place(String domain, String what, Map<String, ?> body) throws InterruptedException {
        String path = "/v1/domains/" + AdminClient.segment(domain) + "/" + what;
        String raw = following.patiently(() -> client.post(path, body));
        OrderStatus order = Json.read(raw, OrderStatus.class);
        placed.add(order);
        if (!root.json()) {
            console.line(said(order));
        } else if (patience.isEmpty()) {
            console.raw(raw);
        }
        return this;
    }

    private String said(OrderStatus order) {
        return order.why()
                .map(why -> order.domain() + ": " + why)
                .orElseGet(() -> order.domain() + ": order " + order.number() + ", asked by " + order.askedBy() + " "
                        + console.when(order.askedAt()));
    }

    /** The exit code. */
    int end() throws InterruptedException {
        return patience.isPresent() ? following.untilClosed(placed, patience.get()) : Selectorctl.DONE;
    }
}
