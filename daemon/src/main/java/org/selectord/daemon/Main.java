package org.selectord.daemon;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.selectord.config.ConfigurationReader;
import org.selectord.config.Loaded;
import org.selectord.dnsupdate.ServerClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code selectord}. */
@Command(
        name = "selectord",
        description =
                "Keeps the DKIM keys of a mail installation young: generates, publishes, proves, flips, withdraws.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {Main.CheckConfigCommand.class, KeystoreCommand.class},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:stopped as asked", "1:did not start, or ended with an error", "2:usage"})
public final class Main implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = "/etc/selectord/selectord.yaml",
            description = "The configuration (default: ${DEFAULT-VALUE}).")
    private Path config = Path.of("/etc/selectord/selectord.yaml");

    public static void main(String[] arguments) {
        Thread.setDefaultUncaughtExceptionHandler(Main::endAtOnce);
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    /** A thread that ended by an error leaves its lane without one: better to end, be started again, and look at what was under way. */
    private static void endAtOnce(Thread thread, Throwable error) {
        LOG.error(
                "thread {} ended by an error nobody handles; selectord ends, to be started again",
                thread.getName(),
                error);
        Runtime.getRuntime().halt(1);
    }

    /** Runs in the foreground until SIGTERM or SIGINT. */
    @Override
    public Integer call() throws InterruptedException {
        ConfigurationReader reader = new ConfigurationReader(System.getenv(), Clock.systemUTC());
        Loaded loaded = reader.read(config);
        loaded.problems().forEach(problem -> LOG.warn("{}", problem));
        if (loaded.configuration().isEmpty()) {
            LOG.error(
                    "selectord does not start with {}: {} problems, each above with its line and column",
                    config,
                    loaded.problems().size());
            return 1;
        }
        try {
            Daemon daemon = new Daemon(reader, config, loaded.configuration().get());
            LOG.info(
                    "selectord {} is running with {}, domains: {}",
                    Version.text(),
                    config,
                    loaded.configuration().get().domains().size());
            serve(daemon);
            return 0;
        } catch (DaemonStartException e) {
            LOG.error("selectord did not start: {}", e.getMessage());
            LOG.debug("the whole story", e);
            return 1;
        }
    }

    private static void serve(Daemon daemon) throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        // handlers of our own, so that a stop that was asked for exits with 0 (the JVM's own would exit with 143)
        Signals.on("TERM", asked::countDown);
        Signals.on("INT", asked::countDown);
        Signals.on("HUP", daemon::reload);
        asked.await();
        LOG.info("asked to stop; steps under way end first");
        daemon.close();
        LOG.info("stopped");
    }

    /** {@code selectord check-config}. */
    @Command(
            name = "check-config",
            description =
                    "Reads a configuration, asks the primaries what its TSIG keys may write, logs in to its Vault, and prints every problem at"
                            + " once, with line and column. Changes nothing.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {"0:no error", "1:errors", "2:usage"})
    static final class CheckConfigCommand implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The configuration.")
        private Path file = Path.of("/etc/selectord/selectord.yaml");

        @Option(names = "--json", description = "Print JSON.")
        private boolean json;

        @Option(names = "--offline", description = "Ask no server.")
        private boolean offline;

        @Override
        public Integer call() {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            ConfigurationReader reader = new ConfigurationReader(System.getenv(), Clock.systemUTC());
            return new CheckConfig(
                            reader,
                            offline ? Optional.empty() : Optional.of(rights()),
                            offline ? Optional.empty() : Optional.of(AliasesCheck.overDns(new SecureRandom())),
                            out)
                    .run(file, json);
        }

        private static RightsCheck rights() {
            ServerClock unheard = (server, theirs, sentAt, receivedAt) -> {};
            return RightsCheck.overDns(Clock.systemUTC(), unheard, new SecureRandom());
        }
    }

    /** The version of this build, from the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        static String text() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "(not packaged)" : version;
        }

        @Override
        public String[] getVersion() {
            return List.of("selectord " + text()).toArray(new String[0]);
        }
    }
}
