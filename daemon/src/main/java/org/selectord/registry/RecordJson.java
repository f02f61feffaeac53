package org.selectord.registry;

import com.fasterxml.jackson.annotation.Nulls;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.AliasMarks;
import org.selectord.rotation.Halt;
import org.selectord.rotation.Hold;
import org.selectord.rotation.Intent;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.Reason;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.Target;
import org.selectord.rotation.Wait;
import org.selectord.rotation.Waiver;
import org.selectord.rotation.ZoneMarks;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * The record of a domain as a JSON document, format {@value #FORMAT}. Everything is written, and everything must be there: a field that is missing, or
 * that is not known, is an error, for a record that was half understood would be written back without what was not. Whoever adds a field raises
 * {@link #FORMAT}, brings older documents up in {@link #read}, adds a migration (so that an older daemon refuses the file when it starts), and
 * keeps a fixture of the old format.
 */
final class RecordJson {
    static final int FORMAT = 1;

    private static final TypeReference<Map<String, String>> DETAIL = new TypeReference<>() {};
    private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {};

    private final JsonMapper mapper = JsonMapper.builder()
            .addModule(plainStrings())
            .enable(MapperFeature.INFER_RECORD_GETTERS_FROM_COMPONENTS_ONLY) // Order.isOpen() is derived
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY, MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .changeDefaultNullHandling(nulls -> nulls.withContentNulls(Nulls.FAIL))
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(EnumFeature.WRITE_ENUMS_USING_TO_STRING, EnumFeature.READ_ENUMS_USING_TO_STRING)
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS, DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .build();

    /** A stored document cannot be understood. */
    static final class UnreadableRecordException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnreadableRecordException(String message) {
            super(message);
        }

        UnreadableRecordException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** A {@link ManagedDomain} but for its version, which is a column. */
    private record Document(
            int format,
            SigningDomain name,
            List<ManagedKey> keys,
            List<Order> orders,
            List<Intent> intents,
            List<Wait> waits,
            Map<KeyType, Halt> halts,
            List<Waiver> waivers,
            Optional<Hold> hold,
            Optional<Instant> resumedAt,
            Optional<ZoneMarks> zone,
            Optional<AliasMarks> aliases) {}

    String write(ManagedDomain domain) {
        return mapper.writeValueAsString(new Document(
                FORMAT,
                domain.name(),
                domain.keys(),
                domain.orders(),
                domain.intents(),
                domain.waits(),
                domain.halts(),
                domain.waivers(),
                domain.hold(),
                domain.resumedAt(),
                domain.zone(),
                domain.aliases()));
    }

    ManagedDomain read(String text, long version) {
        try {
            JsonNode tree = mapper.readTree(text);
            refuseOtherFormats(tree.path("format").asInt(0));
            Document document = mapper.treeToValue(tree, Document.class);
            return new ManagedDomain(
                    document.name(),
                    document.keys(),
                    document.orders(),
                    document.intents(),
                    document.waits(),
                    document.halts(),
                    document.waivers(),
                    document.hold(),
                    document.resumedAt(),
                    document.zone(),
                    document.aliases(),
                    version);
        } catch (JacksonException e) {
            throw new UnreadableRecordException("it is no record of format " + FORMAT + ": " + e.getMessage(), e);
        }
    }

    private static void refuseOtherFormats(int format) {
        if (format != FORMAT) {
            String why = format > FORMAT
                    ? "it is of format " + format + ", written by a newer selectord; this one knows " + FORMAT
                            + ": start the newer one"
                    : "it does not say that it is of format " + FORMAT;
            throw new UnreadableRecordException(why);
        }
    }

    String writeDetail(Map<String, String> detail) {
        return mapper.writeValueAsString(detail);
    }

    Map<String, String> readDetail(String text) {
        try {
            return mapper.readValue(text, DETAIL);
        } catch (JacksonException e) {
            throw new UnreadableRecordException("its detail is no JSON object of strings: " + e.getMessage(), e);
        }
    }

    String writeTexts(List<String> texts) {
        return mapper.writeValueAsString(texts);
    }

    List<String> readTexts(String text) {
        try {
            return mapper.readValue(text, TEXTS);
        } catch (JacksonException e) {
            throw new UnreadableRecordException("its evidence is no JSON array of strings: " + e.getMessage(), e);
        }
    }

    private static SimpleModule plainStrings() {
        SimpleModule module = new SimpleModule("selectord");
        plain(module, SigningDomain.class, SigningDomain::name, SigningDomain::new);
        plain(module, Selector.class, Selector::name, Selector::new);
        plain(module, KeyFingerprint.class, KeyFingerprint::hex, KeyFingerprint::new);
        plain(module, KeyId.class, KeyId::toString, RecordJson::keyId);
        plain(module, OwnerName.class, OwnerName::name, OwnerName::new);
        plain(module, SignerId.class, SignerId::name, SignerId::new);
        plain(module, Target.class, Target::name, Target::new);
        plain(module, Reason.class, Reason::text, Reason::new);
        return module;
    }

    private static KeyId keyId(String text) {
        int hash = text.lastIndexOf('#');
        if (hash < 0) {
            throw new IllegalArgumentException("\"" + text + "\" names no key: example.org#3 would");
        }
        return new KeyId(new SigningDomain(text.substring(0, hash)), Integer.parseInt(text.substring(hash + 1)));
    }

    private static <T> void plain(
            SimpleModule module, Class<T> type, Function<T, String> print, Function<String, T> parse) {
        module.addSerializer(new Printed<>(type, print));
        module.addDeserializer(type, new Parsed<>(type, parse));
        module.addKeySerializer(type, new PrintedKey<>(type, print));
        module.addKeyDeserializer(type, new ParsedKey<>(type, parse));
    }

    private static final class Printed<T> extends StdSerializer<T> {
        private final Function<T, String> print;

        Printed(Class<T> type, Function<T, String> print) {
            super(type);
            this.print = print;
        }

        @Override
        public void serialize(T value, JsonGenerator json, SerializationContext context) {
            json.writeString(print.apply(value));
        }
    }

    private static final class PrintedKey<T> extends StdSerializer<T> {
        private final Function<T, String> print;

        PrintedKey(Class<T> type, Function<T, String> print) {
            super(type);
            this.print = print;
        }

        @Override
        public void serialize(T value, JsonGenerator json, SerializationContext context) {
            json.writeName(print.apply(value));
        }
    }

    /** Takes the string as it is; Jackson's own base class for this trims it, and takes an empty one for nothing. */
    private static final class Parsed<T> extends StdDeserializer<T> {
        private final Function<String, T> parse;

        Parsed(Class<T> type, Function<String, T> parse) {
            super(type);
            this.parse = parse;
        }

        @Override
        public T deserialize(JsonParser json, DeserializationContext context) {
            if (!json.hasToken(JsonToken.VALUE_STRING)) {
                return context.reportInputMismatch(this, "a string is expected here, not %s", json.currentToken());
            }
            try {
                return parse.apply(json.getString());
            } catch (IllegalArgumentException e) {
                throw context.weirdStringException(json.getString(), handledType(), e.getMessage());
            }
        }
    }

    private static final class ParsedKey<T> extends KeyDeserializer {
        private final Class<T> type;
        private final Function<String, T> parse;

        ParsedKey(Class<T> type, Function<String, T> parse) {
            this.type = type;
            this.parse = parse;
        }

        @Override
        public Object deserializeKey(String text, DeserializationContext context) {
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException e) {
                return context.handleWeirdKey(type, text, e.getMessage());
            }
        }
    }
}
