package org.selectord.dnsupdate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FenceTest {
    private static final OwnerName OWNER = OwnerName.of("_selectord._domainkey.example.org");

    @Test
    void whatIsPrintedIsParsed() {
        Random random = new Random(20261122);
        for (int i = 0; i < 1_000; i++) {
            Fence fence = new Fence(1 + (random.nextLong() >>> 5), "host-" + random.nextInt() + ".example:8953");
            assertThat(Fence.parse(fence.toString())).contains(fence);
            assertThat(Fence.of(fence.at(OWNER))).contains(fence);
        }
        assertThat(new Fence(7, "mail1")).hasToString("v=selectord1; e=7; i=mail1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v=selectord1",
                "v=selectord2; e=7; i=mail1",
                "v=selectord1; e=0; i=mail1",
                "v=selectord1; e=07; i=mail1",
                "v=selectord1; e=-7; i=mail1",
                "v=selectord1; e=9999999999999999999; i=mail1",
                "v=selectord1; e=7; i=",
                "v=selectord1; e=7; i=mail 1",
                "v=selectord1;e=7;i=mail1",
                "v=selectord1; e=7; i=mail1; x=y",
                "v=DKIM1; p="
            })
    void anythingElseIsNoFence(String text) {
        assertThat(Fence.parse(text)).isEmpty();
    }

    @Test
    void aFenceInSeveralStringsIsOneAndSeveralRecordsAreNone() {
        TxtRecord split = new TxtRecord(List.of("v=selectord1; ", "e=7; i=mail1"));
        assertThat(Fence.of(new TxtRRset(OWNER, 0, List.of(split)))).contains(new Fence(7, "mail1"));
        assertThat(Fence.of(new TxtRRset(OWNER, 0, List.of(split, new TxtRecord(List.of("else"))))))
                .isEmpty();
    }

    @Test
    void onlyALaterCallOfTheSameInstanceFollows() {
        Fence ours = new Fence(7, "mail1");
        assertThat(ours.follows(new Fence(6, "mail1"))).isTrue();
        assertThat(ours.follows(new Fence(7, "mail1"))).isFalse();
        assertThat(ours.follows(new Fence(8, "mail1"))).isFalse();
        assertThat(ours.follows(new Fence(6, "mail2"))).isFalse();
    }

    @Test
    void whatCouldNotBeReadBackIsNotMade() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Fence(0, "mail1"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Fence(7, "mail 1"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Fence(7, ""));
        assertThatIllegalArgumentException().isThrownBy(() -> new Fence(Long.MAX_VALUE, "mail1"));
    }

    @ParameterizedTest
    @CsvSource({
        "example.org.,            , _selectord._domainkey.example.org.",
        "example.org.,            dkim.example.org., _selectord.example.org.",
        "_domainkey.example.org., , _selectord._domainkey.example.org.",
        "x_domainkey.example.,    , _selectord._domainkey.x_domainkey.example.",
    })
    void itStandsBesideTheKeyRecords(String apex, @Nullable String aliasedBelow, String owner) {
        DnsSettings settings = new DnsSettings(
                "test",
                List.of(new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 53)),
                new TsigKey(OwnerName.of("k"), "hmac-sha256", new TsigSecret(new byte[32])),
                DnsSettings.DEFAULT_RECORD_TTL,
                java.util.Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN);
        Zone zone = new Zone(
                OwnerName.of(apex),
                settings,
                java.util.Set.of(),
                java.util.Optional.ofNullable(aliasedBelow).map(OwnerName::new));
        assertThat(zone.fenceOwner()).isEqualTo(OwnerName.of(owner));
    }
}
