package org.selectord.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAKeyGenParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRecordTest {
    // RFC 6376 appendix C, 1024 bits
    private static final String RFC_KEY =
            "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
                    + "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToI"
                    + "MmPSPDdQPNUYckcQ2QIDAQAB";
    // the same key as the bare RSAPublicKey that erratum 6674 would like to see there
    private static final String RFC_KEY_BARE =
            Base64.getEncoder().encodeToString(tail(Base64.getDecoder().decode(RFC_KEY), 22));
    private static final String RFC_8463_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="; // appendix A.2
    private static final PublicHalf HALF = half();

    @Test
    void publishesAPublicHalf() {
        assertThat(KeyRecord.of(HALF).text())
                .isEqualTo("v=DKIM1; k=rsa; p=" + Base64.getEncoder().encodeToString(HALF.subjectPublicKeyInfo()));
    }

    @Test
    void comesBackToThePublicHalf() {
        KeyRecord parsed = KeyRecord.parse(KeyRecord.of(HALF).text());

        assertThat(parsed).isEqualTo(KeyRecord.of(HALF)).hasSameHashCodeAs(KeyRecord.of(HALF));
        assertThat(parsed.publicHalf()).contains(HALF);
        assertThat(parsed.fingerprint()).contains(HALF.fingerprint());
        assertThat(parsed.keyType()).contains(KeyType.RSA);
        assertThat(parsed.isRevoked()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = "RSA_(2048|3072|4096)", mode = EnumSource.Mode.MATCH_ALL)
    void isCutIntoStringsOfAtMost255OctetsThatJoinToTheText(KeyAlgorithm algorithm) {
        BigInteger modulus = BigInteger.ONE.shiftLeft(algorithm.bits() - 1).add(BigInteger.ONE);
        KeyRecord record = KeyRecord.of(PublicHalf.rsa(modulus, BigInteger.valueOf(65537)));

        List<String> strings = record.strings();

        assertThat(String.join("", strings)).isEqualTo(record.text());
        assertThat(strings.subList(0, strings.size() - 1)).isNotEmpty().allMatch(string -> string.length() == 255);
        assertThat(strings.get(strings.size() - 1)).isNotEmpty().hasSizeLessThanOrEqualTo(255);
    }

    @Test
    void hasNoEmptyLastStringWhereTheTextFillsTheFirst() {
        KeyRecord record = KeyRecord.parse("p=; n=" + "x".repeat(255 - "p=; n=".length()));

        assertThat(record.strings()).containsExactly(record.text());
    }

    @Test
    void readsTheRecordOfTheRfc() {
        KeyRecord record = KeyRecord.parse("v=DKIM1; p=" + RFC_KEY);

        assertThat(record.keyType()).contains(KeyType.RSA);
        assertThat(record.fingerprint()).isPresent();
        assertThat(record.publicHalf().map(PublicHalf::algorithm))
                .as("a size that we do not make, but may meet")
                .contains(KeyAlgorithm.RSA_1024);
    }

    @Test
    void aSizeThatNobodyUsesHasAFingerprintButNoPublicHalf() {
        RSAPublicKey odd =
                (RSAPublicKey) TestKeyPairs.rsa(1032, RSAKeyGenParameterSpec.F4).getPublic();

        KeyRecord record = KeyRecord.parse("p=" + Base64.getEncoder().encodeToString(odd.getEncoded()));

        assertThat(record.fingerprint()).isPresent();
        assertThat(record.publicHalf()).isEmpty();
    }

    @Test
    void anEd25519RecordHoldsTheBareOctets() {
        byte[] octets = Base64.getDecoder().decode(RFC_8463_KEY);

        KeyRecord record = KeyRecord.of(PublicHalf.ed25519(octets));

        assertThat(record.text()).isEqualTo("v=DKIM1; k=ed25519; p=" + RFC_8463_KEY);
        assertThat(record.strings()).hasSize(1);
        assertThat(KeyRecord.parse(record.text())).isEqualTo(record);
        assertThat(record.publicHalf()).contains(PublicHalf.ed25519(octets));
        assertThat(record.fingerprint()).contains(PublicHalf.ed25519(octets).fingerprint());
    }

    /** Too short, too long, with the ASN.1 around it that RFC 8463 section 4 leaves away, and octets that are no point of the curve. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==",
                "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoA",
                "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                "/////////////////////////////////////////38="
            })
    void whatIsNoEd25519KeyHasNoFingerprint(String published) {
        KeyRecord record = KeyRecord.parse("k=ed25519; p=" + published);

        assertThat(record.fingerprint()).isEmpty();
        assertThat(record.publicHalf()).isEmpty();
    }

    @Test
    void aKeyHasOneFingerprintHoweverItIsEncoded() {
        assertThat(KeyRecord.parse("p=" + RFC_KEY_BARE).fingerprint())
                .isPresent()
                .isEqualTo(KeyRecord.parse("p=" + RFC_KEY).fingerprint());
    }

    @Test
    void anEmptyKeyIsARevokedOne() {
        KeyRecord revoked = KeyRecord.parse("v=DKIM1; k=rsa; p=");

        assertThat(revoked.isRevoked()).isTrue();
        assertThat(revoked.fingerprint()).isEmpty();
        assertThat(revoked.publicHalf()).isEmpty();
        assertThat(revoked.text()).isEqualTo("v=DKIM1; k=rsa; p=");
    }

    @Test
    void foldingWhiteSpaceMakesNoDifference() {
        String folded = RFC_KEY.replaceAll("(.{64})", "$1\r\n\t ");

        assertThat(KeyRecord.parse(" v = DKIM1 ;\r\n p\t=  " + folded + " ; "))
                .isEqualTo(KeyRecord.parse("v=DKIM1; p=" + RFC_KEY));
    }

    @Test
    void withoutTagsTheDefaultsHold() {
        KeyRecord record = KeyRecord.parse("p=" + RFC_KEY);

        assertThat(record.keyType()).contains(KeyType.RSA);
        assertThat(record.allowsHash("sha256")).isTrue();
        assertThat(record.allowsEmail()).isTrue();
        assertThat(record.hasFlag("y")).isFalse();
        assertThat(record.tag("n")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "h=sha1,          false, true,  false, false",
        "h=sha1 : sha256, true,  true,  false, false",
        "h=new:sha256,    true,  true,  false, false",
        "s=*,             true,  true,  false, false",
        "s=email,         true,  true,  false, false",
        "s=tlsrpt,        true,  false, false, false",
        "s=tlsrpt:email,  true,  true,  false, false",
        "t=y,             true,  true,  true,  false",
        "t=s,             true,  true,  false, true",
        "t=new : y:s,     true,  true,  true,  true",
        "t=,              true,  true,  false, false",
    })
    void tagsLimitWhatTheKeyIsFor(String tag, boolean sha256, boolean email, boolean testing, boolean exactDomain) {
        KeyRecord record = KeyRecord.parse("v=DKIM1; " + tag + "; p=" + RFC_KEY);

        assertThat(record.allowsHash("sha256")).isEqualTo(sha256);
        assertThat(record.allowsEmail()).isEqualTo(email);
        assertThat(record.hasFlag("y")).isEqualTo(testing);
        assertThat(record.hasFlag("s")).isEqualTo(exactDomain);
    }

    @Test
    void unknownTagsAreKeptAndMeanNothing() {
        KeyRecord record = KeyRecord.parse("v=DKIM1; x_1=a = b; n=two  words; p=" + RFC_KEY);

        assertThat(record.text()).isEqualTo("v=DKIM1; x_1=a = b; n=two  words; p=" + RFC_KEY);
        assertThat(record.tag("x_1")).contains("a = b");
        assertThat(record.tag("n")).contains("two  words");
        assertThat(record.fingerprint())
                .isEqualTo(KeyRecord.parse("p=" + RFC_KEY).fingerprint());
    }

    @ParameterizedTest
    @CsvSource({"k=ed25519, ED25519", "k=rsa, RSA"})
    void knowsKeyTypes(String tag, KeyType type) {
        assertThat(KeyRecord.parse(tag + "; p=AAAA").keyType()).contains(type);
    }

    @ParameterizedTest
    @CsvSource({"k=RSA", "k=dilithium", "k=ed25519"})
    void aKeyOfAnotherTypeHasNoRsaFingerprint(String tag) {
        assertThat(KeyRecord.parse(tag + "; p=" + RFC_KEY).fingerprint()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                           | \"\" is no tag=value",
                "v=spf1 -all                  | it has no p=",
                "v=DKIM1; k=rsa               | it has no p=",
                "v=DKIM2; p=                  | its v= is \"DKIM2\", not DKIM1",
                "v=dkim1; p=                  | its v= is \"dkim1\", not DKIM1",
                "v=; p=                       | its v= is \"\", not DKIM1",
                "k=rsa; v=DKIM1; p=           | its v= is not the first tag",
                "v=DKIM1; p=; p=              | the tag p= is there twice",
                "v=DKIM1; v=DKIM1; p=         | the tag v= is there twice",
                "v=DKIM1; p=AAA!              | its p= is no base64",
                "v=DKIM1; p=A                 | its p= is no base64",
                "v=DKIM1;; p=                 | \"\" is no tag=value",
                "v=DKIM1; 1x=y; p=            | \"1x=y\" is no tag=value",
                "v=DKIM1; words; p=           | \"words\" is no tag=value",
                "v=DKIM1; =x; p=              | \"=x\" is no tag=value",
                "v=DKIM1; n=\u00fcber; p=     | it holds something else than printable ASCII",
            })
    void refusesWhatVerifiersIgnore(String text, String why) {
        assertThatThrownBy(() -> KeyRecord.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no key record (RFC 6376 3.6.1): ")
                .hasMessageContaining(why);
    }

    @Test
    void whatOthersPublishCannotBreakALogLine() {
        assertThatThrownBy(() -> KeyRecord.parse("p=; forged\r\nlog line"))
                .hasMessageEndingWith("\"forged log line\" is no tag=value");
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatWeParseWeCanPrintAndWhatWePrintWeCanParse(long seed) {
        String written = randomRecord(new Random(seed));

        KeyRecord parsed = KeyRecord.parse(written);

        assertThat(KeyRecord.parse(parsed.text())).isEqualTo(parsed);
        assertThat(KeyRecord.parse(parsed.text()).text()).isEqualTo(parsed.text());
        assertThat(KeyRecord.parse(String.join("", parsed.strings()))).isEqualTo(parsed);
        assertThat(KeyRecord.parse(parsed.text()).fingerprint()).isEqualTo(parsed.fingerprint());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void noDamageToAPublishedKeyBreaksTheReader(long seed) {
        Random random = new Random(seed);
        byte[] published = pickKey(random);
        for (int i = random.nextInt(4); i >= 0 && published.length > 0; i--) {
            published[random.nextInt(published.length)] = (byte) random.nextInt(256);
        }

        KeyRecord record = KeyRecord.parse("k=" + pick(random, "rsa", "ed25519") + "; p="
                + Base64.getEncoder().encodeToString(published));

        if (record.publicHalf().isPresent()) {
            assertThat(record.fingerprint()).contains(record.publicHalf().get().fingerprint());
        }
    }

    private static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    private static String randomRecord(Random random) {
        List<String> tags = new ArrayList<>(List.of(
                "p" + fws(random) + "=" + fws(random) + folded(random),
                "k=" + pick(random, "rsa", "ed25519", "new"),
                "h=" + fws(random) + pick(random, "sha256", "sha1" + fws(random) + ":sha256", "")));
        Stream.of(
                        "s=*:email",
                        "t=y" + fws(random) + ":s",
                        "n=some words=" + fws(random) + "=",
                        "x" + random.nextInt(9) + "=~!")
                .filter(tag -> random.nextBoolean())
                .forEach(tags::add);
        Collections.shuffle(tags, random);
        if (random.nextBoolean()) {
            tags.add(0, "v=DKIM1");
        }
        return String.join(fws(random) + ";" + fws(random), tags) + pick(random, "", ";", " ; ");
    }

    private static String folded(Random random) {
        String base64 = Base64.getEncoder().encodeToString(pickKey(random));
        int at = random.nextInt(base64.length() + 1);
        return base64.substring(0, at) + fws(random) + base64.substring(at);
    }

    private static byte[] pickKey(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> HALF.subjectPublicKeyInfo();
            case 1 -> Base64.getDecoder().decode(RFC_8463_KEY);
            default -> randomBytes(random);
        };
    }

    private static byte[] randomBytes(Random random) {
        byte[] bytes = new byte[random.nextInt(600)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String fws(Random random) {
        return IntStream.range(0, random.nextInt(3))
                .mapToObj(i -> pick(random, " ", "\t", "\r\n "))
                .reduce("", String::concat);
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static byte[] tail(byte[] bytes, int from) {
        return Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private static PublicHalf half() {
        RSAPublicKey key = (RSAPublicKey) TestKeyPairs.rsa2048().getPublic();
        return PublicHalf.rsa(key.getModulus(), key.getPublicExponent());
    }
}
