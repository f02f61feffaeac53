package org.selectord.cli;

import java.util.concurrent.Callable;
import org.selectord.admin.api.HistoryLine;
import org.selectord.admin.api.HistoryPage;
import org.selectord.admin.api.HistoryVerdict;
import org.selectord.admin.api.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "history",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Shows what was done, with all domains or one, the newest first, with the evidence and who asked.")
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

    @Option(
            names = "--verify",
            description =
                    "Reads the whole history of all domains again, each row against its hash, and names the first row"
                            + " that does not fit (then the exit code is 1).")
    private boolean verify;

    @Spec
    private CommandSpec spec = CommandSpec.create(); // replaced before it is asked

    HistoryCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        return verify ? verified() : shown();
    }

    private int verified() {
        if (!domain.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "--verify reads the history of all domains: leave out " + domain);
        }
        String raw = root.client().getPatiently("/v1/history/verify");
        HistoryVerdict verdict = Json.read(raw, HistoryVerdict.class);
        if (root.json()) {
            console.raw(raw);
        } else {
            console.line(said(verdict));
        }
        return verdict.holds() ? Selectorctl.DONE : Selectorctl.FAILED;
    }

    private static String said(HistoryVerdict verdict) {
        return verdict.broken()
                .map(broken -> "The chain is broken: " + broken.text() + ".")
                .orElseGet(() -> "The chain holds: " + verdict.rows() + " rows of " + verdict.domains() + " domains, "
                        + verdict.hourlyRows() + " hourly rows, head "
                        + verdict.head()
                                .map(hash -> hash + ", " + verdict.rowsSince() + " rows since")
                                .orElse("none yet"));
    }

    private int shown() {
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
                    line.domain().orElse("-"),
                    line.selector().orElse("-"),
                    line.event(),
                    line.text()
                            + line.askedBy().map(name -> ", asked by " + name).orElse(""));
            line.evidence().forEach(fact -> table.row("", "", "", "", "  " + fact));
        }
        if (table.isEmpty()) {
            console.line("Nothing was done yet.");
        } else {
            console.table(table);
        }
    }
}
