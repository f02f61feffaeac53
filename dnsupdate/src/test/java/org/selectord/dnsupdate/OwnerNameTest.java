package org.selectord.dnsupdate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnerNameTest {
    @ParameterizedTest
    @CsvSource({
        "s1._domainkey.b.org., b.org., true",
        "b.org., b.org., true",
        "ab.org., b.org., false",
        "b.org., ab.org., false",
        "b.org., ., true",
        "org., b.org., false",
        "b.org.net., b.org., false",
    })
    void aNameLiesInAZoneOnlyAtALabelBoundary(String name, String apex, boolean lies) {
        assertThat(new OwnerName(name).isIn(new OwnerName(apex))).isEqualTo(lies);
    }

    @Test
    void parentsLeadToTheRootAndEndThere() {
        OwnerName name = new OwnerName("a.b.");
        assertThat(name.parent()).contains(new OwnerName("b."));
        assertThat(new OwnerName("b.").parent()).contains(new OwnerName("."));
        assertThat(new OwnerName(".").parent()).isEmpty();
    }

    @Test
    void childrenAreOneLabelLonger() {
        assertThat(new OwnerName("b.").child("a")).isEqualTo(new OwnerName("a.b."));
        assertThat(new OwnerName(".").child("b")).isEqualTo(new OwnerName("b."));
    }

    @Test
    void upperCaseIsFoldedAndTheTrailingDotAdded() {
        assertThat(OwnerName.of("S1._domainkey.Example.ORG").name()).isEqualTo("s1._domainkey.example.org.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.org",
                "Example.org.",
                "a..b.",
                ".a.",
                "a b.",
                "a\\.b.",
                "a;b.",
                "a\"b.",
                "ä.org.",
                "a-label-that-is-longer-than-the-sixty-three-octets-that-one-may-have.org."
            })
    void whatIsNoNameIsRefused(String written) {
        assertThatIllegalArgumentException().isThrownBy(() -> new OwnerName(written));
    }

    @Test
    void aNameHasAtMost253Characters() {
        String longest = "a.".repeat(127);
        assertThat(new OwnerName(longest).name()).hasSize(254);
        assertThatIllegalArgumentException().isThrownBy(() -> new OwnerName("a" + longest));
    }
}
