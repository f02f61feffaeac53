package org.selectord.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What the value of a key has to look like, and what it then means. What does not is among the problems, all of it. */
@FunctionalInterface
interface Shape<T> {
    /** Empty: a problem was told, under the name {@code key}. */
    Optional<T> read(Node node, String key, Problems problems);

    /** One text. {@code parse} throws {@link IllegalArgumentException} with a sentence for people. */
    static <T> Shape<T> text(Function<String, T> parse) {
        return scalar((scalar, text) -> parse.apply(text));
    }

    /** A path, taken from the directory of the file it is written in. */
    static Shape<Path> path() {
        return scalar((scalar, text) -> beside(scalar.place(), text));
    }

    /** The same of a file that this user may read. */
    static Shape<Path> readableFile() {
        return (node, key, problems) -> {
            Optional<Path> file = path().read(node, key, problems);
            if (file.isPresent() && !(Files.isRegularFile(file.get()) && Files.isReadable(file.get()))) {
                problems.error(node.place(), key + ": " + file.get() + " is no file that this user may read");
                return Optional.empty();
            }
            return file;
        };
    }

    static Path beside(Place place, String path) {
        return place.file().toAbsolutePath().resolveSibling(path).normalize();
    }

    /** One of these words. */
    static <T> Shape<T> word(Map<String, T> words) {
        return text(text -> {
            T meant = words.get(text);
            if (meant == null) {
                throw new IllegalArgumentException("\"" + text + "\" is not understood: "
                        + Suggestion.among(words.keySet()).to(text));
            }
            return meant;
        });
    }

    static Shape<Boolean> yesOrNo() {
        return word(Map.of("true", true, "false", false));
    }

    static Shape<Integer> number(int least, int most) {
        return text(text -> {
            if (!text.matches("[0-9]{1,9}")) {
                throw new IllegalArgumentException("\"" + text + "\" is no whole number");
            }
            int number = Integer.parseInt(text);
            if (number < least || number > most) {
                throw new IllegalArgumentException(number + " is not between " + least + " and " + most);
            }
            return number;
        });
    }

    /** Any number of these. */
    static <T> Shape<List<T>> list(Shape<T> item) {
        return (node, key, problems) -> {
            if (!(node instanceof Node.Sequence sequence)) {
                problems.error(node.place(), key + ": expected a list, found " + node.kind());
                return Optional.empty();
            }
            List<T> items = new ArrayList<>();
            sequence.items().forEach(each -> item.read(each, key, problems).ifPresent(items::add));
            return items.size() == sequence.items().size() ? Optional.of(items) : Optional.empty();
        };
    }

    /** At least one of these. */
    static <T> Shape<List<T>> someOf(Shape<T> item) {
        return (node, key, problems) -> {
            if (node instanceof Node.Sequence sequence && sequence.items().isEmpty()) {
                problems.error(node.place(), key + ": the list is empty");
                return Optional.empty();
            }
            return list(item).read(node, key, problems);
        };
    }

    private static <T> Shape<T> scalar(FromText<T> parse) {
        return (node, key, problems) -> {
            if (!(node instanceof Node.Scalar scalar) || scalar.text().isEmpty()) {
                problems.error(node.place(), key + ": expected text, found " + node.kind());
                return Optional.empty();
            }
            try {
                return Optional.of(parse.apply(scalar, scalar.text()));
            } catch (IllegalArgumentException | DateTimeException e) {
                problems.error(node.place(), key + ": " + e.getMessage());
                return Optional.empty();
            }
        };
    }

    /** The meaning of a text that stands somewhere. */
    @FunctionalInterface
    interface FromText<T> {
        T apply(Node.Scalar scalar, String text);
    }
}
