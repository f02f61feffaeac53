package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.bed.CachingResolver;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.Verifier;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Deadline;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A customer's zone on servers of its own, with aliases into a zone of ours; a real OpenDKIM signs as the customer, and dkimpy verifies through a resolver
 * that follows the aliases.
 */
@Timeout(600)
class DelegatedIT {
    private static final String OURS = "dkim.provider.net.";
    private static final int TTL = 2;
    private static final int N = 1;
    private static final String MISSING =
            "the customer has to add: sd1._domainkey.example.org. 3600 IN CNAME sd1.example.org.dkim.provider.net.";

    @TempDir
    Path mail;

    @Test
    void rotatesThroughTheRingOfACustomerAndWaitsForAnAliasThatIsMissing() throws IOException {
        try (BindBed customer = BindBed.start(
                        1, BedZone.of("example.org.").negativeTtl(N).with(alias("sd2"), alias("sd3")));
                SelectordBed bed = provider(customer);
                CachingResolver resolver = CachingResolver.unbound(
                        customer.primary(),
                        SelectordBed.DOMAIN,
                        "module-config: \"iterator\"",
                        "stub-zone:",
                        "  name: \"" + OURS + "\"",
                        "  stub-addr: 127.0.0.1@"
                                + bed.bind().primary().address().getPort())) {
            SelectordBed.Output checked = bed.runSelectord(
                    "check-config", bed.home().resolve("selectord.yaml").toString());
            assertThat(checked.out()).contains("warning: domains.example.org.delegated: " + MISSING);
            assertThat(checked.exit()).isZero();

            // refuses while it is missing
            bed.start().startOpenDkim();
            awaitState(bed, "PUBLISHED", "sd1");
            await("the customer's servers were asked")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> bed.ctl("explain", SelectordBed.DOMAIN).out().contains(MISSING));
            await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
            assertThat(bed.inState("PUBLISHED")).containsExactly("sd1");
            assertThat(bed.ctl("status").out()).contains("example.org: " + MISSING);
            assertThat(bed.bind().primary().dig("sd1.example.org." + OURS, "TXT"))
                    .as("our record stands already")
                    .isNotEmpty();

            // goes on without a hand
            customer.primary()
                    .nsupdate("update add sd1._domainkey.example.org. " + TTL + " CNAME sd1.example.org." + OURS);
            awaitState(bed, "ACTIVE", "sd1");
            assertThat(bed.ctl("explain", SelectordBed.DOMAIN).out()).doesNotContain("the customer has to add");
            assertVerifies(bed, resolver, "sd1");

            // through the ring, and back
            for (String selector : List.of("sd2", "sd3", "sd1", "sd2")) {
                SelectordBed.Output rotated = bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=120s");
                assertThat(rotated.exit()).as(rotated.out() + rotated.err()).isZero();
                assertThat(bed.inState("ACTIVE")).containsExactly(selector);
                assertVerifies(bed, resolver, selector);
            }
            assertThat(bed.ctl("history", "--verify").exit()).isZero();
            assertComesBackOnlyWhenForgotten(bed, "sd1");
        }
    }

    private static String alias(String selector) {
        return selector + "._domainkey " + TTL + " CNAME " + selector + ".example.org." + OURS;
    }

    private static SelectordBed provider(BindBed customer) {
        SelectordBed bed = SelectordBed.create(
                1,
                BedZone.of(OURS)
                        .negativeTtl(N)
                        .rights("update-policy { deny selectord name *." + OURS + " ANY; grant selectord wildcard *."
                                + OURS + " TXT; };"));
        List<String> servers = new ArrayList<>();
        customer.settings()
                .authoritative()
                .orElseThrow()
                .forEach(server -> servers.add("\"127.0.0.1:" + server.getPort() + "\""));
        return bed.domain(
                "delegated", "{zone: dkim.provider.net, selectors: [sd1, sd2, sd3], authoritative: " + servers + "}");
    }

    private static void awaitState(SelectordBed bed, String state, String selector) {
        await(selector + " " + state + ": " + bed.log())
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> bed.inState(state).contains(selector));
    }

    /** As a receiver of mail does it, who knows nothing of our zone. */
    private void assertVerifies(SelectordBed bed, CachingResolver resolver, String selector) throws IOException {
        SigningDomain domain = new SigningDomain(SelectordBed.DOMAIN);
        ProbeAnswer answer = new MilterProbe(bed.openDkim().address())
                .show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(5)));
        MailMessage message = ((ProbeAnswer.Passed) answer).message();
        assertThat(OutsideWatch.selectorOf(message, domain)).isEqualTo(Optional.of(selector));
        Path file = Files.write(mail.resolve("message"), message.octets());
        assertThat(Verifier.DKIMPY.accepts(file, resolver.address()))
                .as(selector + " verifies through " + resolver)
                .isTrue();
    }

    /** A selector has its next key T + N after its last one was gone from every server. */
    private static void assertComesBackOnlyWhenForgotten(SelectordBed bed, String selector) {
        List<Instant> generated = reached(bed, selector, "GENERATED");
        List<Instant> removed = reached(bed, selector, "REMOVED");
        assertThat(generated).hasSizeGreaterThanOrEqualTo(2);
        assertThat(generated.get(1)).isAfterOrEqualTo(removed.get(0).plusSeconds(TTL + N));
    }

    private static List<Instant> reached(SelectordBed bed, String selector, String state) {
        List<Instant> at = new ArrayList<>();
        String body = bed.http("GET", "/v1/domains/" + SelectordBed.DOMAIN + "/history?limit=1000", Optional.empty())
                .body();
        for (JsonNode line : JsonMapper.shared().readTree(body).get("entries")) {
            if (line.path("selector").asString("").equals(selector)
                    && line.get("event").asString().equals(state)) {
                at.add(Instant.parse(line.get("at").asString()));
            }
        }
        at.sort(null);
        return at;
    }
}
