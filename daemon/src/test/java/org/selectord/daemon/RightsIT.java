package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.Authority;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.NameServer;

/** What the packaged selectord says of the rights of its TSIG key on a real zone. It writes nothing to find out. */
@Timeout(180)
class RightsIT {
    private static final String DENY = "deny selectord name *._domainkey.example.org. ANY;";
    private static final String GRANT = "grant selectord wildcard *._domainkey.example.org. TXT;";
    private static final String NARROW = "refuses TSIG key selectord TXT below _domainkey.example.org.";
    private static final String NONE = "update-policy { grant admin zonesub ANY; };";

    @Test
    void aZoneWithZonesubIsAWarningWithTheNarrowerPolicyAndNothingIsWritten() {
        try (SelectordBed bed = bed("update-policy { grant selectord zonesub ANY; };")) {
            List<String> before = bed.bind().primary().axfr("example.org.");
            Output said = checkConfig(bed);
            assertThat(said.exit()).as(said.out() + said.err()).isZero();
            assertThat(said.out())
                    .contains(": warning: dns.bind: ", " lets TSIG key selectord write more in zone example.org.")
                    .contains("in this order, in place of what grants the key more")
                    .contains("\n    " + DENY + "\n    " + GRANT + "\n")
                    .contains("selectord.yaml: ok, ");
            assertThat(bed.bind().primary().axfr("example.org.")).isEqualTo(before);
            assertThat(journals(bed)).isEmpty();
        }
    }

    @Test
    void aZoneWithoutAGrantIsAnErrorWithTheLinesToAddAndNothingIsWritten() {
        try (SelectordBed bed = bed(NONE)) {
            List<String> before = bed.bind().primary().axfr("example.org.");
            Output said = checkConfig(bed);
            assertThat(said.exit()).as(said.out() + said.err()).isOne();
            assertThat(said.out())
                    .contains(": error: dns.bind: ", NARROW)
                    .contains("Add to its update-policy")
                    .contains("\n    " + DENY + "\n    " + GRANT + "\n")
                    .contains("selectord.yaml: not ok, 1 error");
            assertThat(checkConfig(bed, "--offline").exit()).isZero();
            assertThat(bed.bind().primary().axfr("example.org.")).isEqualTo(before);
            assertThat(journals(bed)).isEmpty();
        }
    }

    @Test
    void withTheRightsOfTheManualNothingIsSaid() {
        try (SelectordBed bed = SelectordBed.create(0)) {
            Output said = checkConfig(bed);
            assertThat(said.exit()).as(said.out() + said.err()).isZero();
            assertThat(said.out()).doesNotContain("TSIG key selectord write", "does not tell", "refuses");
        }
    }

    @Test
    void overTlsTheyAreAskedForWhereTheCertificateIsRightAndNowhereElse() {
        try (Authority authority = Authority.make();
                SelectordBed bed = SelectordBed.create(0)) {
            InetSocketAddress server =
                    bed.bind().primary().alsoOverTls(authority.certificateOf("ns1.example.net"), "TLSv1.3");
            bed.dns("primaries", "[\"127.0.0.1:" + server.getPort() + "\"]");
            Output right = checkConfig(bed.dns("tls", "{ca: " + authority.certificate() + ", name: ns1.example.net}"));
            assertThat(right.exit()).as(right.out() + right.err()).isZero();
            assertThat(right.out()).doesNotContain("cannot be told", "does not tell", "refuses");

            Output wrong = checkConfig(bed.dns("tls", "{ca: " + authority.certificate() + ", name: ns2.example.net}"));
            assertThat(wrong.out())
                    .contains(": warning: dns.bind: ", "cannot be told")
                    .contains("no TLS with it as ns2.example.net, so nothing was sent: its certificate is not to be");
        }
    }

    @Test
    void theDaemonStartsWithoutTheRightsSaysSoAndIsContentAfterAReload() throws IOException {
        try (SelectordBed bed = bed(NONE).start()) {
            await("what explain says of the rights")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(explained(bed))
                            .contains("dns.bind: ", "refuses TSIG key selectord TXT below", DENY + " " + GRANT));
            assertThat(bed.log()).contains(NARROW);
            await("a rotation that waits before it asks for what is refused")
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(
                                    bed.ctl("status", SelectordBed.DOMAIN).out() + explained(bed))
                            .contains("GENERATED")
                            .doesNotContain("answered REFUSED to UPDATE of")
                            .contains(NARROW) // the last look of the day
                            .containsPattern("refuses TSIG key selectord TXT at \\S+\\._domainkey\\.example\\.org\\."));

            Path conf = bed.bind().primary().directory().resolve("named.conf");
            Files.writeString(
                    conf,
                    Files.readString(conf)
                            .replace(NONE, "update-policy { " + DENY + GRANT + " grant admin zonesub ANY; };"));
            bed.bind().primary().rndc("reconfig");
            assertThat(bed.ctl("reload").exit()).isZero();
            assertThat(bed.ctl("retry", SelectordBed.DOMAIN).exit()).isZero();
            await("what explain says no more, and the publication")
                    .atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> {
                        assertThat(explained(bed)).doesNotContain("refuses TSIG key selectord");
                        assertThat(bed.inState("GENERATED")).isEmpty();
                    });
        }
    }

    /** Measured with Knot DNS 3.2: it looks at its acl, then at prerequisites; what the acl refuses it refuses unsigned. */
    @Test
    void ofKnotNothingIsClaimed() {
        try (SelectordBed bed = SelectordBed.create(0);
                NameServer knot = NameServer.knot(
                        NameServer.freePort(),
                        BedZone.of("example.org."),
                        bed.bind().secret(),
                        Map.of())) {
            String address = "127.0.0.1:" + knot.address().getPort();
            Output said = checkConfig(bed.dns("primaries", "[\"" + address + "\"]"));
            assertThat(said.exit()).as(said.out() + said.err()).isZero();
            assertThat(said.out()).contains("warning: dns.bind: ", address + " does not tell: nothing shows");
            assertThat(knot.dig("example.org", "SOA"))
                    .containsExactly("ns1.example.org. hostmaster.example.org. 1 2 1 7200 2");
        }
    }

    private static SelectordBed bed(String rights) {
        return SelectordBed.create(
                0,
                BedZone.of("example.org.").signing("example.org").negativeTtl(1).rights(rights));
    }

    private static Output checkConfig(SelectordBed bed, String... options) {
        String file = bed.home().resolve("selectord.yaml").toString();
        return options.length == 0 ? bed.ctl("check-config", file) : bed.ctl("check-config", file, options[0]);
    }

    private static String explained(SelectordBed bed) {
        return bed.ctl("explain", SelectordBed.DOMAIN).out();
    }

    private static List<Path> journals(SelectordBed bed) {
        try (var files = Files.list(bed.bind().primary().directory())) {
            return files.filter(file -> file.toString().endsWith(".jnl")).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
