package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * How new selectors are made. {@code {date:yyyyMMdd}} is the day in UTC, {@code {random:n}} n characters of {@code [a-z2-7]}, 5 secret bits each,
 * {@code {algorithm}} that of the key, {@code {sequence}} the number of the key, {@code {domainhash:n}} n characters that a domain always has.
 * Whatever the key, the domain and the day, what is made is a legal selector.
 *
 * <p>Selectors are to be unguessable: a resolver that serves stale denials would otherwise hold one for a name that somebody asked for before.
 */
public final class SelectorTemplate {
    /** What a selector needs to be unguessable. */
    public static final int ENOUGH_SECRET_BITS = 40;

    private static final Pattern PART =
            Pattern.compile("\\{(date|random|domainhash):([^{}]+)}|\\{(algorithm|sequence)}|([a-z0-9.-]+)");

    private final String template;
    private final List<SelectorPart> parts;

    private SelectorTemplate(String template, List<SelectorPart> parts) {
        this.template = template;
        this.parts = List.copyOf(parts);
    }

    /** Throws {@link IllegalArgumentException} with a sentence for people when the template is not understood or makes no legal selector. */
    public static SelectorTemplate of(String template) {
        List<SelectorPart> parts = new ArrayList<>();
        Matcher matcher = PART.matcher(template);
        int end = 0;
        while (matcher.lookingAt()) {
            parts.add(part(matcher));
            end = matcher.end();
            matcher.region(end, template.length());
        }
        if (end != template.length()) {
            throw new IllegalArgumentException("\"" + template + "\" is no selector template: \""
                    + template.substring(end) + "\" is neither {date:...}, {random:n}, {algorithm}, {sequence},"
                    + " {domainhash:n} nor lower-case letters, digits, hyphens and dots");
        }
        return new SelectorTemplate(template, parts).legal();
    }

    /** The longest stands for all: what the parts become differs in length only. */
    private SelectorTemplate legal() {
        try {
            longest();
            return this;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("with \"" + template + "\" " + e.getMessage(), e);
        }
    }

    private static SelectorPart part(Matcher matcher) {
        if (matcher.group(4) != null) {
            return new SelectorPart.Literal(matcher.group(4));
        }
        if (matcher.group(3) != null) {
            return matcher.group(3).equals("algorithm") ? new SelectorPart.Algorithm() : new SelectorPart.Sequence();
        }
        return SelectorPart.of(matcher.group(1), matcher.group(2));
    }

    /** A selector for this key; {@code random} must be a secure one wherever the selector is used. */
    public Selector next(KeyId id, KeyAlgorithm algorithm, Instant at, RandomGenerator random) {
        SelectorPart.ForKey key = new SelectorPart.ForKey(id, algorithm, at);
        return new Selector(parts.stream().map(part -> part.text(key, random)).collect(Collectors.joining()));
    }

    /** How many bits of a selector nobody can guess. */
    public int secretBits() {
        return parts.stream().mapToInt(SelectorPart::secretBits).sum();
    }

    /** Whether two keys that are made in the time that its date says the same would have the same selector. */
    public boolean repeats() {
        return parts.stream()
                .noneMatch(part -> part instanceof SelectorPart.Random || part instanceof SelectorPart.Sequence);
    }

    /** Whether every selector that it makes leaves its owner name within the 253 characters of a DNS name (RFC 1035 section 3.1). */
    public boolean fits(SigningDomain domain) {
        return longestOwnerName(domain) <= 253;
    }

    /** Without the trailing dot. */
    public int longestOwnerName(SigningDomain domain) {
        return longest().ownerName(domain).length() - 1;
    }

    private Selector longest() {
        return new Selector(parts.stream().map(SelectorPart::longest).collect(Collectors.joining()));
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
}
