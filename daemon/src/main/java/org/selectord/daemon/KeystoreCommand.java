package org.selectord.daemon;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.selectord.config.Configuration;
import org.selectord.config.ConfigurationReader;
import org.selectord.config.Loaded;
import org.selectord.key.FastestKeyPairSource;
import org.selectord.keystore.KeyMove;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.file.Passphrase;
import org.selectord.registry.SqlKeyRegistry;
import org.selectord.rotation.RegistryUnavailableException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code selectord keystore}: what can be done to a whole keystore while no daemon works with it. */
@Command(
        name = "keystore",
        description = "Does something to all private keys at once, while the daemon is stopped.",
        mixinStandardHelpOptions = true,
        subcommands = {KeystoreCommand.Rekey.class, KeystoreCommand.Move.class})
final class KeystoreCommand {
    private KeystoreCommand() {}

    /** What both have in common: a configuration, whose registry nobody else may hold meanwhile. */
    abstract static class Offline implements Callable<Integer> {
        private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        private final PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);

        @Parameters(paramLabel = "FILE", description = "The configuration of the daemon, which must be stopped.")
        private Path file = Path.of("/etc/selectord/selectord.yaml");

        @Override
        public Integer call() {
            try {
                Configuration configuration = read(file);
                try (SqlKeyRegistry alone = SqlKeyRegistry.open(configuration.registry(), configuration::fleet)) {
                    alone.probe();
                    return run(configuration, alone.instance());
                }
            } catch (PrivateKeyStoreException | RegistryUnavailableException | IllegalArgumentException e) {
                err.println("selectord: " + e.getMessage());
                return 1;
            }
        }

        /** @param registry the one that the keys belong to */
        abstract int run(Configuration configuration, String registry) throws PrivateKeyStoreException;

        /** Throws {@link IllegalArgumentException} with all problems. */
        static Configuration read(Path file) {
            Loaded loaded = new ConfigurationReader(System.getenv(), Clock.systemUTC()).read(file);
            return loaded.configuration().orElseThrow(() -> {
                StringBuilder problems = new StringBuilder("nothing was done, for " + file + " is not sound:");
                loaded.problems().forEach(problem -> problems.append("\n  ").append(problem));
                return new IllegalArgumentException(problems.toString());
            });
        }

        void say(String sentence) {
            out.println(sentence);
        }
    }

    /** {@code selectord keystore rekey}. */
    @Command(
            name = "rekey",
            description = {
                "Encrypts every private key anew, under another passphrase. Each file is readable under the old or the new one at"
                        + " every moment; run it again if it was cut off.",
                "Afterwards put the new passphrase to where keystore.passphrase says it is, and start the daemon."
            },
            mixinStandardHelpOptions = true,
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {"0:every key is under the new passphrase", "1:not done, or not all of them", "2:usage"})
    static final class Rekey extends Offline {
        @Option(
                names = "--new-passphrase-file",
                required = true,
                paramLabel = "FILE",
                description = "A file with the new passphrase, and only that, 0600.")
        private Path next = Path.of("");

        @Override
        int run(Configuration configuration, String registry) throws PrivateKeyStoreException {
            Passphrase passphrase = ConfigurationReader.passphrase(next);
            if (!(configuration.keystore() instanceof Configuration.Keystore.Files files)) {
                throw new IllegalArgumentException(
                        "nothing was done: keystore.type is not file, and only files are under a passphrase");
            }
            FilePrivateKeyStore.Rekeyed rekeyed = FilePrivateKeyStore.open(files.directory(), files.passphrase())
                    .rekey(passphrase);
            say(rekeyed.anew() + " keys in " + files.directory() + " are under the new passphrase now, "
                    + rekeyed.before() + " were before");
            rekeyed.left().forEach(why -> say("left as it is, under neither passphrase that we know: " + why));
            if (!rekeyed.left().isEmpty()) {
                say("mend that, and run this again");
                return 1;
            }
            say("put the new passphrase to where keystore.passphrase says it is, then start selectord");
            return 0;
        }
    }

    /** {@code selectord keystore move}. */
    @Command(
            name = "move",
            description = {
                "Moves every private key to the keystore of another configuration file. Nothing leaves the old keystore before"
                        + " every key has been read back from the new one; run it again if it was cut off.",
                "Afterwards put the other file in the place of the first one, and start the daemon."
            },
            mixinStandardHelpOptions = true,
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {"0:every key is in the new keystore only", "1:not done, or not to the end", "2:usage"})
    static final class Move extends Offline {
        @Option(
                names = "--to",
                required = true,
                paramLabel = "FILE",
                description = "A copy of the configuration whose keystore section says where the keys shall be.")
        private Path to = Path.of("");

        @Override
        int run(Configuration configuration, String registry) throws PrivateKeyStoreException {
            Configuration other = read(to);
            int moved;
            try (PrivateKeyStore from = Keystores.open(configuration.keystore(), registry);
                    PrivateKeyStore into = Keystores.open(other.keystore(), registry)) {
                moved = new KeyMove(from, into, FastestKeyPairSource.here(new SecureRandom())).run();
            }
            say(moved + " keys are in the keystore of " + to + " now, each read back, and in the old one no more");
            say("put " + to + " in the place of the old configuration, then start selectord");
            return 0;
        }
    }
}
