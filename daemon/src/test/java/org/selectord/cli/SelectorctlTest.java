package org.selectord.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.selectord.admin.Samples.EXAMPLE;
import static org.selectord.admin.Samples.NOW;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.admin.RunningAdmin;
import org.selectord.admin.Samples;
import org.selectord.admin.api.Json;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Order;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;

/** The commands, in process, against a real admin server. */
class SelectorctlTest {
    private static final SigningDomain HALTED = SigningDomain.of("halted.example.org");

    @TempDir
    Path directory;

    RunningAdmin admin;
    Map<String, String> environment = new HashMap<>();
    InstantSource clock = InstantSource.fixed(NOW);

    @BeforeEach
    void start() throws Exception {
        admin = new RunningAdmin(directory);
        admin.registry.with(Samples.signing(EXAMPLE)).with(Samples.halted(HALTED));
        environment.put("SELECTORD_ADMIN", admin.url());
        environment.put("SELECTORD_TOKEN_FILE", tokenFile("root", RunningAdmin.ADMIN));
    }

    @AfterEach
    void stop() {
        admin.close();
    }

    private String tokenFile(String name, String token) throws Exception {
        Path file = directory.resolve(name + ".token");
        Files.writeString(file, token + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    /** One command, its exit code and what it printed. */
    private final class Run {
        final StringWriter out = new StringWriter();
        final StringWriter err = new StringWriter();
        private volatile Optional<Integer> code = Optional.empty();

        int of(String... args) {
            int exit = Selectorctl.run(args, environment, new PrintWriter(out), new PrintWriter(err), clock);
            code = Optional.of(exit);
            return exit;
        }

        Run inTheBackground(String... args) {
            Thread thread = new Thread(() -> of(args));
            thread.setDaemon(true);
            thread.start();
            return this;
        }

        Run says(String text) {
            await().untilAsserted(() -> assertThat(out.toString()).contains(text));
            return this;
        }

        int code() {
            return await().until(() -> code, Optional::isPresent).orElseThrow();
        }

        List<String> lines() {
            return out.toString().lines().toList();
        }
    }

    // ---- looking

    @Test
    void statusIsATableOfAllDomainsWithRelativeAndAbsoluteTimes() {
        admin.registry.with(ManagedDomain.enrolled(SigningDomain.of("new.example.org")));
        Run run = new Run();
        assertThat(run.of("status")).isZero();
        List<String> lines = run.lines();
        assertThat(lines.get(0)).startsWith("DOMAIN ").contains("STATE", "SIGNS WITH", "FOR", "NEXT", "DUE");
        assertThat(lines.get(1)).startsWith("example.org ").contains("signing", "s1", "89 d", "2026-11-21");
        assertThat(lines.get(2)).startsWith("halted.example.org ").contains("halted");
        assertThat(lines.get(3))
                .startsWith("new.example.org ")
                .contains("waiting", "GENERATE", "now (2026-11-21 12:00:00 UTC)");
        assertThat(lines.get(0).indexOf("STATE"))
                .isEqualTo(lines.get(1).indexOf("signing"))
                .isEqualTo(lines.get(2).indexOf("halted "))
                .isEqualTo(lines.get(3).indexOf("waiting"));
        assertThat(run.out.toString()).contains("flip_proven_bad", "selectorctl retry halted.example.org");
        assertThat(run.err.toString()).isEmpty();
    }

    @Test
    void statusOfOneDomainShowsItsKeysAndWhatIsNext() {
        Run run = new Run();
        assertThat(run.of("status", "Example.ORG")).isZero();
        assertThat(run.out.toString())
                .contains("example.org: signing", "signs with s1 (rsa-2048) since 89 d ago (2026-08-24 12:00:00 UTC)")
                .contains("PUBLISHED", "next: ", "waits: ASK_SIGNER at signer opendkim, tried 3 times");
    }

    @Test
    void statusAndExplainWarnOfAShortKeyThatSigns() {
        SigningDomain old = SigningDomain.of("old.example.org");
        admin.registry.with(Samples.signingWithAShortKey(old));
        String warning =
                "rsa-1024 is short, RFC 8301 asks for 2048 bits; `selectorctl rotate now old.example.org` replaces it";

        Run all = new Run();
        Run one = new Run();
        Run explain = new Run();
        all.of("status");
        one.of("status", "old.example.org");
        explain.of("explain", "old.example.org");

        assertThat(all.lines()).contains("old.example.org: s1: " + warning);
        assertThat(all.out.toString()).doesNotContain("\nexample.org: s1: rsa");
        assertThat(one.out.toString()).contains("signs with s1 (rsa-1024)", "old.example.org: s1: " + warning);
        assertThat(explain.lines())
                .contains("key s1 (rsa-1024): ACTIVE since 24 h ago (2026-11-20 12:00:00 UTC)", "  " + warning);
    }

    @Test
    void statusOfNothingSaysWhatToDo() throws Exception {
        try (RunningAdmin empty = new RunningAdmin(directory)) {
            Run run = new Run();
            assertThat(run.of("status", "--admin", empty.url())).isZero();
            assertThat(run.out.toString()).contains("name one in the configuration");
        }
    }

    @Test
    void statusShowsAnUnlistedDomainAndADoubtfulClock() {
        admin.unlisted.add(EXAMPLE);
        admin.doubt = () -> Optional.of("our clock has jumped");
        Run run = new Run();
        run.of("status");
        assertThat(run.out.toString())
                .contains(
                        "unlisted",
                        "goes on signing and is not rotated",
                        "The clock is not trusted: our clock has jumped");
    }

    @Test
    void statusFetchesEveryPage() {
        for (int i = 0; i < 1100; i++) {
            admin.registry.with(ManagedDomain.enrolled(SigningDomain.of("d" + i + ".example.org")));
        }
        Run table = new Run();
        table.of("status");
        assertThat(table.lines()).filteredOn(line -> line.contains("waiting")).hasSize(1100);
        Run json = new Run();
        json.of("status", "--json");
        JsonNode list = Json.tree(json.out.toString());
        assertThat(list.get("domains").size()).isEqualTo(1102);
        assertThat(list.has("next")).isFalse();
    }

    @Test
    void explainNamesServersSignersStepsAndReasons() {
        Run run = new Run();
        assertThat(run.of("explain", "example.org")).isZero();
        assertThat(run.out.toString())
                .contains("zone example.org., negative TTL 300 s")
                .contains("SILENT", "ns2.example.org. 192.0.2.2:53", "USING", "steps:")
                .contains("does not show it since");
    }

    @Test
    void explainSaysWhatIsWrongWithTheRightsOfTheTsigKey() {
        admin.rights.put(SigningDomain.of("example.org"), List.of("dns.main: ns1 refuses: grant k;"));
        Run run = new Run();
        run.of("explain", "example.org");
        assertThat(run.out.toString()).contains("\n  dns.main: ns1 refuses: grant k;\n");
    }

    @Test
    void aTerminalIsShownNoControlCharacters() {
        Run run = new Run();
        run.of("explain", "example.org");
        assertThat(run.out.toString()).contains("no answer in 3 s ?[31m").doesNotContain("\u001b");
    }

    @Test
    void explainOfAHaltedDomainSaysWhatToDo() {
        Run run = new Run();
        run.of("explain", "halted.example.org");
        assertThat(run.out.toString()).contains("rsa halted 2 h ago", "`selectorctl retry halted.example.org`");
    }

    @Test
    void historyIsOfAllOrOfOne() {
        admin.registry
                .with(Samples.event(EXAMPLE, NOW.minusSeconds(90), "READY", "from PUBLISHED"))
                .with(Samples.event(HALTED, NOW.minusSeconds(30), "ACTIVE", "from READY"));
        Run all = new Run();
        assertThat(all.of("history")).isZero();
        assertThat(all.lines()).hasSize(5);
        assertThat(all.lines().get(1))
                .startsWith("2026-11-21 11:59:30 UTC (30 s ago)")
                .contains("ACTIVE");
        Run one = new Run();
        one.of("history", "example.org");
        assertThat(one.lines()).hasSize(3);
        Run limited = new Run();
        limited.of("history", "--limit", "1");
        assertThat(limited.lines()).hasSize(3);
        assertThat(new Run().of("history", "--limit", "0")).isOne();
    }

    @Test
    void historyShowsTheEvidenceBelowWhatWasDone() {
        admin.registry.with(Samples.event(EXAMPLE, NOW.minusSeconds(90), "READY", "from PUBLISHED"));
        Run run = new Run();
        run.of("history");
        assertThat(run.lines().get(2)).matches(" +seen");
    }

    @Test
    void aHistoryThatHoldsIsSaidInOneLine() {
        Run run = new Run();
        assertThat(run.of("history", "--verify")).isZero();
        assertThat(run.lines())
                .containsExactly("The chain holds: 12 rows of 2 domains, 1 hourly rows, head " + "ab".repeat(32)
                        + ", 3 rows since");
    }

    @Test
    void aBrokenHistoryIsAFailureThatNamesTheRow() {
        admin.registry.with(Samples.alteredRow());
        Run run = new Run();
        assertThat(run.of("history", "--verify")).isOne();
        assertThat(run.lines())
                .containsExactly(
                        "The chain is broken: row 3 of example.org (history row 5) was altered: its hash is not"
                                + " that of its columns.");
        Run json = new Run();
        assertThat(json.of("history", "--verify", "--json")).isOne();
        assertThat(json.out.toString()).contains("\"holds\":false", "\"kind\":\"ALTERED\"");
    }

    @Test
    void theHistoryOfOneDomainAloneIsNotVerified() {
        Run run = new Run();
        assertThat(run.of("history", "example.org", "--verify")).isEqualTo(2);
        assertThat(run.err.toString()).contains("leave out example.org");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "status example.org",
                "explain example.org",
                "history",
                "history example.org",
                "history --verify",
                "rotate now example.org",
                "retry halted.example.org",
                "reload"
            })
    void jsonIsWhatTheAdminPortAnswered(String command) {
        List<String> args = new ArrayList<>(List.of(command.split(" ")));
        args.add("--json");
        Run run = new Run();
        assertThat(run.of(args.toArray(String[]::new))).isZero();
        assertThat(run.lines()).hasSize(1);
        assertThat(Json.tree(run.out.toString()).isObject()).isTrue();
    }

    // ---- orders

    @Test
    void rotateNowPrintsTheNumberAndAskingAgainTheSame() {
        Run first = new Run();
        Run second = new Run();
        assertThat(first.of("rotate", "now", "example.org")).isZero();
        assertThat(second.of("rotate", "now", "example.org")).isZero();
        assertThat(first.out.toString()).startsWith("example.org: order 1, asked by root");
        assertThat(second.out.toString()).startsWith("example.org: order 1,");
    }

    @Test
    void rotateNowTakesSeveralDomainsOrAllThatAreListed() {
        Run both = new Run();
        assertThat(both.of("rotate", "now", "example.org", "halted.example.org"))
                .isZero();
        assertThat(both.lines()).hasSize(2);
        admin.unlisted.add(HALTED);
        Run all = new Run();
        assertThat(all.of("rotate", "now", "--all")).isZero();
        assertThat(all.lines()).singleElement().asString().startsWith("example.org: ");
    }

    @Test
    void waitShowsEachChangeAndEndsWithTheOrder() {
        clock = InstantSource.system();
        Run run = new Run().inTheBackground("rotate", "now", "--wait", "example.org");
        run.says("example.org: order 1").says("s2 PUBLISHED: ASK_SERVERS");
        admin.registry.with(Samples.publishing(EXAMPLE));
        run.says("PUBLISH at zone example.org. at main is under way");
        admin.registry.with(closed(1, Order.Result.DONE, "s2 signs since then"));
        assertThat(run.code()).isZero();
        assertThat(run.out.toString()).contains("order 1 DONE: s2 signs since then");
        assertThat(run.lines()).doesNotHaveDuplicates();
    }

    private static Order closed(long number, Order.Result result, String why) {
        return Samples.closed(number, EXAMPLE, result, why);
    }

    @Test
    void waitSaysWhichStatesWereReached() {
        clock = InstantSource.system();
        Run run = new Run().inTheBackground("rotate", "now", "example.org", "--wait");
        run.says("order 1");
        ManagedDomain now = admin.registry.find(EXAMPLE).orElseThrow();
        admin.registry.with(new ManagedDomain(
                EXAMPLE,
                List.of(Samples.key(
                        EXAMPLE, 3, Samples.upTo(org.selectord.rotation.KeyState.READY, NOW.plusSeconds(7200 + 5)))),
                now.orders(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                9));
        run.says("12:00:05 example.org: s3 is GENERATED")
                .says("13:00:05 example.org: s3 is PUBLISHED")
                .says("14:00:05 example.org: s3 is READY");
        admin.registry.with(closed(1, Order.Result.DONE, "done"));
        assertThat(run.code()).isZero();
    }

    @Test
    void waitEndsWithOneWhenTheOrderFailed() {
        clock = InstantSource.system();
        Run run = new Run().inTheBackground("rotate", "now", "--wait=1h", "example.org");
        run.says("order 1");
        admin.registry.with(closed(1, Order.Result.FAILED, "the key was given up"));
        assertThat(run.code()).isOne();
        assertThat(run.out.toString()).contains("FAILED: the key was given up");
    }

    @Test
    void waitEndsWithOneAndTheReasonWhenTheChainIsHalted() {
        clock = InstantSource.system();
        Run run = new Run();
        assertThat(run.of("rotate", "now", "--wait", "halted.example.org")).isOne();
        assertThat(run.out.toString())
                .contains("flip_proven_bad", "opendkim signed with s2 and it does not verify", "selectorctl retry")
                .contains("order 1 stays open");
    }

    @Test
    void waitEndsWithThreeWhenItsTimeIsOver() {
        clock = InstantSource.system();
        Run run = new Run();
        assertThat(run.of("rotate", "now", "--wait=1s", "example.org")).isEqualTo(3);
        assertThat(run.out.toString()).contains("still open and goes on", "selectorctl explain example.org");
    }

    @Test
    void waitOutlastsADaemonThatIsAwayForAWhile() {
        clock = InstantSource.system();
        Run run = new Run().inTheBackground("rotate", "now", "--wait", "example.org");
        run.says("s2 PUBLISHED");
        admin.registry.breaks("restarting");
        run.says("no answer for now, still trying");
        admin.registry.mends();
        admin.registry.with(closed(1, Order.Result.DONE, "done"));
        assertThat(run.code()).isZero();
    }

    @Test
    void waitWithJsonPrintsTheClosedOrder() {
        admin.registry.with(Samples.signing(EXAMPLE));
        clock = InstantSource.system();
        Run run = new Run().inTheBackground("rotate", "now", "--json", "--wait", "example.org");
        await().until(() -> admin.wakes == 1);
        admin.registry.with(closed(1, Order.Result.DONE, "done"));
        assertThat(run.code()).isZero();
        assertThat(Json.tree(run.out.toString()).get("result").asString()).isEqualTo("DONE");
    }

    @Test
    void retryClearsTheHalt() {
        Run run = new Run();
        assertThat(run.of("retry", "halted.example.org")).isZero();
        assertThat(run.out.toString()).contains("every wait and halt was cleared");
        assertThat(admin.registry.find(HALTED).orElseThrow().halts()).isEmpty();
    }

    @Test
    void reloadSaysEveryProblemAndEndsWithOne() {
        assertThat(new Run().of("reload")).isZero();
        assertThat(admin.reloads).isOne();
        admin.reloadProblems.add("selectord.yaml:3:7: one");
        admin.reloadProblems.add("selectord.yaml:9:1: two");
        Run run = new Run();
        assertThat(run.of("reload")).isOne();
        assertThat(run.err.toString())
                .contains("selectord.yaml:3:7: one", "selectord.yaml:9:1: two", "nothing was changed");
    }

    // ---- refusals

    @Test
    void whatTheDaemonRefusesEndsWithOneAndWhatToDo() {
        Run unknown = new Run();
        assertThat(unknown.of("status", "unknown.example.org")).isOne();
        assertThat(unknown.err.toString()).contains("unknown domain (404)", "`selectorctl status` lists");
        assertThat(unknown.out.toString()).isEmpty();
        Run bad = new Run();
        assertThat(bad.of("rotate", "now", "no/such/../domain")).isOne();
        assertThat(admin.wakes).isZero();
    }

    @Test
    void aRefusalInJsonIsTheProblemDocument() {
        Run run = new Run();
        assertThat(run.of("explain", "unknown.example.org", "--json")).isOne();
        assertThat(Json.tree(run.out.toString()).get("status").asInt()).isEqualTo(404);
    }

    @Test
    void aTokenThatIsNotEnoughEndsWithOne() throws Exception {
        Run low = new Run();
        assertThat(low.of("rotate", "now", "example.org", "--token-file", tokenFile("r", RunningAdmin.READ)))
                .isOne();
        assertThat(low.err.toString()).contains("role too low (403)");
        Run wrong = new Run();
        assertThat(wrong.of("status", "--token-file", tokenFile("w", "wrong"))).isOne();
        assertThat(wrong.err.toString()).contains("no valid token (401)").doesNotContain("wrong\n");
    }

    @Test
    void aTokenFileThatIsMissingOrOpenToAllOrNoTokenIsSaid() throws Exception {
        Run missing = new Run();
        assertThat(missing.of("status", "--token-file", directory + "/none")).isOne();
        assertThat(missing.err.toString()).contains("is not there", "--token-file");
        String open = tokenFile("open", RunningAdmin.ADMIN);
        Files.setPosixFilePermissions(Path.of(open), PosixFilePermissions.fromString("rw-r--r--"));
        Run wide = new Run();
        assertThat(wide.of("status", "--token-file", open)).isOne();
        assertThat(wide.err.toString()).contains("open to everybody", "chmod 0600");
        Run two = new Run();
        assertThat(two.of("status", "--token-file", tokenFile("two", "a\nb"))).isOne();
        assertThat(two.err.toString()).contains("does not hold one token");
    }

    @Test
    void aDaemonThatDoesNotAnswerIsSaidWithWhereAndWhatToLookAt() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Run run = new Run();
        assertThat(run.of("status", "--admin", "http://127.0.0.1:" + port)).isOne();
        assertThat(run.err.toString())
                .contains(
                        "GET http://127.0.0.1:" + port + "/v1/domains",
                        "Connection refused",
                        "systemctl status selectord");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1", "nonsense", "http://192.0.2.1:8953"})
    void anAdminUrlThatCannotBeTrustedWithATokenIsRefused(String url) {
        Run run = new Run();
        assertThat(run.of("status", "--admin", url)).isOne();
        assertThat(run.err.toString()).contains(url, "http://127.0.0.1:8953");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "rotate",
                "rotate now",
                "rotate now --all example.org",
                "rotate now --wait=soon example.org",
                "rotate now --wait",
                "rotate now --scope store example.org",
                "rotate now --selector s1 example.org",
                "rotate now --compromised --selector s1 --all",
                "rotate now --compromised --selector s1 a.org b.org",
                "rotate now --compromised --scope all example.org",
                "rollback",
                "pause",
                "waive example.org --for 48h --reason x",
                "waive example.org --signer a --server b --for 48h --reason x",
                "waive example.org --signer a --for long --reason x",
                "waive example.org --signer a --for 48h",
                "domain",
                "domain adopt example.org",
                "domain adopt example.org mail --key /nonexistent/key.pem",
                "domain remove",
                "clock",
                "breaker",
                "plan --for soon",
                "plan a.org b.org",
                "retry",
                "explain",
                "explain a.org b.org",
                "history --limit many",
                "check-config",
                "frobnicate",
                "status --no-such-option"
            })
    void wrongUsageEndsWithTwoAndSaysHow(String command) {
        Run run = new Run();
        assertThat(run.of(command.isEmpty() ? new String[0] : command.split(" ")))
                .isEqualTo(2);
        assertThat(run.err.toString()).contains("Try `selectorctl").contains(" --help`");
        assertThat(admin.wakes).isZero();
    }

    // ---- help

    @Test
    void everyCommandOptionAndParameterIsExplained() {
        CommandLine root = Selectorctl.commandLine(
                environment, new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()), clock);
        List<String> seen = new ArrayList<>();
        explained(root.getCommandSpec(), seen);
        assertThat(seen)
                .contains(
                        "selectorctl",
                        "selectorctl status",
                        "selectorctl rotate",
                        "selectorctl rotate now",
                        "selectorctl rollback",
                        "selectorctl pause",
                        "selectorctl resume",
                        "selectorctl retry",
                        "selectorctl waive",
                        "selectorctl domain adopt",
                        "selectorctl domain remove",
                        "selectorctl plan",
                        "selectorctl breaker status",
                        "selectorctl breaker reset",
                        "selectorctl clock status",
                        "selectorctl clock trust",
                        "selectorctl explain",
                        "selectorctl history",
                        "selectorctl reload",
                        "selectorctl check-config",
                        "selectorctl generate-completion");
    }

