package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

/** Against the real BIND. */
@Timeout(60)
class DnsjavaAuthoritativeLookupIT {
    private static BindBed bed;

    @BeforeAll
    static void start() {
        bed = BindBed.start(
                0,
                BedZone.of("b.example.")
                        .negativeTtl(11)
                        .with("_domainkey.alias CNAME elsewhere.example.net.")
                        .with("_domainkey.dname DNAME elsewhere.example.net.")
                        .with("_domainkey.cut NS ns.elsewhere.example.net.")
                        .with("taken._domainkey CNAME elsewhere.example.net."),
                BedZone.of("split.example."),
                BedZone.of("_domainkey.split.example.")
                        .signing("split.example.")
                        .negativeTtl(3),
                BedZone.of("wild.example.").with("*._domainkey 40 TXT \"v=DKIM1; p=\""),
                BedZone.of("wildalias.example.").with("*._domainkey CNAME elsewhere.example.net."),
                BedZone.of("high.example.").with("* 50 TXT \"high\""),
                BedZone.of("wildmail.example.").with("*._domainkey 40 MX 10 mail", "mail A 127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "s1._domainkey.b.example,           b.example.,                11",
        "s1._domainkey.news.list.b.example, b.example.,                11",
        "b.example,                         b.example.,                11",
        "taken._domainkey.b.example,        b.example.,                11",
        "s1._domainkey.split.example,       _domainkey.split.example., 3",
        "s1._domainkey.news.split.example,  split.example.,            2",
        "s1._domainkey.wildmail.example,    wildmail.example.,         2",
    })
    void theNearestZoneAboveTheNameIsIts(String owner, String apex, long negativeTtlSeconds) {
        assertThat(locate(owner)).isEqualTo(new Location.At(OwnerName.of(apex), negativeTtlSeconds, Optional.empty()));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "s1._domainkey.ab.example,      REFUSED",
        "s1._domainkey.example.net,     REFUSED",
        "s1._domainkey.alias.b.example, CNAME elsewhere.example.net. at _domainkey.alias.b.example.",
        "s1._domainkey.dname.b.example, DNAME elsewhere.example.net. at _domainkey.dname.b.example.",
        "s1._domainkey.cut.b.example,   delegates _domainkey.cut.b.example. to ns.elsewhere.example.net.",
    })
    void whereNoUpdateCanGoThatIsSaid(String owner, String why) {
        assertThat(locate(owner))
                .isInstanceOfSatisfying(
                        Location.Nowhere.class,
                        nowhere -> assertThat(nowhere.why()).contains(why));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "s1._domainkey.wild.example,      40, '*._domainkey.wild.example. TXT \"v=DKIM1; p=\"'",
        "s1._domainkey.wildalias.example, 60, *._domainkey.wildalias.example. CNAME elsewhere.example.net.",
    })
    void aWildcardBesideTheNameIsSaidAndItsTtlCounts(String owner, long negativeTtlSeconds, String said) {
        assertThat(locate(owner)).isInstanceOfSatisfying(Location.At.class, at -> {
            assertThat(at.wildcard()).contains(said);
            assertThat(at.negativeTtlSeconds()).isEqualTo(negativeTtlSeconds);
        });
    }

    @Test
    void aWildcardHigherUpOnlyLengthensTheNegativeTtl() {
        assertThat(locate("s1._domainkey.high.example"))
                .isEqualTo(new Location.At(OwnerName.of("high.example"), 50, Optional.empty()));
    }

    @Test
    void withAWrongKeyThereIsNoAnswer() {
        DnsSettings wrong = Given.settings(
                Given.key("selectord", "another-another-another-another!"),
                Duration.ofMinutes(5),
                bed.settings().primaries());
        assertThat(locate(wrong, Clock.systemUTC()))
                .isInstanceOfSatisfying(
                        Location.NoAnswer.class,
                        none -> assertThat(none.cameBack()).contains("BADSIG", "seems to differ from ours"));
    }

    @Test
    void withAClockThatIsOffThereIsNoAnswer() {
        assertThat(locate(bed.settings(), Clock.offset(Clock.systemUTC(), Duration.ofSeconds(400))))
                .isInstanceOfSatisfying(
                        Location.NoAnswer.class,
                        none -> assertThat(none.cameBack()).contains("BADTIME", "ahead of the server's"));
    }

    @Test
    void whereNobodyListensThereIsNoAnswer() {
        assertThat(locate(Given.settings(ScriptedPeer.NOBODY), Clock.systemUTC()))
                .isInstanceOfSatisfying(
                        Location.NoAnswer.class,
                        none -> assertThat(none.cameBack()).contains("127.0.0.1:1", "refused"));
    }

    private static Location locate(String owner) {
        return lookup(Clock.systemUTC()).locate(bed.settings(), OwnerName.of(owner));
    }

    private static Location locate(DnsSettings dns, Clock clock) {
        return lookup(clock).locate(dns, OwnerName.of("s1._domainkey.b.example"));
    }

    private static DnsjavaAuthoritativeLookup lookup(Clock clock) {
        return new DnsjavaAuthoritativeLookup(clock, Timeouts.DEFAULT, Given.UNHEARD, new SecureRandom());
    }
}
