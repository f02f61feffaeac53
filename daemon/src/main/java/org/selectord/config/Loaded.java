package org.selectord.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What came of reading the configuration.
 *
 * @param configuration there unless one of the problems is an error
 * @param problems all of them, warnings too, in the order of the files
 * @param places where an entry stands that people named, such as {@code dns.main} or {@code domains.example.org}
 */
public record Loaded(Optional<Configuration> configuration, List<Problem> problems, Map<String, Place> places) {
    public Loaded {
        problems = List.copyOf(problems);
        places = Map.copyOf(places);
    }
}
