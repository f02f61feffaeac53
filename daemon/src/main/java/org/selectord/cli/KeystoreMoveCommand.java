package org.selectord.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** As {@link KeystoreRekeyCommand}. */
@Command(
        name = "move",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Moves every private key to the keystore of another configuration file. Nothing leaves the old keystore before every key"
                    + " has been read back from the new one; run it again if it was cut off.",
            "Afterwards put the other file in the place of the first one, and start the daemon."
        })
final class KeystoreMoveCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "The configuration of the daemon, which must be stopped.")
    private String file = "";

    @Option(
            names = "--to",
            required = true,
            paramLabel = "FILE",
            description = "A copy of it whose keystore section says where the keys shall be.")
    private String to = "";

    @Override
    public Integer call() throws IOException, InterruptedException {
        return LocalProgram.run(List.of("keystore", "move", file, "--to", to));
    }
}
