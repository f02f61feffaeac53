package org.selectord.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.selectord.admin.api.ChainProgress;
import org.selectord.admin.api.DomainHalt;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.KeyMilestone;
import org.selectord.admin.api.OrderStatus;

/** Follows orders by their numbers and prints each change: the states as they are reached, and what is waited for. A daemon that restarts is waited for. */
final class Following {
    private static final long POLL_MILLIS = 250;
    private static final Duration SILENCE = Duration.ofMinutes(1);

    private final AdminClient client;
    private final Console console;
    private final boolean json;

    private final Map<Long, Set<KeyMilestone>> reached = new HashMap<>();
    private final Map<Long, String> waitingFor = new HashMap<>();
    private Optional<Instant> silentSince = Optional.empty();

    Following(AdminClient client, Console console, boolean json) {
        this.client = client;
        this.console = console;
        this.json = json;
    }

    /** The exit code: 1 when any failed or is halted, else 3 when any is still open, else 0. */
    int untilClosed(List<OrderStatus> orders, Patience patience) throws InterruptedException {
        Instant end = patience.atMost().map(console.now()::plus).orElse(Instant.MAX);
        Map<Long, OrderStatus> open = new LinkedHashMap<>();
        orders.forEach(order -> open.put(order.number(), order));
        int code = Selectorctl.DONE;
        while (true) {
            for (OrderStatus order : new ArrayList<>(open.values())) {
                Optional<Integer> ended = look(order);
                if (ended.isPresent()) {
                    open.remove(order.number());
                    code = Math.max(code, ended.get());
                }
            }
            if (open.isEmpty()) {
                return code;
            }
            if (!console.now().isBefore(end)) {
                open.values().forEach(this::stillWaiting);
                return code == Selectorctl.DONE ? Selectorctl.STILL_WAITING : code;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** The exit code of an order that ended. */
    private Optional<Integer> look(OrderStatus known) {
        String raw;
        try {
            raw = client.get("/v1/orders/" + known.number());
            silentSince = Optional.empty();
        } catch (CommandFailedException e) {
            bear(e);
            return Optional.empty();
        }
        OrderStatus order = Json.read(raw, OrderStatus.class);
        show(order);
        Optional<Integer> ended = ended(order);
        if (json && ended.isPresent()) {
            console.raw(raw);
        }
        return ended;
    }

    /** No answer for a while is no answer yet: the order is durable, and the daemon may be starting again. */
    private void bear(CommandFailedException e) {
        if (!e.mayPass()) {
            throw e;
        }
        if (silentSince.isEmpty()) {
            silentSince = Optional.of(console.now());
            say("no answer for now, still trying: " + e.getMessage());
        }
        if (console.now().isAfter(silentSince.get().plus(SILENCE))) {
            throw e;
        }
    }

    /** Asks again where only the rate was too high. */
    String patiently(Supplier<String> request) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return request.get();
            } catch (CommandFailedException e) {
                if (!e.isTooMany() || attempt > 60) {
                    throw e;
                }
                TimeUnit.SECONDS.sleep(1);
            }
        }
    }

    private void show(OrderStatus order) {
        Set<KeyMilestone> shown = reached.computeIfAbsent(order.number(), number -> new HashSet<>());
        order.reached().stream()
                .filter(shown::add)
                .forEach(milestone ->
                        say(milestone.at(), order.domain() + ": " + milestone.selector() + " is " + milestone.state()));
        String waits = waits(order);
        if (!waits.isEmpty() && !waits.equals(waitingFor.put(order.number(), waits))) {
            say(order.domain() + ": " + waits);
        }
    }

    private static String waits(OrderStatus order) {
        List<String> chains = order.progress().stream()
                .filter(chain -> !chain.waitingFor().isEmpty())
                .map(Following::waits)
                .toList();
        return String.join("; ", chains);
    }

    private static String waits(ChainProgress chain) {
        String key = chain.selector()
                .map(selector -> selector + " " + chain.keyState().orElse("") + ": ")
                .orElse("");
        return key + String.join("; ", chain.waitingFor());
    }

    private Optional<Integer> ended(OrderStatus order) {
        if (order.result().isPresent()) {
            boolean done = order.result().get().equals("DONE");
            say(order.domain() + ": order " + order.number() + " "
                    + order.result().get() + ": " + order.why().orElse(""));
            return Optional.of(done ? Selectorctl.DONE : Selectorctl.FAILED);
        }
        for (DomainHalt halt : order.halts()) {
            say(order.domain() + ": " + halt.chain() + " is halted: " + halt.reason() + ": " + halt.found() + "; "
                    + halt.remedy() + "; order " + order.number() + " stays open");
        }
        return order.halts().isEmpty() ? Optional.empty() : Optional.of(Selectorctl.FAILED);
    }

    private void stillWaiting(OrderStatus order) {
        say(order.domain() + ": order " + order.number() + " is still open and goes on; `selectorctl explain "
                + order.domain() + "` says what it waits for");
        if (json) {
            console.raw(client.get("/v1/orders/" + order.number()));
        }
    }

    private void say(String text) {
        say(console.now(), text);
    }

    private void say(Instant at, String text) {
        if (!json) {
            console.line(Console.time(at) + " " + text);
        }
    }
}
