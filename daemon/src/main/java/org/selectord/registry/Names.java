package org.selectord.registry;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Lists for {@code IN (...)}, as many values at once as every database takes. */
final class Names {
    private static final int AT_ONCE = 500;

    private Names() {}

    static <T> Stream<List<T>> inChunks(List<T> all) {
        return IntStream.iterate(0, from -> from < all.size(), from -> from + AT_ONCE)
                .mapToObj(from -> all.subList(from, Math.min(all.size(), from + AT_ONCE)));
    }
}
