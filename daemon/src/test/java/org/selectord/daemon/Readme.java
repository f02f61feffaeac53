package org.selectord.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The examples of README.md, or of a page of the manual, word for word, but with everything below {@code /etc} and {@code /var/lib} in another directory. */
final class Readme {
    private final String text;
    private final Path root;

    Readme(Path root) throws IOException {
        this(root, "README.md");
    }

    /** A file of the project. */
    Readme(Path root, String file) throws IOException {
        this.text = Files.readString(Path.of("..").resolve(file));
        this.root = root;
    }

    /** The blocks fenced as that language, in order. */
    List<String> blocks(String language) {
        return Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
                .matcher(text)
                .results()
                .map(block -> block.group(1)
                        .replaceAll("(?<![\\w.])/(etc|var/lib)/", Matcher.quoteReplacement(root + "/") + "$1/"))
                .toList();
    }

    String block(String language) {
        return blocks(language).get(0);
    }
}
