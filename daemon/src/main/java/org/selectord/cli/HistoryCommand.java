package org.selectord.cli;

import java.util.concurrent.Callable;
import org.selectord.admin.api.HistoryLine;
import org.selectord.admin.api.HistoryPage;
import org.selectord.admin.api.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Shows what was done, with all domains or one, the newest first.")
final class HistoryCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", arity = "0..1", paramLabel = "DOMAIN", description = "Of this domain only.")
    private String domain = "";

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "How many entries at most, 1 to 1000 (default: ${DEFAULT-VALUE}).")
    private int limit;

    HistoryCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        String path = domain.isEmpty() ? "/v1/events" : "/v1/domains/" + AdminClient.segment(domain) + "/history";
        String raw = root.client().get(path + "?limit=" + limit);
        if (root.json()) {
            console.raw(raw);
        } else {
            print(Json.read(raw, HistoryPage.class));
        }
        return Selectorctl.DONE;
    }

    private void print(HistoryPage page) {
        Table table = new Table("WHEN", "DOMAIN", "SELECTOR", "EVENT", "WHAT");
        for (HistoryLine line : page.entries()) {
            table.row(
                    Console.absolute(line.at()) + " (" + console.relative(line.at()) + ")",
                    line.domain(),
                    line.selector().orElse("-"),
                    line.event(),
                    line.text()
                            + line.askedBy().map(name -> ", asked by " + name).orElse(""));
        }
        if (table.isEmpty()) {
            console.line("Nothing was done yet.");
        } else {
            console.table(table);
        }
    }
}
