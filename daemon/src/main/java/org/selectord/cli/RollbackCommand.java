package org.selectord.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rollback",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Goes back to the key that signed before, or out of a flip that is under way.",
            "That key's private half must still be there (rollback_period), and it must not be compromised. Its record is"
                    + " proven again first. The domain is paused until `selectorctl resume DOMAIN`, which also gives up a"
                    + " rollback that cannot end."
        })
final class RollbackCommand implements Callable<Integer> {
    private final Selectorctl root;
    private final Console console;

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The domain.")
    private String domain = "";

    @Option(
            names = "--chain",
            paramLabel = "TYPE",
            description = "Of a domain with several kinds of key, the one to go back in: rsa or ed25519.")
    private String chain = "";

    @Mixin
    private WaitOption waiting = new WaitOption();

    RollbackCommand(Selectorctl root, Console console) {
        this.root = root;
        this.console = console;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Ordering(root, console, waiting.patience())
                .place(domain, "rollback", chain.isEmpty() ? Map.of() : Map.of("chain", chain))
                .end();
    }
}
