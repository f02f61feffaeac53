package org.selectord.key;

import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;

/**
 * A key record: the tag list that stands in the TXT at an {@link Selector#ownerName owner name} (RFC 6376 section 3.6.1). Tags that
 * nobody knows are kept and printed, and mean nothing. Two records are equal when they print alike: white space around tags and
 * inside {@code p=} makes no difference.
 */
public final class KeyRecord {
    private static final int LONGEST_STRING = 255; // octets in one character-string, RFC 1035 3.3
    // RFC 6376 2.8 and 3.2: VALCHAR and folding white space; a TXT has no lines, so any mixture of the latter will do
    private static final Pattern TAG_LIST = Pattern.compile("[\\t\\r\\n -~]*");
    private static final Pattern FOLDING = Pattern.compile("[\\t\\r\\n ]+");
    private static final Pattern TAG_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");

    private final Map<String, String> tags;
    private final byte[] publicKey;

    private KeyRecord(Map<String, String> tags) {
        this.tags = tags;
        this.publicKey = decoded(tags);
        requireVersionFirst(tags);
    }

    /** The record that publishes this public half. */
    public static KeyRecord of(PublicHalf half) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("v", "DKIM1");
        tags.put("k", half.algorithm().type().tag());
        tags.put("p", Base64.getEncoder().encodeToString(half.published()));
        return new KeyRecord(tags);
    }

    /**
     * Reads the joined strings of a TXT record.
     *
     * @throws IllegalArgumentException with a sentence for people, if it is no valid key record: verifiers ignore such a one
     */
    public static KeyRecord parse(String text) {
        if (!TAG_LIST.matcher(text).matches()) {
            throw invalid("it holds something else than printable ASCII");
        }
        Map<String, String> tags = new LinkedHashMap<>();
        for (String spec : specs(text)) {
            int equals = spec.indexOf('=');
            String name = spec.substring(0, Math.max(equals, 0)).strip();
            if (!TAG_NAME.matcher(name).matches()) {
                throw invalid("\"" + spec.strip() + "\" is no tag=value");
            }
            if (tags.put(name, value(name, spec.substring(equals + 1).strip())) != null) {
                throw invalid("the tag " + name + "= is there twice"); // RFC 6376 3.2: the entire tag-list is invalid
            }
        }
        return new KeyRecord(tags);
    }

    private static String value(String name, String written) {
        // RFC 6376 3.6.1: base64string may be folded; 3.2: white space within other values MUST be retained
        return name.equals("p") ? FOLDING.matcher(written).replaceAll("") : written;
    }

    /** RFC 6376 3.2: tag-list = tag-spec *( ";" tag-spec ) [ ";" ]. */
    private static List<String> specs(String text) {
        List<String> specs = Arrays.asList(text.split(";", -1));
        boolean endsInSemicolon =
                specs.size() > 1 && specs.get(specs.size() - 1).isBlank();
        return endsInSemicolon ? specs.subList(0, specs.size() - 1) : specs;
    }

    private static byte[] decoded(Map<String, String> tags) {
        String base64 = tags.get("p");
        if (base64 == null) {
            throw invalid("it has no p= (the public key; an empty one says that the key has been revoked)");
        }
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw invalid("its p= is no base64: " + e.getMessage());
        }
    }

    private static void requireVersionFirst(Map<String, String> tags) {
        // RFC 6376 3.6.1: if specified, v= MUST be "DKIM1" and the first tag; other values MUST be discarded
        if (!tags.getOrDefault("v", "DKIM1").equals("DKIM1")) {
            throw invalid("its v= is \"" + tags.get("v") + "\", not DKIM1");
        }
        if (tags.containsKey("v") && !tags.keySet().iterator().next().equals("v")) {
            throw invalid("its v= is not the first tag");
        }
    }

    private static IllegalArgumentException invalid(String why) {
        String oneLine = FOLDING.matcher(why).replaceAll(" "); // it may quote what somebody else has published
        return new IllegalArgumentException("no key record (RFC 6376 3.6.1): " + oneLine);
    }

    /** The value of any tag, as it stands there. */
    public Optional<String> tag(String name) {
        return Optional.ofNullable(tags.get(name));
    }

    /** Of {@code k=}; empty for a type we do not know: verifiers that do not know it either ignore the record. */
    public Optional<KeyType> keyType() {
        String tag = tags.getOrDefault("k", KeyType.RSA.tag()); // RFC 6376 3.6.1: default is "rsa"
        return Arrays.stream(KeyType.values())
                .filter(type -> type.tag().equals(tag))
                .findFirst();
    }

    /** RFC 6376 3.6.1: an empty {@code p=} means that this public key has been revoked. */
    public boolean isRevoked() {
        return publicKey.length == 0;
    }

    /** Whether {@code h=} lets signatures use this hash, as in {@code sha256}; without {@code h=} all are allowed. */
    public boolean allowsHash(String hash) {
        return !tags.containsKey("h") || listed("h").contains(hash);
    }

    /** Whether {@code s=} lets this key sign mail: {@code *}, which is the default, or {@code email}. */
    public boolean allowsEmail() {
        return !tags.containsKey("s")
                || listed("s").contains("*")
                || listed("s").contains("email");
    }

    /** Whether {@code t=} has this flag: {@code y} for testing, {@code s} for no subdomains in {@code i=}. */
    public boolean hasFlag(String flag) {
        return listed("t").contains(flag);
    }

    private List<String> listed(String tag) {
        String withoutFolding = FOLDING.matcher(tags.getOrDefault(tag, "")).replaceAll("");
        return List.of(withoutFolding.split(":", -1));
    }

    /**
     * The fingerprint of the key in it; empty if it is revoked or holds nothing that we can read. RSA keys of other sizes than
     * those of {@link KeyAlgorithm} have one too.
     */
    public Optional<KeyFingerprint> fingerprint() {
        return rsaKey().map(key -> RsaEncodings.subjectPublicKeyInfo(key.getModulus(), key.getPublicExponent()))
                .or(() -> ed25519Key().map(Ed25519Encodings::subjectPublicKeyInfo))
                .map(Fingerprints::of);
    }

    /** The public half in it; empty where {@link #fingerprint()} is, and for a size that {@link KeyAlgorithm} does not know. */
    public Optional<PublicHalf> publicHalf() {
        return rsaKey().filter(
                        key -> KeyAlgorithm.of(KeyType.RSA, key.getModulus().bitLength())
                                .isPresent())
                .map(key -> PublicHalf.rsa(key.getModulus(), key.getPublicExponent()))
                .or(() -> ed25519Key().map(PublicHalf::ed25519));
    }

    private Optional<RSAPublicKey> rsaKey() {
        return keyType().filter(type -> type == KeyType.RSA).flatMap(type -> RsaEncodings.parse(publicKey));
    }

    private Optional<byte[]> ed25519Key() {
        return keyType().filter(type -> type == KeyType.ED25519).flatMap(type -> Ed25519Encodings.parse(publicKey));
    }

    /** As one text, which is what the joined strings of a TXT record must come to. */
    public String text() {
        return tags.entrySet().stream()
                .map(tag -> tag.getKey() + "=" + tag.getValue())
                .collect(Collectors.joining("; "));
    }

    /**
     * The text cut into the character-strings of a TXT record, each filled to 255 octets before the next begins. The cut is part of
     * the RRset that compare-and-swap compares: take it once, when the record is made, and keep it with the key.
     */
    public List<String> strings() {
        String text = text(); // ASCII only, as TAG saw to: characters are octets
        return IntStream.iterate(0, start -> start < text.length(), start -> start + LONGEST_STRING)
                .mapToObj(start -> text.substring(start, Math.min(start + LONGEST_STRING, text.length())))
                .toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyRecord that && text().equals(that.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    @Override
    public String toString() {
        return text();
    }
}
