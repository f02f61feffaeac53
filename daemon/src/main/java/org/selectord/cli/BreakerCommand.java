package org.selectord.cli;

import picocli.CommandLine.Command;

@Command(
        name = "breaker",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "What holds flips and withdrawals of all domains after flips that were proven bad.")
final class BreakerCommand {}
