package org.selectord.cli;

import picocli.CommandLine.Command;

@Command(
        name = "domain",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Takes in the key that a domain signs with already, or takes a domain out.")
final class DomainCommand {}
