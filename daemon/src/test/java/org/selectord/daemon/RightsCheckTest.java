package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.config.Configuration;
import org.selectord.config.ConfigurationReader;
import org.selectord.config.Problem.Severity;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsFinding.Kind;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.SigningDomain;

class RightsCheckTest {
    private static final SigningDomain EXAMPLE = SigningDomain.of("example.org");
    private static final SigningDomain NEWS = SigningDomain.of("news.example.org");

    @TempDir
    private Path directory;

    private final Map<String, Location> locations = new HashMap<>();
    private final Map<OwnerName, List<RightsFinding>> findings = new HashMap<>();
    private final List<String> probed = new ArrayList<>();
    private final List<OwnerName> located = new ArrayList<>();
    private Duration lookupTakes = Duration.ofMillis(100);
    private Duration probeTakes = Duration.ZERO;
    private long nanos;

    /** Every zone is example.org., where a test says nothing else. */
    private final AuthoritativeLookup lookup = (DnsSettings dns, OwnerName owner) -> {
        located.add(owner);
        nanos += lookupTakes.toNanos();
        return locations.getOrDefault(owner.name(), new Location.At(OwnerName.of("example.org"), 60, Optional.empty()));
    };

    private final RightsProbe probe = (Zone zone, NeededRights needed) -> {
        nanos += probeTakes.toNanos();
        probed.add(zone.apex() + " " + needed.parents() + " " + needed.fence().orElseThrow());
        return findings.getOrDefault(zone.apex(), List.of());
    };

    @Test
    void eachZoneIsAskedOnceForItsDomainsAndItsFence() throws Exception {
        locations.put(
                "selectord._domainkey.example.net.",
                new Location.At(OwnerName.of("_domainkey.example.net"), 60, Optional.empty()));
        assertThat(look("{example.org: {}, news.example.org: {}, example.net: {}}"))
                .isEmpty();
        assertThat(probed)
                .containsExactlyInAnyOrder(
                        "example.org. [_domainkey.example.org., _domainkey.news.example.org.]"
                                + " _selectord._domainkey.example.org.",
                        "_domainkey.example.net. [_domainkey.example.net.] _selectord._domainkey.example.net.");
    }

    @Test
    void whatIsTooNarrowIsAnErrorOfTheDomainsItConcerns() throws Exception {
        findings.put(
                OwnerName.of("example.org"),
                List.of(
                        finding(Kind.TOO_NARROW, "_domainkey.news.example.org"),
                        finding(Kind.TOO_NARROW, "_selectord._domainkey.example.org")));
        assertThat(look("{example.org: {}, news.example.org: {}}"))
                .satisfiesExactly(
                        one -> {
                            assertThat(one.severity()).isEqualTo(Severity.ERROR);
                            assertThat(one.domains()).containsExactly(NEWS);
                            assertThat(one).hasToString("dns.main: said: deny; grant;");
                        },
                        fence -> assertThat(fence.domains()).containsExactlyInAnyOrder(EXAMPLE, NEWS));
    }

    @Test
    void whatIsTooWideOrCannotBeToldIsAWarning() throws Exception {
        findings.put(OwnerName.of("example.org"), List.of(finding(Kind.TOO_WIDE), finding(Kind.CANNOT_TELL)));
        assertThat(look("{example.org: {}}"))
                .hasSize(1) // what is said twice is said once
                .allSatisfy(finding -> assertThat(finding.severity()).isEqualTo(Severity.WARNING));
    }

