package org.selectord.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** The entries of one map by the names that people gave them. One that could not be read is known by its name alone. */
final class Named<T> {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private final String kind;
    private final Map<String, Optional<T>> entries;

    private Named(String kind, Map<String, Optional<T>> entries) {
        this.kind = kind;
        this.entries = entries;
    }

    static <T> Named<T> read(String kind, Section section, BiFunction<String, Section, Optional<T>> read) {
        Map<String, Optional<T>> entries = new LinkedHashMap<>();
        section.children().forEach((name, child) -> {
            if (!NAME.matcher(name).matches()) {
                child.error(
                        child.place(),
                        kind + ": \"" + name + "\" is no name: letters, digits, hyphens, dots, underscores");
            }
            child.reading().places().put(kind + "." + name, child.place());
            entries.put(name, read.apply(name, child));
        });
        return new Named<>(kind, entries);
    }

    /** With this one where there is none. */
    Named<T> orIfNone(String name, T value) {
        return entries.isEmpty() ? new Named<>(kind, Map.of(name, Optional.of(value))) : this;
    }

    /** The names, readable or not. */
    Set<String> names() {
        return entries.keySet();
    }

    Optional<T> get(String name) {
        return entries.getOrDefault(name, Optional.empty());
    }

    /** Those that could be read. */
    Map<String, T> readable() {
        Map<String, T> readable = new LinkedHashMap<>();
        entries.forEach((name, entry) -> entry.ifPresent(value -> readable.put(name, value)));
        return readable;
    }

    /** A name that is written here. */
    Shape<String> reference() {
        return Shape.text(written -> {
            if (!entries.containsKey(written)) {
                throw new IllegalArgumentException("there is no \"" + written + "\" in " + kind + ": "
                        + Suggestion.among(names()).to(written));
            }
            return written;
        });
    }

    /** Why none is taken where none is named. */
    String noneChosen() {
        return entries.isEmpty()
                ? "and there is none in " + kind
                : "and there are several in " + kind + ": " + String.join(", ", names());
    }
}
