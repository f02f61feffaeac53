package org.selectord.cli;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "waive",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Goes on without a server that cannot be proven, or a signer that does not answer, for so long.",
            "Mail may fail verification where that server is asked, or where that signer goes on with the old key: that is"
                    + " yours to know. It is written down with the reason and who asked."
        })
final class WaiveCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Whom whom = new Whom();

    @Option(
            names = "--for",
            required = true,
            paramLabel = "DURATION",
            converter = Length.class,
            description = "How long, as in 48h or 7d.")
    private Duration length = Duration.ZERO;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why.")
    private String reason = "";

    private static final class Whom {
        @Option(
                names = "--server",
                paramLabel = "NAME",
                description = "A server: its host name, or its address and port, as `selectorctl explain` shows it.")
        private String server = "";

        @Option(names = "--signer", paramLabel = "NAME", description = "A signer: its name in the configuration.")
        private String signer = "";
    }

    static final class Length implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String written) {
            try {
                return Spans.parse(written);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    WaiveCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> body = Map.of(
                whom.server.isEmpty() ? "signer" : "server",
                whom.server.isEmpty() ? whom.signer : whom.server,
                "for",
                length.toString(),
                "reason",
                reason);
        return new Ordering(root, console, Optional.empty())
                .place(domain, "waive", body)
                .end();
    }
}
