package org.selectord.config;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * One map of the configuration, read key by key. A key that nobody asked for is unknown: so the code that reads a key is the only place
 * that says it exists.
 */
final class Section {
    private final Reading reading;
    private final Place place;
    private final String path;
    private final boolean unreadable;
    private final Map<String, Node.Entry> entries = new LinkedHashMap<>();
    private final Set<String> asked = new TreeSet<>();
    private final Map<String, String> refused = new TreeMap<>();
    private final Set<String> bad = new HashSet<>();

    private Section(Reading reading, Place place, String path, boolean unreadable, List<Node.Entry> entries) {
        this.reading = reading;
        this.place = place;
        this.path = path;
        this.unreadable = unreadable;
        entries.forEach(entry -> this.entries.put(entry.key(), entry));
    }

    /** A whole file. */
    static Section of(Node.Mapping root, Reading reading) {
        return new Section(reading, root.place(), "", false, root.entries());
    }

    /** The map below a key; what is no map is told and then stands for one of which nothing is said to be missing. */
    static Section of(Node node, Place place, String path, Reading reading) {
        if (node instanceof Node.Mapping mapping) {
            return new Section(reading, place, path, false, mapping.entries());
        }
        boolean leftEmpty = node instanceof Node.Scalar scalar && scalar.text().isEmpty();
        if (!leftEmpty) {
            reading.problems().error(node.place(), path + ": expected a map of keys, found " + node.kind());
        }
        return new Section(reading, place, path, !leftEmpty, List.of());
    }

    Reading reading() {
        return reading;
    }

    Place place() {
        return place;
    }

    /** Where the value of a key stands, or the section when the key is left out. */
    Place placeOf(String key) {
        Node.Entry entry = entries.get(key);
        return entry == null ? place : entry.value().place();
    }

    /** Where the first of these keys that is written stands. */
    Place placeOfAny(String... keys) {
        return Stream.of(keys).filter(this::has).findFirst().map(this::placeOf).orElse(place);
    }

    String pathOf(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    <T> Optional<T> get(String key, Shape<T> shape) {
        ask(key);
        Node.Entry entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        Optional<T> value = shape.read(entry.value(), pathOf(key), reading.problems());
        if (value.isEmpty()) {
            bad.add(key);
        }
        return value;
    }

    <T> T get(String key, Shape<T> shape, T otherwise) {
        return get(key, shape).orElse(otherwise);
    }

    <T> Optional<T> require(String key, Shape<T> shape) {
        if (!has(key) && !unreadable) {
            error(place, pathOf(key) + " is missing");
        }
        return get(key, shape);
    }

    /** The section below a key; an empty one when it is left out. */
    Section section(String key) {
        ask(key);
        Node.Entry entry = entries.get(key);
        return entry == null
                ? new Section(reading, place, pathOf(key), unreadable, List.of())
                : of(entry.value(), entry.place(), pathOf(key), reading);
    }

    /** Every entry as a section, where the keys are names that people give. */
    Map<String, Section> children() {
        Map<String, Section> children = new LinkedHashMap<>();
        entries.values()
                .forEach(entry ->
                        children.put(entry.key(), of(entry.value(), entry.place(), pathOf(entry.key()), reading)));
        return children;
    }

    /** Keys that design and manual know and this version does not. */
    void later(String... keys) {
        for (String key : keys) {
            refused.put(key, "is not in this version");
        }
    }

    void refuse(String key, String why) {
        refused.put(key, why);
    }

    /** Whether none of these keys was told as a problem. */
    boolean sound(String... keys) {
        return Set.of(keys).stream().noneMatch(bad::contains);
    }

    void error(Place at, String text) {
        reading.problems().error(at, text);
    }

    void warning(Place at, String text) {
        reading.problems().warning(at, text);
    }

    /** To be called when every key has been asked for. */
    void refuseUnknownKeys() {
        entries.values().stream().filter(entry -> !asked.contains(entry.key())).forEach(this::refuse);
    }

    private void refuse(Node.Entry entry) {
        String why = refused.get(entry.key());
        error(
                entry.place(),
                why != null
                        ? pathOf(entry.key()) + " " + why
                        : "unknown key " + pathOf(entry.key()) + ": "
                                + Suggestion.among(asked).to(entry.key()));
    }

    private void ask(String key) {
        asked.add(key);
        reading.keys().accept(pathOf(key));
    }
}