    @Test
    void aDomainWithoutAPlaceIsAnError() throws Exception {
        locations.put("selectord._domainkey.news.example.org.", new Location.Nowhere("an alias leads away."));
        assertThat(look("{example.org: {}, news.example.org: {}}"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.severity()).isEqualTo(Severity.ERROR);
                    assertThat(finding.domains()).containsExactly(NEWS);
                    assertThat(finding.text())
                            .isEqualTo("no key record of news.example.org can be published: an alias leads away.");
                });
        assertThat(probed).hasSize(1);
    }

    @Test
    void aPrimaryThatDoesNotAnswerIsAskedOnceAndThatIsAWarning() throws Exception {
        for (String domain : List.of("a.org", "b.org", "c.org")) {
            locations.put("selectord._domainkey." + domain + ".", new Location.NoAnswer("silence."));
        }
        assertThat(look("{a.org: {}, b.org: {}, c.org: {}}")).singleElement().satisfies(finding -> {
            assertThat(finding.severity()).isEqualTo(Severity.WARNING);
            assertThat(finding.text()).contains("cannot be told: silence.");
        });
        assertThat(located).hasSize(1);
    }

    @Test
    void afterAMinuteNothingMoreIsAskedAndItIsSaidOfHowMany() throws Exception {
        assertThat(look(children(700))).singleElement().satisfies(rest -> {
            assertThat(rest.severity()).isEqualTo(Severity.WARNING);
            assertThat(rest.domains()).hasSize(101);
            assertThat(rest.text())
                    .startsWith("what TSIG key selectord may write for 101 of 700 domains cannot be told: after 60 s");
        });
        assertThat(located).hasSize(600);
        assertThat(parentsProbed()).isEqualTo(599);
    }

    @Test
    void eachZoneIsAskedBeforeTheNextIsLookedFor() throws Exception {
        StringBuilder domains = new StringBuilder("{");
        for (int i = 0; i < 10; i++) {
            String domain = "d" + i + ".org";
            locations.put(
                    "selectord._domainkey." + domain + ".",
                    new Location.At(OwnerName.of(domain), 60, Optional.empty()));
            domains.append(domain).append(": {}, ");
        }
        probeTakes = Duration.ofSeconds(25);
        assertThat(look(domains + "}"))
                .singleElement()
                .satisfies(rest ->
                        assertThat(rest.text()).contains("for 7 of 10 domains cannot be told", "with 3 zones asked"));
        assertThat(located).hasSize(3);
    }

    @Test
    void linesThatTakeThePlaceOfOthersSayWhereTheyAreOnlyAPart() throws Exception {
        findings.put(OwnerName.of("example.org"), List.of(finding(Kind.TOO_WIDE)));
        assertThat(look(children(RightsCheck.DOMAINS)))
                .allSatisfy(finding -> assertThat(finding.text())
                        .matches(
                                "said\\. These lines are only a part, for \\d+ domains: \\d+ more may be in this zone.*:"
                                        + "|what TSIG key.*"));
        lookupTakes = Duration.ZERO;
        assertThat(look(children(RightsCheck.DOMAINS + 1)))
                .singleElement()
                .satisfies(finding -> assertThat(finding.text()).contains("for 1000 domains: 1 more"));
        assertThat(look(children(RightsCheck.DOMAINS)))
                .extracting(RightsCheck.Finding::text)
                .containsExactly("said:");
    }

    private static String children(int count) {
        StringBuilder domains = new StringBuilder("{");
        for (int i = 0; i < count; i++) {
            domains.append("d").append(i).append(".example.org: {}, ");
        }
        return domains + "}";
    }

    private int parentsProbed() {
        return probed.stream().mapToInt(zone -> zone.split(",").length).sum();
    }

    private static RightsFinding finding(Kind kind, String... names) {
        Set<OwnerName> owners = new java.util.HashSet<>();
        List.of(names).forEach(name -> owners.add(OwnerName.of(name)));
        return new RightsFinding(kind, owners, "said:", List.of("deny;", "grant;"));
    }

    private List<RightsCheck.Finding> look(String domains) throws Exception {
        return new RightsCheck(lookup, probe, new Random(1), () -> nanos).look(configuration(domains));
    }

    private Configuration configuration(String domains) throws Exception {
        Path key = Files.writeString(
                directory.resolve("tsig.key"), "key selectord { algorithm hmac-sha256; secret c2VjcmV0; };");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        Path file = Files.writeString(directory.resolve("selectord.yaml"), """
                keystore: {passphrase: "${env:PASSPHRASE}"}
                dns: {main: {primaries: ["127.0.0.1:53"], tsig: tsig.key}}
                signers: {opendkim: {type: opendkim, conf: opendkim.conf, directory: dkim, reload: [reload], probe: "inet:8891@127.0.0.1"}}
                domains: %s
                """.formatted(domains));
        return new ConfigurationReader(Map.of("PASSPHRASE", "correct horse"), Clock.systemUTC())
                .read(file)
                .configuration()
                .orElseThrow();
    }
}
