package org.selectord.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "remove",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Takes a domain out: its signers are told to sign nothing for it, its records go after their grace, then its"
                    + " private keys. The order is done when nothing of it is left; then take it out of the configuration.",
            "Until then `selectorctl resume DOMAIN` takes it back."
        })
final class DomainRemoveCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    @Mixin
    private WaitOption waiting = new WaitOption();

    DomainRemoveCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Ordering(root, console, waiting.patience())
                .place(domain, "remove", Map.of())
                .end();
    }
}
