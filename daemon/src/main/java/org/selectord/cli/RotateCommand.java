package org.selectord.cli;

import picocli.CommandLine.Command;

@Command(
        name = "rotate",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Rotates keys; see `selectorctl rotate now --help`.")
final class RotateCommand {}
