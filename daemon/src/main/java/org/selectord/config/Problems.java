package org.selectord.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong, so that all of it is said at once. */
final class Problems {
    private final List<Problem> found = new ArrayList<>();

    void error(Place place, String text) {
        found.add(new Problem(Problem.Severity.ERROR, place, text));
    }

    void warning(Place place, String text) {
        found.add(new Problem(Problem.Severity.WARNING, place, text));
    }

    boolean anyError() {
        return errors() > 0;
    }

    long errors() {
        return found.stream()
                .filter(problem -> problem.severity() == Problem.Severity.ERROR)
                .count();
    }

    List<Problem> sorted() {
        return found.stream().sorted().toList();
    }
}
