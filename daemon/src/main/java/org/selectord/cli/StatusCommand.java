package org.selectord.cli;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.selectord.admin.api.DomainHalt;
import org.selectord.admin.api.DomainStatus;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.KeyStatus;
import org.selectord.admin.api.OrderStatus;
import org.selectord.admin.api.PlannedStep;
import org.selectord.admin.api.SigningSelector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Shows every domain, or one of them with its keys: what it signs with, since when, and what is due when.")
final class StatusCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", arity = "0..1", paramLabel = "DOMAIN", description = "One domain, with its keys.")
    private String domain = "";

    StatusCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        if (domain.isEmpty()) {
            all();
        } else {
            one();
        }
        return Selectorctl.DONE;
    }

    private void all() {
        Listing listing = Listing.fetch(root.client());
        if (root.json()) {
            console.raw(listing.raw());
            return;
        }
        if (listing.domains().isEmpty()) {
            console.line("No domain is known yet: name one in the configuration and run `selectorctl reload`.");
        } else {
            console.table(table(listing.domains()));
            listing.domains().forEach(this::remarks);
        }
        Remarks.clock(listing.first().clock()).ifPresent(console::line);
    }

    private Table table(List<DomainStatus> domains) {
        Table table = new Table("DOMAIN", "STATE", "SIGNS WITH", "FOR", "NEXT", "DUE");
        for (DomainStatus status : domains) {
            table.row(
                    status.domain(),
                    status.state(),
                    joined(status.signing().stream()
                            .map(SigningSelector::selector)
                            .toList()),
                    joined(status.signing().stream()
                            .map(signing -> Spans.length(java.time.Duration.ofSeconds(signing.ageSeconds())))
                            .toList()),
                    status.next().map(StatusCommand::next).orElse("-"),
                    status.next().map(next -> console.when(next.due())).orElse("-"));
        }
        return table;
    }

    private static String joined(List<String> parts) {
        return parts.isEmpty() ? "-" : String.join(", ", parts);
    }

    private static String next(PlannedStep step) {
        return step.step() + step.selector().map(selector -> " " + selector).orElse("");
    }

    /** What a person should know without asking. */
    private void remarks(DomainStatus status) {
        if (!status.listed()) {
            console.line(
                    status.domain() + ": the configuration does not name it; it goes on signing and is not rotated");
        }
        status.signing()
                .forEach(signing -> signing.warning()
                        .ifPresent(
                                warning -> console.line(status.domain() + ": " + signing.selector() + ": " + warning)));
        status.hold().ifPresent(hold -> console.line(status.domain() + ": " + Remarks.hold(console, hold)));
        status.waivers().forEach(waiver -> console.line(status.domain() + ": " + Remarks.waiver(console, waiver)));
        status.missingAliases()
                .forEach(alias -> console.line(status.domain() + ": the customer has to add: " + alias.record() + " ("
                        + alias.cameBack() + ")"));
        status.halts().forEach(halt -> console.line(status.domain() + ": " + halt(halt)));
        status.orders().forEach(order -> console.line(status.domain() + ": " + order(order)));
    }

    private String halt(DomainHalt halt) {
        return "halted " + console.relative(halt.since()) + ": " + halt.reason() + ": " + halt.found() + "; "
                + halt.remedy();
    }

    private String order(OrderStatus order) {
        return "order " + order.number() + " (" + order.kind() + ") by " + order.askedBy() + ", asked "
                + console.when(order.askedAt());
    }

    private void one() {
        String raw = root.client().get("/v1/domains/" + AdminClient.segment(domain));
        if (root.json()) {
            console.raw(raw);
            return;
        }
        DomainStatus status = Json.read(raw, DomainStatus.class);
        console.line(status.domain() + ": " + status.state());
        status.signing()
                .forEach(signing -> console.line("signs with " + signing.selector() + " (" + signing.algorithm()
                        + ") since " + console.when(signing.since())));
        Table keys = new Table("SELECTOR", "ALGORITHM", "STATE", "SINCE", "NEXT", "DUE");
        status.keys().stream().filter(StatusCommand::isThere).forEach(key -> keys.row(row(key)));
        if (!keys.isEmpty()) {
            console.table(keys);
        }
        status.next().ifPresent(this::printNext);
        remarks(status);
        status.waits()
                .forEach(wait ->
                        console.line("waits: " + wait.step() + " at " + wait.target() + ", tried " + wait.attempts()
                                + " times, again " + console.when(wait.retryAt()) + ": " + wait.waitingFor()));
    }

    private void printNext(PlannedStep step) {
        console.line("next: " + next(step) + " at " + step.target() + ", " + console.when(step.due()));
        step.because().forEach(because -> console.line("      " + because));
    }

    /** A tombstone is for programs. */
    private static boolean isThere(KeyStatus key) {
        return !key.state().equals("REMOVED");
    }

    private String[] row(KeyStatus key) {
        Optional<PlannedStep> due = key.due();
        return new String[] {
            key.selector(),
            key.algorithm(),
            key.state(),
            console.when(key.since()),
            due.map(PlannedStep::step).orElse("-"),
            due.map(step -> console.when(step.due())).orElse("-")
        };
    }
}