    private void explained(CommandSpec command, List<String> seen) {
        String name = command.qualifiedName();
        seen.add(name);
        assertThat(command.usageMessage().description()).as(name).isNotEmpty();
        command.args()
                .forEach(arg ->
                        assertThat(arg.description()).as(name + " " + arg).isNotEmpty());
        command.subcommands().values().forEach(sub -> explained(sub.getCommandSpec(), seen));
        List<String> help = new ArrayList<>(List.of(name.split(" ")).subList(1, name.split(" ").length));
        if (!name.endsWith(" help")) {
            help.add("--help");
            Run run = new Run();
            assertThat(run.of(help.toArray(String[]::new))).as(name).isZero();
            assertThat(run.out.toString()).contains("Usage: " + name);
        }
    }

    @Test
    void theHelpNamesTheExitCodesAndTheEnvironment() {
        Run run = new Run();
        run.of("--help");
        assertThat(run.out.toString())
                .contains("Exit codes", "still waiting", "SELECTORD_ADMIN", "SELECTORD_TOKEN_FILE");
    }

    @Test
    void theVersionIsSaid() {
        Run run = new Run();
        assertThat(run.of("--version")).isZero();
        assertThat(run.out.toString()).startsWith("selectorctl ");
    }

    @Test
    void completionForShellsIsGenerated() {
        Run run = new Run();
        assertThat(run.of("generate-completion")).isZero();
        assertThat(run.out.toString()).contains("complete -F", "rotate", "check-config");
    }
}
