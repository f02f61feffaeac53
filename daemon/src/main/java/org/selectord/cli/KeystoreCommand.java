package org.selectord.cli;

import picocli.CommandLine.Command;

@Command(
        name = "keystore",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Does something to all private keys at once, on this host, while the daemon is stopped.")
final class KeystoreCommand {}
