package org.selectord.rotation;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
import org.selectord.key.SigningDomain;

/** One piece of a {@link SelectorTemplate}. But for a literal it is never empty, and begins and ends with a letter or digit. */
sealed interface SelectorPart {
    String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

    /** The key that a selector is made for. */
    record ForKey(KeyId id, KeyAlgorithm algorithm, Instant at) {}

    String text(ForKey key, RandomGenerator random);

    /** As long as it ever becomes. */
    String longest();

    default int secretBits() {
        return 0;
    }

    /** What is read between the braces. */
    static SelectorPart of(String word, String argument) {
        return switch (word) {
            case "date" -> Date.of(argument);
            case "random" -> new Random(length("random", argument, 63));
            case "domainhash" -> new DomainHash(length("domainhash", argument, DomainHash.MOST));
            default -> throw new IllegalArgumentException("{" + word + ":" + argument + "} is not understood");
        };
    }

    private static int length(String word, String written, int most) {
        if (!written.matches("[1-9][0-9]?") || Integer.parseInt(written) > most) {
            throw new IllegalArgumentException("{" + word + ":" + written + "} asks for 1 to " + most + " characters");
        }
        return Integer.parseInt(written);
    }

    record Literal(String longest) implements SelectorPart {
        @Override
        public String text(ForKey key, RandomGenerator random) {
            return longest;
        }
    }

    /** Digits only: names of months and days are none of DNS's letters in every language. */
    record Date(DateTimeFormatter format) implements SelectorPart {
        // one run of a letter each, of a length that is printed in digits
        private static final String FIELD =
                "(?:y{1,4}(?!y)|u{1,4}(?!u)|MM?(?!M)|dd?(?!d)|D{1,3}(?!D)|HH?(?!H)|mm?(?!m)|ss?(?!s)|QQ?(?!Q))";
        private static final Pattern DIGITS = Pattern.compile(FIELD + "(?:[-.]?" + FIELD + ")*");
        private static final Instant WIDEST = Instant.parse("9999-12-31T23:59:59Z");

        static Date of(String pattern) {
            if (!DIGITS.matcher(pattern).matches()) {
                throw new IllegalArgumentException("{date:" + pattern + "} is no date in digits, as in {date:yyyyMMdd}:"
                        + " y year, M month, d day, D day of the year, Q quarter, H hour, m minute, s second");
            }
            return new Date(DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC));
        }

        @Override
        public String text(ForKey key, RandomGenerator random) {
            return format.format(key.at());
        }

        @Override
        public String longest() {
            return format.format(WIDEST);
        }
    }

    record Random(int length) implements SelectorPart {
        @Override
        public String text(ForKey key, RandomGenerator random) {
            StringBuilder text = new StringBuilder();
            random.ints(length, 0, ALPHABET.length()).forEach(index -> text.append(ALPHABET.charAt(index)));
            return text.toString();
        }

        @Override
        public String longest() {
            return "x".repeat(length);
        }

        @Override
        public int secretBits() {
            return 5 * length;
        }
    }

    record Algorithm() implements SelectorPart {
        @Override
        public String text(ForKey key, RandomGenerator random) {
            return key.algorithm().word();
        }

        @Override
        public String longest() {
            return KeyAlgorithm.offered().stream()
                    .map(KeyAlgorithm::word)
                    .max(Comparator.comparingInt(String::length))
                    .orElseThrow();
        }
    }

    /** The number of the key, or, where that selector was had, the next that was not. */
    record Sequence() implements SelectorPart {
        @Override
        public String text(ForKey key, RandomGenerator random) {
            return String.valueOf(key.id().number());
        }

        @Override
        public String longest() {
            return String.valueOf(Integer.MAX_VALUE);
        }
    }

    /** The same for all keys of a domain, and no secret: who knows the domain can reckon it. */
    record DomainHash(int length) implements SelectorPart {
        private static final int BITS = 256;
        static final int MOST = BITS / 5;

        @Override
        public String text(ForKey key, RandomGenerator random) {
            BigInteger hash = new BigInteger(1, sha256(key.id().domain()));
            StringBuilder text = new StringBuilder();
            for (int i = 1; i <= length; i++) {
                text.append(ALPHABET.charAt(hash.shiftRight(BITS - 5 * i).intValue() & 31));
            }
            return text.toString();
        }

        @Override
        public String longest() {
            return "x".repeat(length);
        }

        private static byte[] sha256(SigningDomain domain) {
            try {
                return MessageDigest.getInstance("SHA-256").digest(domain.name().getBytes(StandardCharsets.US_ASCII));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }
}
