package org.selectord.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;

/** What somebody may have meant by a word that is none of the known ones. */
final class Suggestion {
    private final TreeSet<String> known;

    private Suggestion(Collection<String> known) {
        this.known = new TreeSet<>(known);
    }

    static Suggestion among(Collection<String> known) {
        return new Suggestion(known);
    }

    /** "did you mean x?", or all that are known. */
    String to(String written) {
        return nearest(written)
                .map(near -> "did you mean " + near + "?")
                .orElse(known.isEmpty() ? "there is none" : "known here: " + String.join(", ", known));
    }

    private Optional<String> nearest(String written) {
        return known.stream()
                .filter(word -> distance(word, written) <= Math.max(1, word.length() / 4))
                .min(Comparator.comparingInt(word -> distance(word, written)));
    }

    /** How many characters have to be put in, left out, exchanged or swapped with their neighbour. */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : least(cost, a, b, i, j);
            }
        }
        return cost[a.length()][b.length()];
    }

    private static int least(int[][] cost, String a, String b, int i, int j) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int best = Math.min(cost[i - 1][j - 1] + (same ? 0 : 1), Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }
}
