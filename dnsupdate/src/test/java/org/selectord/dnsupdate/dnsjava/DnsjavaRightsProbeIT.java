package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsFinding.Kind;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

/** Against the real BIND: one zone for each kind of {@code update-policy}. After every test every zone is as it was. */
@Timeout(60)
class DnsjavaRightsProbeIT {
    private static final String ADMIN = " grant admin zonesub ANY; };";
    private static final List<BedZone> ZONES = List.of(
            BedZone.of("right.example."),
            BedZone.of("zonesub.example.").rights("update-policy { grant selectord zonesub TXT;" + ADMIN),
            BedZone.of("any.example.").rights("update-policy { grant selectord zonesub ANY;" + ADMIN),
            BedZone.of("nodeny.example.")
                    .rights("update-policy { grant selectord wildcard *._domainkey.nodeny.example. TXT;" + ADMIN),
            BedZone.of("late.example.")
                    .rights("update-policy { grant selectord wildcard *._domainkey.late.example. TXT;"
                            + " deny selectord name *._domainkey.late.example. ANY;" + ADMIN),
            BedZone.of("types.example.")
                    .rights("update-policy { deny selectord name *._domainkey.types.example. ANY;"
                            + " grant selectord wildcard *._domainkey.types.example. A TXT;" + ADMIN),
            BedZone.of("none.example.").rights("update-policy {" + ADMIN),
            BedZone.of("byname.example.")
                    .rights("update-policy { grant selectord name s1._domainkey.byname.example. TXT;" + ADMIN),
            BedZone.of("static.example.").rights(""),
            BedZone.of("allow.example.").rights("allow-update { key selectord; key admin; };"),
            BedZone.of("half.example.").signing("half.example."),
            BedZone.of("sub.example.")
                    .rights("update-policy { deny selectord name *._domainkey.news.sub.example. ANY;"
                            + " grant selectord wildcard *._domainkey.news.sub.example. TXT;" + ADMIN),
            BedZone.of("_domainkey.own.example.").signing("own.example."),
            BedZone.of("frozen.example."));

    private static BindBed bed;

    private List<List<String>> before = List.of();

