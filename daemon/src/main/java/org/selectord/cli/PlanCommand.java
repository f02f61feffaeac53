package org.selectord.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.selectord.admin.api.DomainPlan;
import org.selectord.admin.api.DomainStatus;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.PlannedEvent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Shows what will be done and when, without doing it: every state that a key will reach if all goes well and nobody"
                    + " orders anything.",
            "A key that is yet to be made is shown by its number: its selector is a secret until then. With --json each domain"
                    + " is one document, with the reason of each event."
        })
final class PlanCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", arity = "0..1", paramLabel = "DOMAIN", description = "Of this domain only.")
    private String domain = "";

    @Option(
            names = "--for",
            paramLabel = "DURATION",
            defaultValue = "1y",
            converter = WaiveCommand.Length.class,
            description = "How far ahead, as in 30d or 1y (default: ${DEFAULT-VALUE}).")
    private Duration length = Duration.ZERO;

    private Optional<String> breaker = Optional.empty();

    PlanCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    /** An event with whose it is. */
    private record Row(String domain, PlannedEvent event) {}

    @Override
    public Integer call() {
        AdminClient client = root.client();
        List<Row> rows = new ArrayList<>();
        for (String name : domain.isEmpty() ? listed(client) : List.of(domain)) {
            String raw = client.get("/v1/domains/" + AdminClient.segment(name) + "/plan?for=" + length);
            if (root.json()) {
                console.raw(raw);
            } else {
                add(rows, Json.read(raw, DomainPlan.class));
            }
        }
        if (!root.json()) {
            print(rows);
        }
        return Selectorctl.DONE;
    }

    private static List<String> listed(AdminClient client) {
        return Listing.fetch(client).domains().stream()
                .filter(DomainStatus::listed)
                .map(DomainStatus::domain)
                .toList();
    }

    private void add(List<Row> rows, DomainPlan plan) {
        if (!plan.listed()) {
            console.line(plan.domain() + ": the configuration does not name it; it goes on signing and is not rotated");
        }
        breaker = plan.breaker().or(() -> breaker);
        plan.events().forEach(event -> rows.add(new Row(plan.domain(), event)));
    }

    private void print(List<Row> rows) {
        breaker.ifPresent(why -> console.line("The fleet's breaker is open: " + why
                + ". Nothing is flipped and nothing is withdrawn until `selectorctl breaker reset`; what is marked so is shown"
                + " for when it would come if that were now."));
        rows.sort(Comparator.comparing(row -> row.event().at()));
        Table table = new Table("WHEN", "DOMAIN", "KEY", "ALGORITHM", "BECOMES");
        for (Row row : rows) {
            PlannedEvent event = row.event();
            table.row(
                    Console.absolute(event.at()) + " (" + console.relative(event.at()) + ")",
                    row.domain(),
                    event.selector().orElse("#" + event.key()),
                    event.algorithm(),
                    event.afterReset() ? event.what() + ", after breaker reset" : event.what());
        }
        if (table.isEmpty()) {
            console.line("Nothing is planned for that time.");
        } else {
            console.table(table);
        }
    }
}
