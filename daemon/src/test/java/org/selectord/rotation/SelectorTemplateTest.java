package org.selectord.rotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

class SelectorTemplateTest {
    private static final SigningDomain DOMAIN = SigningDomain.of("example.org");
    private static final Instant TODAY = Instant.parse("2026-11-22T23:59:59Z");

    private static final List<KeyAlgorithm> ALGORITHMS = List.of(KeyAlgorithm.values());

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @ParameterizedTest
    @CsvSource({
        "s{date:yyyyMMdd},           s20261122",
        "{date:yy-D}.{date:HHmmss},  26-326.235959",
        "s{date:uuuu.QQ},            s2026.04",
        "k{sequence},                k7",
        "{algorithm}-{sequence},     rsa-3072-7",
        "{domainhash:6}.{sequence},  x6v4g5.7",
        "mail,                       mail",
    })
    void eachPartSaysWhatItIsFor(String template, String selector) {
        assertThat(SelectorTemplate.of(template).next(new KeyId(DOMAIN, 7), KeyAlgorithm.RSA_3072, TODAY, random))
                .hasToString(selector);
    }

    @Test
    void aDomainsHashIsItsOwnAndAlwaysTheSame() {
        SelectorTemplate template = SelectorTemplate.of("{domainhash:20}");
        Set<Selector> made = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            made.add(next(template, new KeyId(SigningDomain.of("d" + i + ".example"), 1)));
        }

        assertThat(made).hasSize(1000);
        assertThat(next(template, new KeyId(DOMAIN, 1))).isEqualTo(next(template, new KeyId(DOMAIN, 2)));
    }

    @ParameterizedTest
    @CsvSource({
        "s{date:yyyyMMdd}{random:8}, 40, false",
        "{random:3}-{random:4},      35, false",
        "{sequence}{domainhash:20},   0, false",
        "s{date:yyyyMMdd},            0, true",
        "{algorithm}{domainhash:20},  0, true",
    })
    void secretBitsAreThoseThatNobodyCanReckon(String template, int bits, boolean repeats) {
        assertThat(SelectorTemplate.of(template).secretBits()).isEqualTo(bits);
        assertThat(SelectorTemplate.of(template).repeats()).isEqualTo(repeats);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                ".",
                "a..b",
                "-{random:8}",
                "{random:8}.",
                "{random:8}.-{sequence}",
                "s_{random:8}",
                "S{random:8}",
                "s{random}",
                "s{random:0}",
                "s{random:64}",
                "a{random:63}",
                "{date}",
                "{date:}",
                "{date:MMM}",
                "{date:yyyyy}",
                "{date:EEE}",
                "{date:yyyy/MM}",
                "{date:yyyy-}",
                "{date:'x'}",
                "{sequence:2}",
                "{algorithm",
                "{domainhash:0}",
                "{random:60}.{random:60}",
            })
    void whatMakesNoLegalSelectorIsRefused(String template) {
        assertThatThrownBy(() -> SelectorTemplate.of(template)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whateverIsAcceptedMakesLegalSelectorsOfNoMoreThanItsLength() {
        int accepted = 0;
        for (int i = 0; i < 20_000; i++) {
            Optional<SelectorTemplate> template = accepted(randomTemplate());
            if (template.isPresent()) {
                accepted++;
                everySelectorIsLegal(template.get());
            }
        }
        assertThat(accepted).as("seed %d", seed).isGreaterThan(4_000);
    }

    /** That it is a selector and its owner name one of DNS is seen by their being made: neither can be wrong. */
    private void everySelectorIsLegal(SelectorTemplate template) {
        for (int i = 0; i < 5; i++) {
            KeyId id = new KeyId(DOMAIN, 1 + random.nextInt(Integer.MAX_VALUE));
            OwnerName owner = OwnerName.of(next(template, id).ownerName(DOMAIN));

            assertThat(owner.name().length() - 1)
                    .as("%s of %s, seed %d", owner, template, seed)
                    .isLessThanOrEqualTo(template.longestOwnerName(DOMAIN));
        }
    }

    private String randomTemplate() {
        List<Supplier<String>> parts = List.of(
                () -> "{date:yyyyMMdd}",
                () -> "{date:y.D}",
                () -> "{date:d-M-HHmmss}",
                () -> "{random:" + random.nextInt(70) + "}",
                () -> "{algorithm}",
                () -> "{sequence}",
                () -> "{domainhash:" + random.nextInt(60) + "}",
                () -> ".",
                () -> "-",
                () -> "s" + random.nextInt(100));
        StringBuilder template = new StringBuilder();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            template.append(parts.get(random.nextInt(parts.size())).get());
        }
        return template.toString();
    }

    private static Optional<SelectorTemplate> accepted(String template) {
        try {
            return Optional.of(SelectorTemplate.of(template));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @Test
    void aSelectorOfTheWholeLengthFitsAndOneMoreDoesNot() {
        SelectorTemplate template = SelectorTemplate.of("s{random:8}"); // s and 8 and ._domainkey. are 21 characters
        SigningDomain fits = domainOf(253 - 21);

        assertThat(template.fits(fits)).isTrue();
        assertThat(next(template, new KeyId(fits, 1)).ownerName(fits)).hasSize(254);
        assertThat(template.fits(domainOf(253 - 20))).isFalse();
        assertThat(template.longestOwnerName(domainOf(253 - 20))).isEqualTo(254);
    }

    private static SigningDomain domainOf(int length) {
        String start = ("a".repeat(60) + ".").repeat(3);
        return new SigningDomain(start + "b".repeat(length - start.length() - 4) + ".org");
    }

    private Selector next(SelectorTemplate template, KeyId id) {
        KeyAlgorithm algorithm = ALGORITHMS.get(random.nextInt(ALGORITHMS.size()));
        Instant at = TODAY.plus(Duration.ofHours(random.nextInt(24 * 36_500)));
        return template.next(id, algorithm, at, random);
    }
}