    @BeforeAll
    static void start() {
        bed = BindBed.start(1, ZONES.toArray(BedZone[]::new));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    @BeforeEach
    void look() {
        before = contents();
    }

    /** The contents hold the serial of the SOA; a zone that was never written has no journal. */
    @AfterEach
    void nothingWasWritten() throws Exception {
        assertThat(contents()).isEqualTo(before);
        try (var files = Files.list(bed.primary().directory())) {
            assertThat(files.filter(file -> file.toString().endsWith(".jnl"))).isEmpty();
        }
    }

    private static List<List<String>> contents() {
        return ZONES.stream().map(zone -> bed.primary().axfr(zone.apex())).toList();
    }

    @Test
    void whereTheRightsAreThoseOfTheManualNothingIsSaid() {
        assertThat(probe("right.example.", "right.example")).isEmpty();
        assertThat(probe("_domainkey.own.example.", "own.example")).isEmpty();
    }

    @Test
    void zonesubIsTooWideAndTheNarrowerPolicyIsSaid() {
        assertThat(probe("zonesub.example.", "zonesub.example")).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.TOO_WIDE);
            assertThat(finding.said())
                    .contains("TSIG key selectord", "zone zonesub.example.", "TXT at *._domainkey.zonesub.example.")
                    .contains("TXT at zonesub.example.", "TXT at www.zonesub.example.", "TXT at any other name")
                    .doesNotContain("A at", "CNAME", "SOA");
            assertThat(finding.policy()).isEqualTo(pair("zonesub.example"));
        });
    }

    @Test
    void everyTypeEverywhereIsTooWideForEachDomainAndTheFence() {
        assertThat(probe("any.example.", "list.any.example", "news.any.example"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.TOO_WIDE);
                    assertThat(finding.said()).contains("A at names below _domainkey.list.any.example.", "and 7 more.");
                    assertThat(finding.policy())
                            .containsAll(pair("list.any.example"))
                            .containsAll(pair("news.any.example"))
                            .endsWith("grant selectord name _selectord._domainkey.any.example. TXT;")
                            .hasSize(5);
                });
    }

    @Test
    void allowUpdateIsTooWide() {
        assertThat(probe("allow.example.", "allow.example")).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.TOO_WIDE);
            assertThat(finding.policy()).isEqualTo(pair("allow.example"));
        });
    }

    @Test
    void aWildcardThatMayBeWrittenItselfIsTooWideAlsoWhereTheDenyComesTooLate() {
        for (String domain : List.of("nodeny.example", "late.example")) {
            assertThat(probe(domain + ".", domain)).singleElement().satisfies(finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.TOO_WIDE);
                assertThat(finding.said()).contains("TXT at *._domainkey." + domain + ". Put this");
                assertThat(finding.names()).containsExactly(OwnerName.of("_domainkey." + domain));
                assertThat(finding.policy()).isEqualTo(pair(domain));
            });
        }
    }

    @Test
    void anotherTypeAtTheNamesIsTooWide() {
        assertThat(probe("types.example.", "types.example")).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.TOO_WIDE);
            assertThat(finding.said()).contains("needed: A at names below _domainkey.types.example. Put");
        });
    }

    @Test
    void withoutAGrantItIsTooNarrowForCertain() {
        assertThat(probe("none.example.", "none.example")).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.TOO_NARROW);
            assertThat(finding.said())
                    .contains("refuses TSIG key selectord TXT below _domainkey.none.example. in zone none.example.")
                    .doesNotContain("frozen");
            assertThat(finding.policy()).isEqualTo(pair("none.example"));
        });
    }

    @Test
    void whereEverythingIsRefusedTheZoneMayBeFrozenOrTheServerASecondary() {
        bed.primary().rndc("freeze", "frozen.example");
        for (String apex : List.of("frozen.example.", "static.example.")) {
            assertThat(probe(apex, apex)).singleElement().satisfies(finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.TOO_NARROW);
                assertThat(finding.said())
                        .contains("either the zone is frozen (rndc thaw " + apex.replaceFirst("\\.$", ""));
                assertThat(finding.policy()).isEqualTo(pair(apex.replaceFirst("\\.$", "")));
            });
        }
        assertThat(probe(settings(bed.key(), bed.secondary(0).address()), "right.example.", "right.example"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.said()).contains("or the server is a secondary"));
        bed.primary().rndc("thaw", "frozen.example");
    }

    @Test
    void aGrantForOneOfTwoDomainsIsTooNarrowForTheOther() {
        assertThat(probe("half.example.", "half.example", "news.half.example"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.TOO_NARROW);
                    assertThat(finding.names()).containsExactly(OwnerName.of("_domainkey.news.half.example"));
                    assertThat(finding.policy()).isEqualTo(pair("news.half.example"));
                });
    }

    @Test
    void aFenceThatNoGrantCoversIsTooNarrow() {
        assertThat(probe("sub.example.", "news.sub.example")).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.TOO_NARROW);
            assertThat(finding.said()).contains("TXT at _selectord._domainkey.sub.example. in zone");
            assertThat(finding.policy())
                    .containsExactly("grant selectord name _selectord._domainkey.sub.example. TXT;");
        });
    }

    @Test
    void withAWrongSecretOrAnUnknownKeyNothingCanBeTold() {
        TsigKey wrong = Given.key("selectord", "another-another-another-another!");
        TsigKey unknown = Given.key("nobody", "another-another-another-another!");
        assertThat(probe(settings(wrong, bed.primary().address()), "right.example.", "right.example"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.CANNOT_TELL);
                    assertThat(finding.said()).contains("BADSIG", "copy the server's key file anew");
                });
        assertThat(probe(settings(unknown, bed.primary().address()), "right.example.", "right.example"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.CANNOT_TELL);
                    assertThat(finding.said()).contains("BADKEY");
                });
    }

    @Test
    void ofTwoPrimariesEachIsAsked() {
        DnsSettings two = settings(bed.key(), ScriptedPeer.NOBODY, bed.primary().address());
        assertThat(probe(two, "none.example.", "none.example"))
                .satisfiesExactly(
                        first -> {
                            assertThat(first.kind()).isEqualTo(Kind.CANNOT_TELL);
                            assertThat(first.said()).contains("127.0.0.1:1 does not tell", "cannot connect");
                        },
                        second -> assertThat(second.kind()).isEqualTo(Kind.TOO_NARROW));
    }

    @Test
    void beforeAPublicationThePrimaryThatTakesItIsAskedAndOnlyWhatIsSurelyMissingIsSaid() {
        TsigKey newest = Given.key("selectord-2027", "another-another-another-another!");
        DnsSettings second = settings(
                TsigKey.newestFirst(List.of(newest, bed.key())),
                ScriptedPeer.NOBODY,
                bed.primary().address());
        assertThat(missing(second, "none.example.", "none.example")).hasValueSatisfying(finding -> {
            assertThat(finding.names()).containsExactly(OwnerName.of("s1._domainkey.none.example"));
            assertThat(finding.said()).contains("refuses TSIG key selectord TXT at s1", "Add to its update-policy");
            assertThat(finding.policy()).isEqualTo(pair("none.example"));
        });
        DnsSettings dns = settings(bed.key(), bed.primary().address());
        assertThat(missing(dns, "right.example.", "right.example")).isEmpty();
        assertThat(missing(dns, "any.example.", "any.example")).as("too wide").isEmpty();
        assertThat(missing(dns, "byname.example.", "byname.example"))
                .as("the very name is granted, and no other")
                .isEmpty();
        assertThat(missing(dns, "byname.example.", "s2.byname.example")).isPresent();
        assertThat(missing(dns, "static.example.", "static.example"))
                .as("perhaps frozen")
                .isEmpty();
        assertThat(missing(settings(newest, bed.primary().address()), "none.example.", "none.example"))
                .as("not to be told")
                .isEmpty();
    }

    @Test
    void whileAKeyIsReplacedTheOldOneIsAskedForAndThatIsSaid() {
        TsigKey newest = Given.key("selectord-2027", "another-another-another-another!");
        DnsSettings both = settings(
                TsigKey.newestFirst(List.of(newest, bed.key())), bed.primary().address());
        assertThat(probe(both, "none.example.", "none.example"))
                .satisfiesExactly(
                        first -> {
                            assertThat(first.kind()).isEqualTo(Kind.OLD_KEY);
                            assertThat(first.said())
                                    .contains(
                                            "still takes TSIG key selectord (hmac-sha256), and not yet TSIG key selectord-2027");
                        },
                        second -> assertThat(second.policy()).isEqualTo(pair("none.example")));
    }

    @Test
    void manyDomainsOfAZoneAreAskedForTogetherAndTheOneThatIsRefusedIsFound() {
        String[] domains = new String[120];
        Arrays.setAll(domains, n -> "d" + n + ".any.example");
        assertThat(probe("any.example.", domains))
                .extracting(RightsFinding::kind)
                .containsExactly(Kind.TOO_WIDE);
        Arrays.setAll(domains, n -> n == 77 ? "half.example" : "d" + n + ".half.example");
        assertThat(probe("half.example.", domains)).singleElement().satisfies(finding -> {
            assertThat(finding.kind()).isEqualTo(Kind.TOO_NARROW);
            assertThat(finding.names()).hasSize(119).doesNotContain(OwnerName.of("_domainkey.half.example"));
        });
    }

    private static List<String> pair(String domain) {
        return List.of(
                "deny selectord name *._domainkey." + domain + ". ANY;",
                "grant selectord wildcard *._domainkey." + domain + ". TXT;");
    }

    private static List<RightsFinding> probe(String apex, String... domains) {
        return probe(bed.settings(), apex, domains);
    }

    private static List<RightsFinding> probe(DnsSettings dns, String apex, String... domains) {
        return probe().probe(new Zone(OwnerName.of(apex), dns), needed(apex, domains));
    }

    private static Optional<RightsFinding> missing(DnsSettings dns, String apex, String... domains) {
        return probe().missing(
                        new Zone(OwnerName.of(apex), dns),
                        Arrays.stream(domains)
                                .map(domain -> OwnerName.of("s1._domainkey." + domain))
                                .toList());
    }

    private static RightsProbe probe() {
        return new DnsjavaRightsProbe(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD, new SecureRandom());
    }

    private static NeededRights needed(String apex, String... domains) {
        OwnerName zone = OwnerName.of(apex);
        OwnerName beside = zone.name().startsWith("_domainkey.") ? zone : zone.child("_domainkey");
        return new NeededRights(
                Arrays.stream(domains)
                        .map(domain -> OwnerName.of("_domainkey." + domain))
                        .toList(),
                Optional.of(beside.child("_selectord")));
    }

    private static DnsSettings settings(TsigKey key, InetSocketAddress... primaries) {
        return Given.settings(key, Duration.ofMinutes(5), List.of(primaries));
    }
}
