package org.selectord.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.selectord.admin.api.Explanation;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.KeyEvidence;
import org.selectord.admin.api.PlannedStep;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Shows why a domain is where it is: which server, which timer, which signer it waits for, and every step to come.")
final class ExplainCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    ExplainCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() {
        String raw = root.client().get("/v1/domains/" + AdminClient.segment(domain) + "/explain");
        if (root.json()) {
            console.raw(raw);
        } else {
            print(Json.read(raw, Explanation.class));
        }
        return Selectorctl.DONE;
    }

    private void print(Explanation explanation) {
        console.line(explanation.domain() + ": " + explanation.state());
        if (!explanation.listed()) {
            console.line("  the configuration does not name it; it goes on signing and is not rotated");
        }
        Remarks.clock(explanation.clock()).ifPresent(remark -> console.line("  " + remark));
        explanation.hold().ifPresent(hold -> console.line("  " + Remarks.hold(console, hold)));
        explanation.waivers().forEach(waiver -> console.line("  " + Remarks.waiver(console, waiver)));
        explanation
                .halts()
                .forEach(halt -> console.line("  " + halt.chain() + " halted " + console.when(halt.since()) + ": "
                        + halt.reason() + ": " + halt.found() + "; " + halt.remedy()));
        explanation
                .zone()
                .ifPresent(zone -> console.line("  zone " + zone.apex() + ", negative TTL " + zone.negativeTtlSeconds()
                        + " s, found " + console.when(zone.locatedAt())));
        explanation.rights().forEach(wrong -> console.line("  " + wrong));
        explanation.keys().forEach(this::print);
        explanation
                .orders()
                .forEach(order -> console.line("order " + order.number() + " (" + order.kind() + ") by "
                        + order.askedBy() + ", " + console.when(order.askedAt())));
        explanation
                .intents()
                .forEach(intent -> console.line("under way: " + intent.step() + " at " + intent.target() + " since "
                        + console.when(intent.recordedAt()) + "; looked at " + console.when(intent.lookAt())));
        explanation
                .waits()
                .forEach(wait ->
                        console.line("waits: " + wait.step() + " at " + wait.target() + ", tried " + wait.attempts()
                                + " times, again " + console.when(wait.retryAt()) + ": " + wait.waitingFor()));
        console.line(explanation.steps().isEmpty() ? "nothing is due without a person" : "steps:");
        explanation.steps().forEach(this::print);
    }

    private void print(KeyEvidence key) {
        console.line("key " + key.selector() + " (" + key.algorithm() + "): " + key.state() + " since "
                + console.when(key.since()));
        console.line("  record at " + key.ownerName() + ", private half " + key.privateHalf());
        key.warning().ifPresent(warning -> console.line("  " + warning));
        key.compromise().ifPresent(known -> console.line("  " + Remarks.compromise(console, known)));
        key.lastSignature().ifPresent(at -> console.line("  last possible signature " + console.when(at)));
        key.mayLandUntil().ifPresent(at -> console.line("  an unanswered update may land until " + console.when(at)));
        key.serversProblem().ifPresent(problem -> console.line("  servers: " + problem));
        Table servers = new Table("  SERVER", "SAYS", "SINCE", "IN A ROW", "LAST ANSWER");
        key.servers()
                .forEach(server -> servers.row(
                        "  " + server.server(),
                        server.verdict(),
                        console.when(server.since()),
                        Integer.toString(server.streak()),
                        server.cameBack()));
        Table signers = new Table("  SIGNER", "USE", "SINCE", "SEEN", "DRAINS");
        key.signers()
                .forEach(signer -> signers.row(
                        "  " + signer.signer(),
                        signer.use(),
                        console.when(signer.since()),
                        console.relative(signer.seenAt()),
                        Spans.length(Duration.ofSeconds(signer.drainSeconds()))));
        printUnlessEmpty(servers);
        printUnlessEmpty(signers);
    }

    private void printUnlessEmpty(Table table) {
        if (!table.isEmpty()) {
            console.table(table);
        }
    }

    private void print(PlannedStep step) {
        console.line("  " + console.when(step.due()) + ": " + step.step()
                + step.selector().map(selector -> " " + selector).orElse("") + " at " + step.target());
        step.because().forEach(because -> console.line("      " + because));
    }
}
