package org.selectord.cli;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "resume",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Ends a pause, the hold after a rollback (its key's signing period starts anew), or a removal that is not"
                        + " over. A rollback that is not over is given up: the signers are told the ACTIVE key again.")
final class ResumeCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    ResumeCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Ordering(root, console, Optional.empty())
                .place(domain, "resume", Map.of())
                .end();
    }
}
