package org.selectord.config;

import java.util.List;

/** A configuration file as a tree that knows where everything stands. Scalars are text: what they mean depends on the key. */
sealed interface Node {
    Place place();

    /** What it is, to somebody who expected something else. */
    String kind();

    record Scalar(Place place, String text) implements Node {
        @Override
        public String kind() {
            return text.isEmpty() ? "nothing" : "text";
        }

        /** The text may be a secret that somebody wrote where a reference to it is needed. */
        @Override
        public String toString() {
            return "text at " + place;
        }
    }

    record Sequence(Place place, List<Node> items) implements Node {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String kind() {
            return "a list";
        }
    }

    /** Keys are unique and in the order in which they are written. */
    record Mapping(Place place, List<Entry> entries) implements Node {
        public Mapping {
            entries = List.copyOf(entries);
        }

        @Override
        public String kind() {
            return "a map";
        }
    }

    /** A key, where it stands, and its value. */
    record Entry(Place place, String key, Node value) {}
}
