package org.selectord.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Needs a stopped daemon: the work is done in the daemon's own code, which this starts as a program of its own. */
@Command(
        name = "rekey",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Encrypts every private key anew, under another passphrase. Each file is readable under the old or the new one at every"
                    + " moment; run it again if it was cut off.",
            "Afterwards put the new passphrase to where keystore.passphrase says it is, and start the daemon."
        })
final class KeystoreRekeyCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "The configuration of the daemon, which must be stopped.")
    private String file = "";

    @Option(
            names = "--new-passphrase-file",
            required = true,
            paramLabel = "FILE",
            description = "A file with the new passphrase, and only that, 0600.")
    private String next = "";

    @Override
    public Integer call() throws IOException, InterruptedException {
        return LocalProgram.run(List.of("keystore", "rekey", file, "--new-passphrase-file", next));
    }
}
