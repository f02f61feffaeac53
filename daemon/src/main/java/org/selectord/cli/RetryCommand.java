package org.selectord.cli;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Clears every wait and halt of a domain, so that what stands still is tried again at once.")
final class RetryCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    RetryCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Ordering(root, console, Optional.empty())
                .place(domain, "retry", Map.of())
                .end();
    }
}
