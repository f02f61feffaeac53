package org.selectord.config;

import java.nio.file.Path;
import java.util.Comparator;

/** Where something stands in a file; lines and columns count from 1. */
public record Place(Path file, int line, int column) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
            Comparator.comparing(Place::file).thenComparing(Place::line).thenComparing(Place::column);

    @Override
    public int compareTo(Place other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
