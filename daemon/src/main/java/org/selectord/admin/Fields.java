package org.selectord.admin;

import io.javalin.http.Context;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.selectord.admin.api.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What the body of a request says: nothing, or a JSON object, read field by field. A field that nobody asked for is refused, for it might be what
 * the order was to be limited by.
 */
final class Fields {
    private static final Duration LONGEST = Duration.ofDays(3650);

    private final Map<String, JsonNode> fields;
    private final Set<String> asked = new TreeSet<>();

    private Fields(Map<String, JsonNode> fields) {
        this.fields = fields;
    }

    static Fields of(Context ctx) {
        String body = Gate.bodyText(ctx);
        if (body.isBlank()) {
            return new Fields(Map.of());
        }
        JsonNode tree;
        try {
            tree = Json.tree(body);
        } catch (JacksonException e) {
            // its message may quote what was sent, which may be a private key
            throw ProblemException.badRequest("the body is no JSON", "send no body, or one object in braces");
        }
        if (!tree.isObject()) {
            throw ProblemException.badRequest("the body is no JSON object", "send no body, or one object in braces");
        }
        Map<String, JsonNode> fields = new HashMap<>();
        tree.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
        return new Fields(fields);
    }

    /** When it says nothing is fine, and something is not. */
    static void none(Context ctx) {
        of(ctx).refuseOthers();
    }

    boolean flag(String name) {
        return field(name)
                .map(node -> {
                    require(node.isBoolean(), name, "true or false");
                    return node.booleanValue();
                })
                .orElse(false);
    }

    Optional<String> text(String name) {
        return field(name).map(node -> {
            require(node.isString() && !node.asString().isBlank(), name, "a text");
            return node.asString();
        });
    }

    Optional<String> word(String name, String... words) {
        Optional<String> written = text(name);
        written.ifPresent(word -> require(List.of(words).contains(word), name, "one of " + String.join(", ", words)));
        return written;
    }

    /** As ISO 8601 writes it: {@code PT48H}, {@code P30D}. */
    Optional<Duration> duration(String name) {
        return duration(name, text(name));
    }

    static Optional<Duration> duration(String name, Optional<String> written) {
        Optional<Duration> duration = parsed(name, written, Duration::parse, "a length of time as in PT48H or P30D");
        duration.ifPresent(length -> require(
                !length.isNegative() && !length.isZero() && length.compareTo(LONGEST) <= 0,
                name,
                "more than nothing and at most ten years"));
        return duration;
    }

    Optional<Instant> time(String name) {
        return parsed(name, text(name), Instant::parse, "a time in UTC as in 2026-11-21T12:00:00Z");
    }

    private static <T> Optional<T> parsed(
            String name, Optional<String> written, Function<String, T> parse, String expected) {
        try {
            return written.map(parse);
        } catch (DateTimeException e) {
            throw wrong(name, expected);
        }
    }

    /** To be called when every field was asked for. */
    void refuseOthers() {
        Set<String> others = new HashSet<>(fields.keySet());
        others.removeAll(asked);
        if (!others.isEmpty()) {
            throw ProblemException.badRequest(
                    "the body says something that this request does not know: "
                            + String.join(", ", new TreeSet<>(others)),
                    asked.isEmpty() ? "send no body, or {}" : "known here: " + String.join(", ", asked));
        }
    }

    private Optional<JsonNode> field(String name) {
        asked.add(name);
        return Optional.ofNullable(fields.get(name));
    }

    private static void require(boolean right, String name, String expected) {
        if (!right) {
            throw wrong(name, expected);
        }
    }

    /** Does not quote what was sent. */
    private static ProblemException wrong(String name, String expected) {
        return ProblemException.badRequest(name + " is not as it must be", "write " + expected);
    }
}
