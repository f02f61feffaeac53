package org.selectord.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ParserException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * One YAML file as a {@link Node}. Plain YAML only: anchors, aliases and tags are refused, for whoever reads the file at night should
 * find each value where it counts; so are duplicate keys, of which YAML readers silently take the last.
 *
 * <p>Built from the parser's events rather than by an object mapper, which stops at the first problem and forgets the places. The
 * parser's own messages quote the line they stopped at, which may hold a secret; only their first words are passed on.
 */
final class YamlFile {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_CHARACTERS = 64 * 1024 * 1024;

    private final Path file;
    private final Problems problems;
    private final Iterator<Event> events;

    private YamlFile(Path file, Problems problems, String text) {
        this.file = file;
        this.problems = problems;
        LoadSettings settings =
                LoadSettings.builder().setCodePointLimit(MAX_CHARACTERS).build();
        this.events = new Parse(settings).parseString(text).iterator();
    }

    /** Empty when it cannot be read or is no YAML, which is then among the problems. An empty file is an empty map. */
    static Optional<Node.Mapping> read(Path file, Problems problems) {
        Place start = new Place(file, 1, 1);
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return parse(file, text, problems);
        } catch (NoSuchFileException e) {
            problems.error(start, "there is no such file");
        } catch (AccessDeniedException e) {
            problems.error(start, "this user may not read the file");
        } catch (CharacterCodingException e) {
            problems.error(start, "this is no UTF-8 text");
        } catch (IOException e) {
            problems.error(start, "the file cannot be read: " + e);
        }
        return Optional.empty();
    }

    private static Optional<Node.Mapping> parse(Path file, String text, Problems problems) {
        try {
            return new YamlFile(file, problems, text).document();
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            problems.error(place(file, mark), "no YAML: " + e.getProblem() + context(e));
        } catch (ReaderException e) {
            problems.error(placeOf(file, text, e.getPosition()), "no YAML: special characters are not allowed");
        } catch (YamlEngineException e) {
            problems.error(new Place(file, 1, 1), "no YAML: " + e.getMessage());
        }
        return Optional.empty();
    }

    private static String context(MarkedYamlEngineException e) {
        return e.getContextMark()
                .filter(mark -> e.getContext() != null)
                .map(mark -> " (" + e.getContext() + " from line " + (mark.getLine() + 1) + ", column "
                        + (mark.getColumn() + 1) + ")")
                .orElse("");
    }

    private static Place place(Path file, Optional<Mark> mark) {
        return new Place(
                file,
                mark.map(Mark::getLine).orElse(0) + 1,
                mark.map(Mark::getColumn).orElse(0) + 1);
    }

    private static Place placeOf(Path file, String text, int position) {
        String before = text.substring(0, Math.min(position, text.length()));
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        return new Place(file, line, before.length() - before.lastIndexOf('\n'));
    }

    private Optional<Node.Mapping> document() {
        Node.Mapping empty = new Node.Mapping(new Place(file, 1, 1), List.of());
        next(); // the start of the stream
        if (!(next() instanceof DocumentStartEvent)) {
            return Optional.of(empty);
        }
        Node root = node(next(), 0);
        next(); // the end of the document
        if (next() instanceof DocumentStartEvent second) {
            problems.error(placeOf(second), "a second document: everything stands in one, so there is no --- within");
        }
        if (root instanceof Node.Mapping mapping) {
            return Optional.of(mapping);
        }
        if (root instanceof Node.Scalar scalar && scalar.text().isEmpty()) {
            return Optional.of(empty);
        }
        problems.error(root.place(), "expected a map of keys, found " + root.kind());
        return Optional.empty();
    }

    private Node node(Event event, int depth) {
        refuseCleverness(event);
        if (event instanceof ScalarEvent scalar) {
            return new Node.Scalar(placeOf(event), scalar.getValue());
        }
        if (event instanceof AliasEvent) {
            return new Node.Scalar(placeOf(event), "");
        }
        if (depth == MAX_DEPTH) {
            throw new ParserException("nothing here is nested so deeply", event.getStartMark());
        }
        return event.getEventId() == Event.ID.SequenceStart ? sequence(event, depth) : mapping(event, depth);
    }

    private Node.Sequence sequence(Event start, int depth) {
        List<Node> items = new ArrayList<>();
        for (Event event = next(); event.getEventId() != Event.ID.SequenceEnd; event = next()) {
            items.add(node(event, depth + 1));
        }
        return new Node.Sequence(placeOf(start), items);
    }

    private Node.Mapping mapping(Event start, int depth) {
        List<Node.Entry> entries = new ArrayList<>();
        Map<String, Place> seen = new HashMap<>();
        for (Event event = next(); event.getEventId() != Event.ID.MappingEnd; event = next()) {
            Node key = node(event, depth + 1);
            Node value = node(next(), depth + 1);
            if (!(key instanceof Node.Scalar scalar)) {
                problems.error(key.place(), "a key is one word, not " + key.kind());
                continue;
            }
            Place first = seen.putIfAbsent(scalar.text(), key.place());
            if (first == null) {
                entries.add(new Node.Entry(key.place(), scalar.text(), value));
            } else {
                problems.error(
                        key.place(),
                        "duplicate key " + scalar.text() + ": it stands in line " + first.line() + " already");
            }
        }
        return new Node.Mapping(placeOf(start), entries);
    }

    private void refuseCleverness(Event event) {
        boolean clever = event instanceof AliasEvent
                || (event instanceof NodeEvent node && node.getAnchor().isPresent())
                || (event instanceof ScalarEvent scalar && scalar.getTag().isPresent())
                || (event instanceof CollectionStartEvent collection
                        && collection.getTag().isPresent());
        if (clever) {
            problems.error(
                    placeOf(event),
                    "anchors, aliases and tags of YAML are not understood here: write the value itself");
        }
    }

    private Event next() {
        return events.next();
    }

    private Place placeOf(Event event) {
        return place(file, event.getStartMark());
    }
}
