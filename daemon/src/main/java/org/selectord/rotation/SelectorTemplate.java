package org.selectord.rotation;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.key.Selector;

/**
 * How new selectors are made: {@code {date:yyyyMMdd}} is the day in UTC, {@code {random:n}} is n characters of {@code [a-z2-7]}, 5 secret bits each.
 * Selectors are to be unguessable: a resolver that serves stale denials would otherwise hold one for a name that somebody asked for before.
 */
public final class SelectorTemplate {
    /** What a selector needs to be unguessable. */
    public static final int ENOUGH_SECRET_BITS = 40;

    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final Pattern PART = Pattern.compile("\\{(date|random):([^{}]+)}|([a-z0-9.-]+)");

    private final String template;
    private final List<Part> parts;

    private SelectorTemplate(String template, List<Part> parts) {
        this.template = template;
        this.parts = List.copyOf(parts);
    }

    /** Throws {@link IllegalArgumentException} with a sentence for people when the template is not understood or makes no legal selector. */
    public static SelectorTemplate of(String template) {
        List<Part> parts = new ArrayList<>();
        Matcher matcher = PART.matcher(template);
        int end = 0;
        while (matcher.lookingAt()) {
            parts.add(part(matcher));
            end = matcher.end();
            matcher.region(end, template.length());
        }
        if (end != template.length()) {
            throw new IllegalArgumentException(
                    "\"" + template + "\" is no selector template: \"" + template.substring(end)
                            + "\" is neither {date:...}, {random:n} nor letters, digits, hyphens and dots");
        }
        SelectorTemplate made = new SelectorTemplate(template, parts);
        made.next(Instant.EPOCH, RandomGenerator.getDefault()); // refuses what would not be a selector
        return made;
    }

    private static Part part(Matcher matcher) {
        String literal = matcher.group(3);
        if (literal != null) {
            return new Part.Literal(literal);
        }
        String argument = matcher.group(2);
        return matcher.group(1).equals("date") ? Part.Date.of(argument) : Part.Random.of(argument);
    }

    /** A new selector; {@code random} must be a secure one wherever the selector is used. */
    public Selector next(Instant at, RandomGenerator random) {
        StringBuilder text = new StringBuilder();
        parts.forEach(part -> part.append(text, at, random));
        return new Selector(text.toString());
    }

    /** How many bits of a selector nobody can guess. */
    public int secretBits() {
        return parts.stream()
                .mapToInt(part -> part instanceof Part.Random random ? 5 * random.length() : 0)
                .sum();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SelectorTemplate that && template.equals(that.template);
    }

    @Override
    public int hashCode() {
        return template.hashCode();
    }

    @Override
    public String toString() {
        return template;
    }

    private sealed interface Part {
        void append(StringBuilder text, Instant at, RandomGenerator random);

        record Literal(String literal) implements Part {
            @Override
            public void append(StringBuilder text, Instant at, RandomGenerator random) {
                text.append(literal);
            }
        }

        record Date(DateTimeFormatter format) implements Part {
            static Date of(String pattern) {
                try {
                    return new Date(DateTimeFormatter.ofPattern(pattern).withZone(ZoneOffset.UTC));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("{date:" + pattern + "} is no date: " + e.getMessage(), e);
                }
            }

            @Override
            public void append(StringBuilder text, Instant at, RandomGenerator random) {
                text.append(format.format(at));
            }
        }

        record Random(int length) implements Part {
            static Random of(String argument) {
                if (!argument.matches("[1-9][0-9]?") || Integer.parseInt(argument) > 63) {
                    throw new IllegalArgumentException("{random:" + argument + "} asks for 1 to 63 characters");
                }
                return new Random(Integer.parseInt(argument));
            }

            @Override
            public void append(StringBuilder text, Instant at, RandomGenerator random) {
                random.ints(length, 0, ALPHABET.length()).forEach(index -> text.append(ALPHABET.charAt(index)));
            }
        }
    }
}
