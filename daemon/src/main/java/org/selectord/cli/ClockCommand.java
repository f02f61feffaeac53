package org.selectord.cli;

import picocli.CommandLine.Command;

@Command(
        name = "clock",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Whether the daemon trusts its clock: without that it withdraws nothing and flips to no new key.")
final class ClockCommand {}
