package org.selectord.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --wait}, for commands whose order takes its time. */
final class WaitOption {
    @Option(
            names = "--wait",
            arity = "0..1",
            paramLabel = "DURATION",
            fallbackValue = Patience.WITHOUT_END,
            converter = Patience.Converter.class,
            preprocessor = Patience.OnlyAttached.class,
            description = {
                "Show progress until it is done (exit 0), failed or halted (exit 1).",
                "--wait=5m gives up waiting after 5 minutes (exit 3); the order goes on."
            })
    private @Nullable Patience patience;

    Optional<Patience> patience() {
        return Optional.ofNullable(patience);
    }
}
