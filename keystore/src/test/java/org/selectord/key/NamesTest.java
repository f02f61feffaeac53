package org.selectord.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @CsvSource({
        "example.org,         example.org",
        "Example.ORG.,        example.org",
        "' example.org ',     example.org",
        "a.b.c.example.org,   a.b.c.example.org",
        "xn--bcher-kva.example, xn--bcher-kva.example",
        "3com.example,        3com.example",
    })
    void signingDomainsAreFoldedFromWhatPeopleWrite(String written, String name) {
        assertThat(SigningDomain.of(written).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "org,               at least two labels",
        "'',                at least two labels",
        "example..org,      the label \"\"",
        ".example.org,      the label \"\"",
        "example.org..,     the label \"\"",
        "-x.example.org,    the label \"-x\"",
        "x-.example.org,    the label \"x-\"",
        "_x.example.org,    the label \"_x\"",
        "b\u00fccher.example, xn--",
        "exa mple.org,      the label \"exa mple\"",
        "*.example.org,     the label \"*\"",
    })
    void whatIsNoSigningDomainIsRefusedWithAReason(String written, String why) {
        assertThatThrownBy(() -> SigningDomain.of(written))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aSigningDomainLeavesRoomForItsSelectors() {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "a".repeat(242 - 3 * 64);

        assertThat(SigningDomain.of(longest).name()).hasSize(242);
        assertThatThrownBy(() -> SigningDomain.of("a" + longest)).hasMessageContaining("too long");
        assertThatThrownBy(() -> SigningDomain.of("a" + label + ".org")).hasMessageContaining("label");
    }

    @ParameterizedTest
    @ValueSource(strings = {"s1", "2026-11", "a.b", "x"})
    void selectorsAreOneOrMoreLabels(String name) {
        assertThat(new Selector(name).ownerName(new SigningDomain("example.org")))
                .isEqualTo(name + "._domainkey.example.org.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S1", "-s", "s-", "s_1", ".s", "s.", "a..b", "s 1"})
    void whatIsNoSelectorIsRefused(String name) {
        assertThatThrownBy(() -> new Selector(name)).hasMessageContaining("is no selector");
    }

    @Test
    void keyNumbersCountFromOne() {
        SigningDomain domain = new SigningDomain("example.org");

        assertThat(new KeyId(domain, 1)).hasToString("example.org#1").isLessThan(new KeyId(domain, 2));
        assertThatThrownBy(() -> new KeyId(domain, 0)).hasMessageContaining("count from 1");
    }

    @Test
    void aFingerprintIsALowerCaseSha256() {
        assertThat(new KeyFingerprint("0a".repeat(32))).hasToString("0a".repeat(32));
        assertThatThrownBy(() -> new KeyFingerprint("0A".repeat(32))).hasMessageContaining("64 lower-case");
        assertThatThrownBy(() -> new KeyFingerprint("0a")).hasMessageContaining("64 lower-case");
    }

    @Test
    void algorithmsAreFoundByTheirWordAndBySize() {
        assertThat(KeyAlgorithm.named("rsa-3072")).contains(KeyAlgorithm.RSA_3072);
        assertThat(KeyAlgorithm.named("ed25519")).contains(KeyAlgorithm.ED25519);
        assertThat(KeyAlgorithm.of(KeyType.RSA, 4096)).contains(KeyAlgorithm.RSA_4096);
        assertThat(KeyAlgorithm.of(KeyType.RSA, 1000)).isEmpty();
        assertThat(KeyAlgorithm.of(KeyType.ED25519, 2048)).isEmpty();
    }

    @Test
    void aShortRsaKeyIsKnownButNotOffered() {
        assertThat(KeyAlgorithm.of(KeyType.RSA, 1024)).contains(KeyAlgorithm.RSA_1024);
        assertThat(KeyAlgorithm.RSA_1024.isOffered()).isFalse();
        assertThat(KeyAlgorithm.named("rsa-1024")).isEmpty();
        assertThat(KeyAlgorithm.named("rsa-1536")).isEmpty();
        assertThat(KeyAlgorithm.offered())
                .containsExactly(
                        KeyAlgorithm.RSA_2048, KeyAlgorithm.RSA_3072, KeyAlgorithm.RSA_4096, KeyAlgorithm.ED25519);
    }
}
