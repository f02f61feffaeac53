package org.selectord.dnsupdate;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AliasTest {
    @Test
    void isWrittenAsWhoHasTheZoneWritesIt() {
        assertThat(Alias.into(OwnerName.of("dkim.provider.net"), OwnerName.of("sd1._domainkey.example.org")))
                .hasToString("sd1._domainkey.example.org. 3600 IN CNAME sd1.example.org.dkim.provider.net.");
    }

    @ParameterizedTest
    @CsvSource({
        "sd1._domainkey.example.org.,            sd1.example.org.dkim.provider.net.",
        "a.b._domainkey.mail.example.org.,       a.b.mail.example.org.dkim.provider.net.",
        "sd1.example.org.dkim.provider.net.,     sd1.example.org.dkim.provider.net.",
        "s1._domainkey.x.dkim.provider.net.,     s1._domainkey.x.dkim.provider.net.",
        "_selectord.provider.net.,               _selectord.provider.net.",
    })
    void theZoneKnowsWhereAVerifierIsLed(String owner, String home) {
        DnsSettings settings = new DnsSettings(
                "test",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                new TsigKey(OwnerName.of("k"), "hmac-sha256", new TsigSecret(new byte[32])),
                DnsSettings.DEFAULT_RECORD_TTL,
                Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN);
        OwnerName apex = OwnerName.of("provider.net");
        Zone zone = new Zone(apex, settings, Set.of(), Optional.of(OwnerName.of("dkim.provider.net")));
        assertThat(zone.home(new OwnerName(owner))).isEqualTo(new OwnerName(home));
        assertThat(new Zone(apex, settings).home(new OwnerName(owner))).isEqualTo(new OwnerName(owner));
    }
}
