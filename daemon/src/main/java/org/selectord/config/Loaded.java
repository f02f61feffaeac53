package org.selectord.config;

import java.util.List;
import java.util.Optional;

/**
 * What came of reading the configuration.
 *
 * @param configuration there unless one of the problems is an error
 * @param problems all of them, warnings too, in the order of the files
 */
public record Loaded(Optional<Configuration> configuration, List<Problem> problems) {
    public Loaded {
        problems = List.copyOf(problems);
    }
}
