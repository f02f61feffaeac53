package org.selectord.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of the daemon's operator. It talks to the admin port and decides nothing. */
@Command(
        name = "selectorctl",
        description = "Looks after selectord: where each domain stands, what will be done and why, and orders.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpAutoWidth = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:refused or failed; with --wait also when a chain is halted",
            "2:wrong usage",
            "3:still waiting when the time of --wait=DURATION was over"
        },
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  SELECTORD_ADMIN        URL of the admin port, where --admin is not given",
            "  SELECTORD_TOKEN_FILE   file with the token, where --token-file is not given"
        })
public final class Selectorctl {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int STILL_WAITING = 3;

    private static final String DEFAULT_ADMIN = "http://127.0.0.1:8953";
    private static final String DEFAULT_TOKEN_FILE = "/etc/selectord/selectorctl.token";

    @Option(
            names = "--admin",
            scope = ScopeType.INHERIT,
            paramLabel = "URL",
            description = "The daemon's admin port (default: " + DEFAULT_ADMIN + ").")
    private String admin = "";

    @Option(
            names = "--token-file",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "A file with the token, and only that (default: " + DEFAULT_TOKEN_FILE + ").")
    private String tokenFile = "";

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print what the admin port answers, as it is.")
    private boolean json;

    private final Map<String, String> environment;

    private Selectorctl(Map<String, String> environment) {
        this.environment = environment;
    }

    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, UTF_8);
        System.exit(run(args, System.getenv(), out, err, InstantSource.system()));
    }

    /** Runs one command line, in process; returns the exit code. */
    static int run(
            String[] args, Map<String, String> environment, PrintWriter out, PrintWriter err, InstantSource clock) {
        int code = commandLine(environment, out, err, clock).execute(args);
        out.flush();
        err.flush();
        return code;
    }

    static CommandLine commandLine(
            Map<String, String> environment, PrintWriter out, PrintWriter err, InstantSource clock) {
        Selectorctl root = new Selectorctl(environment);
        Console console = new Console(out, clock);
        return new CommandLine(root)
                .addSubcommand(new StatusCommand(root, console))
                .addSubcommand(new CommandLine(new RotateCommand()).addSubcommand(new RotateNowCommand(root, console)))
                .addSubcommand(new RollbackCommand(root, console))
                .addSubcommand(new PauseCommand(root, console))
                .addSubcommand(new ResumeCommand(root, console))
                .addSubcommand(new RetryCommand(root, console))
                .addSubcommand(new WaiveCommand(root, console))
                .addSubcommand(new ExplainCommand(root, console))
                .addSubcommand(new PlanCommand(root, console))
                .addSubcommand(new HistoryCommand(root, console))
                .addSubcommand(new CommandLine(new DomainCommand())
                        .addSubcommand(new DomainAdoptCommand(root, console))
                        .addSubcommand(new DomainRemoveCommand(root, console)))
                .addSubcommand(new CommandLine(new BreakerCommand())
                        .addSubcommand(new BreakerStatusCommand(root, console))
                        .addSubcommand(new BreakerResetCommand(root, console)))
                .addSubcommand(new CommandLine(new ClockCommand())
                        .addSubcommand(new ClockStatusCommand(root, console))
                        .addSubcommand(new ClockTrustCommand(root, console)))
                .addSubcommand(new CommandLine(new KeystoreCommand())
                        .addSubcommand(new KeystoreRekeyCommand())
                        .addSubcommand(new KeystoreMoveCommand()))
                .addSubcommand(new ReloadCommand(root, console))
                .addSubcommand(new CheckConfigCommand(root))
                .addSubcommand(new AutoComplete.GenerateCompletion())
                .addSubcommand(new HelpCommand())
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, args) -> wrongUsage(e))
                .setExecutionExceptionHandler((e, command, parsed) -> root.failed(e, out, err));
    }

    private static int wrongUsage(ParameterException e) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("selectorctl: " + e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, err);
        err.println("  Try `" + command.getCommandSpec().qualifiedName() + " --help`.");
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    private int failed(Exception e, PrintWriter out, PrintWriter err) throws Exception {
        if (!(e instanceof CommandFailedException failure)) {
            throw e;
        }
        if (json) {
            failure.raw().ifPresent(out::println);
        }
        failure.lines().forEach(line -> err.println(Console.printable(line)));
        return FAILED;
    }

    boolean json() {
        return json;
    }

    AdminClient client() {
        String url = chosen(admin, "SELECTORD_ADMIN", DEFAULT_ADMIN);
        return new AdminClient(url, new TokenFile(chosen(tokenFile, "SELECTORD_TOKEN_FILE", DEFAULT_TOKEN_FILE)));
    }

    private String chosen(String option, String variable, String fallback) {
        return Optional.of(option)
                .filter(given -> !given.isEmpty())
                .or(() -> Optional.ofNullable(environment.get(variable)).filter(given -> !given.isEmpty()))
                .orElse(fallback);
    }
}
