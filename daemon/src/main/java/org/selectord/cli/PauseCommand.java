package org.selectord.cli;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "pause",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Holds a domain: no new key, no flip by the calendar, no withdrawal, until `selectorctl resume DOMAIN`."
                        + " It goes on signing; a compromise does not wait.")
final class PauseCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for those who look later.")
    private String reason = "";

    PauseCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Ordering(root, console, Optional.empty())
                .place(domain, "pause", reason.isBlank() ? Map.of() : Map.of("reason", reason))
                .end();
    }
}
