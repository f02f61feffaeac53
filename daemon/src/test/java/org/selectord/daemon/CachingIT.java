package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.bed.CachingResolver;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.Verifier;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.Bind;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Deadline;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;

/**
 * Why N is waited for (F4), as caches of others show it: a selector that nobody ever asked for is denied although every authoritative server has it, until
 * N has passed. The last two let selectord publish and sign in front of such caches: without its wait the first mail fails, with it it verifies.
 */
class CachingIT {
    private static final String ZONE = "example.org";
    private static final String PARENT = "_domainkey." + ZONE;
    /** Lies right beside {@link #SELECTOR} in the zone's order. */
    private static final String SIBLING = "s1a._domainkey." + ZONE;

    private static final String SELECTOR = "s1b._domainkey." + ZONE;
    private static final Duration N = Duration.ofSeconds(6);

    private static BedZone zone(String... options) {
        return BedZone.of(ZONE + ".").negativeTtl((int) N.toSeconds()).option(options);
    }

    @Test
    void nothingIsBelowACachedDenialInAnUnsignedZone() {
        try (BindBed bind = BindBed.start(0, zone());
                CachingResolver cache =
                        CachingResolver.pdnsRecursor(bind.primary(), "dnssec=off", "nothing-below-nxdomain=yes")) {
            assertDeniedUntilNHasPassed(bind.primary(), cache, PARENT);
        }
    }

    @Test
    void whereOnlyTheNameItselfIsCachedAnUnaskedSelectorIsThereAtOnce() {
        try (BindBed bind = BindBed.start(0, zone());
                CachingResolver cache =
                        CachingResolver.pdnsRecursor(bind.primary(), "dnssec=off", "nothing-below-nxdomain=no")) {
            assertThat(cache.status(PARENT)).isEqualTo("NXDOMAIN");
            publish(bind.primary());
            assertThat(cache.status(SELECTOR)).isEqualTo("NOERROR");
        }
    }

    @Test
    void nothingIsBelowAProvenDenialInAZoneSignedWithNsec() {
        try (BindBed bind = signed("default");
                CachingResolver cache = CachingResolver.unbound(
                        bind.primary(),
                        ZONE,
                        unbound(bind, ZONE, "harden-below-nxdomain: yes", "aggressive-nsec: no"))) {
            assertDeniedUntilNHasPassed(bind.primary(), cache, PARENT);
        }
    }

    @Test
    void nothingIsBelowAProvenDenialInAZoneSignedWithNsec3() {
        try (BindBed bind = signed("nsec3");
                CachingResolver cache = CachingResolver.unbound(
                        bind.primary(),
                        ZONE,
                        unbound(bind, ZONE, "harden-below-nxdomain: yes", "aggressive-nsec: no"))) {
            assertDeniedUntilNHasPassed(bind.primary(), cache, PARENT);
        }
    }

    /** RFC 8198: the NSEC that denied a sibling denies the selector too. */
    @Test
    void theDenialOfASiblingDeniesASelectorInAZoneSignedWithNsec() {
        try (BindBed bind = signed("default");
                CachingResolver cache = CachingResolver.unbound(
                        bind.primary(),
                        ZONE,
                        unbound(bind, ZONE, "harden-below-nxdomain: no", "aggressive-nsec: yes"))) {
            givenAnotherSelector(bind.primary());
            assertDeniedUntilNHasPassed(bind.primary(), cache, SIBLING);
        }
    }

    @Test
    void theDenialOfASiblingDeniesASelectorInAZoneSignedWithNsec3() {
        try (BindBed bind = signed("nsec3");
                CachingResolver cache = CachingResolver.pdnsRecursor(
                        bind.primary(),
                        "dnssec=validate",
                        "nothing-below-nxdomain=no",
                        "aggressive-nsec-cache-size=1000",
                        "lua-config-file="
                                + CachingResolver.file("clearTA()\naddTA('" + ZONE + "', '" + ds(bind) + "')\n"))) {
            assertDeniedUntilNHasPassed(bind.primary(), cache, SIBLING);
        }
    }

    /** Such a cache denies longer than N, but only a name that somebody asked for before: selectors must not be guessed. */
    @Test
    void aCacheThatServesExpiredAnswersDeniesAfterNWhatWasGuessedAndOnlyThat() {
        try (BindBed bind = BindBed.start(0, zone().negativeTtl(2));
                CachingResolver cache = CachingResolver.unbound(
                        bind.primary(), ZONE, "module-config: \"iterator\"", "serve-expired: yes")) {
            assertThat(cache.status(SELECTOR)).isEqualTo("NXDOMAIN");
            publish(bind.primary());
            bind.primary().nsupdate("update add unguessed." + PARENT + ". 60 TXT \"v=DKIM1; p=unguessed\"");
            Instant published = Instant.now();

            await().pollDelay(Duration.ofSeconds(4)).until(() -> true);

            assertThat(cache.status("unguessed." + PARENT)).isEqualTo("NOERROR");
            assertThat(cache.status(SELECTOR))
                    .as("after " + Duration.between(published, Instant.now()) + ", and N is 2 s")
                    .isEqualTo("NXDOMAIN");
        }
    }

    /**
     * Whoever signs as soon as every server has the record, which is what selectord does without its wait for N. Here N is long, for nobody waits for it, and
     * the denials last until the mail is there.
     */
    @Test
    void aKeyThatSignsAtOnceFailsWhereverItsNameWasDenied() throws Exception {
        try (Denied denied = new Denied(Duration.ofMinutes(2))) {
            denied.bed.without(
                    "org.selectord.rotation.DueTimes",
                    "return negativeTtl.plus(policy.publishMargin().of(negativeTtl));",
                    "return Duration.ZERO;");

            assertThat(denied.firstMail())
                    .allSatisfy((domain, seen) -> assertThat(seen).as(domain).isEqualTo(new Seen("NXDOMAIN", false)));
        }
    }

    /** The caches are asked all the time, so that they deny as long as any cache may. */
    @Test
    void whenTheFirstKeySignsEvenACacheThatDeniedItUntilTheEndHasItsRecordAndTheMailVerifies() throws Exception {
        try (Denied denied = new Denied(N)) {
            assertThat(denied.firstMail())
                    .allSatisfy((domain, seen) -> assertThat(seen).as(domain).isEqualTo(new Seen("NOERROR", true)));
        }
    }

    /** What a cache says of the selector, and whether a verifier that asks it accepts the mail. */
    private record Seen(String status, boolean verifies) {}

    /** Three domains of one selectord: unsigned, signed with NSEC, signed with NSEC3; each with the cache that denies longest there what is below or beside. */
    private static final class Denied implements AutoCloseable {
        private static final String UNSIGNED = "example.com";
        private static final String NSEC = ZONE;
        private static final String NSEC3 = "example.net";

        private final SelectordBed bed;
        private final Map<String, CachingResolver> caches = new LinkedHashMap<>();
        private final Map<String, String> asked = Map.of(UNSIGNED, PARENT, NSEC, SIBLING, NSEC3, PARENT);

        Denied(Duration negativeTtl) {
            Verifier.require();
            bed = SelectordBed.create(
                            0,
                            zone(NSEC, negativeTtl)
                                    .with("a._domainkey 60 TXT \"v=DKIM1; p=old\"") // one NSEC from it covers all to
                                    // come
                                    .option("dnssec-policy default;", "inline-signing yes;"),
                            zone(NSEC3, negativeTtl).option("dnssec-policy nsec3;", "inline-signing yes;"),
                            zone(UNSIGNED, negativeTtl))
                    .besides(NSEC3)
                    .besides(UNSIGNED);
            awaitSigned(bed.bind(), NSEC, "RRSIG");
            awaitSigned(bed.bind(), NSEC3, "NSEC3PARAM");
            caches.put(
                    UNSIGNED,
                    CachingResolver.pdnsRecursor(bed.bind().primary(), "dnssec=off", "nothing-below-nxdomain=yes"));
            caches.put(
                    NSEC,
                    CachingResolver.unbound(
                            bed.bind().primary(),
                            NSEC,
                            unbound(bed.bind(), NSEC, "harden-below-nxdomain: no", "aggressive-nsec: yes")));
            caches.put(
                    NSEC3,
                    CachingResolver.unbound(
                            bed.bind().primary(),
                            NSEC3,
                            unbound(bed.bind(), NSEC3, "harden-below-nxdomain: yes", "aggressive-nsec: no")));
        }

        private static BedZone zone(String apex, Duration negativeTtl) {
            return BedZone.of(apex + ".").signing(apex).negativeTtl((int) negativeTtl.toSeconds());
        }

        /** Of the first message of each domain that is signed, at the moment it is signed. */
        Map<String, Seen> firstMail() throws IOException {
            ask();
            bed.start().startOpenDkim();
            Map<String, Seen> seen = new LinkedHashMap<>();
            Instant end = Instant.now().plusSeconds(90);
            while (seen.size() < caches.size()) {
                assertThat(Instant.now()).as(() -> bed.log()).isBefore(end);
                ask();
                for (String domain : caches.keySet()) {
                    Optional<MailMessage> signed = signed(domain);
                    if (signed.isPresent() && !seen.containsKey(domain)) {
                        seen.put(domain, seen(domain, signed.get()));
                    }
                }
            }
            return seen;
        }

        private void ask() {
            caches.forEach((domain, cache) -> cache.status(name(domain)));
        }

        private String name(String domain) {
            return Optional.ofNullable(asked.get(domain)).orElseThrow().replace(ZONE, domain);
        }

        private Optional<MailMessage> signed(String name) {
            SigningDomain domain = new SigningDomain(name);
            ProbeAnswer answer = new MilterProbe(bed.openDkim().address())
                    .show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(5)));
            return Optional.of(answer)
                    .filter(ProbeAnswer.Passed.class::isInstance)
                    .map(ProbeAnswer.Passed.class::cast)
                    .map(ProbeAnswer.Passed::message)
                    .filter(message -> OutsideWatch.selectorOf(message, domain).isPresent());
        }

        private Seen seen(String domain, MailMessage message) throws IOException {
            CachingResolver cache = Optional.ofNullable(caches.get(domain)).orElseThrow();
            String selector =
                    OutsideWatch.selectorOf(message, new SigningDomain(domain)).orElseThrow();
            Path file = Files.write(bed.home().resolve(domain + ".eml"), message.octets());
            return new Seen(
                    cache.status(selector + "._domainkey." + domain), Verifier.DKIMPY.accepts(file, cache.address()));
        }

        @Override
        public void close() {
            caches.values().forEach(CachingResolver::close);
            bed.close();
        }
    }

    private static void assertDeniedUntilNHasPassed(Bind primary, CachingResolver cache, String askedBefore) {
        assertThat(cache.status(askedBefore)).isEqualTo("NXDOMAIN");
        Instant asked = Instant.now();
        publish(primary);

        assertThat(cache.status(SELECTOR))
                .as(cache + " about a selector that is there and that nobody asked it for; " + cache.log())
                .isEqualTo("NXDOMAIN");
        assertThat(Duration.between(asked, Instant.now()))
                .as("too slow to tell")
                .isLessThan(N);

        await().atMost(N.plusSeconds(10))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> cache.status(SELECTOR).equals("NOERROR"));
        assertThat(Duration.between(asked, Instant.now()))
                .as("how long it was denied")
                .isBetween(N.minusSeconds(2), N.plusSeconds(2));
    }

    private static void publish(Bind primary) {
        primary.nsupdate("update add " + SELECTOR + ". 60 TXT \"v=DKIM1; p=new\"");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> !primary.dig(SELECTOR, "TXT").isEmpty());
    }

    /** So that there is a {@code _domainkey}, and one NSEC from it to the end that covers sibling and selector. */
    private static void givenAnotherSelector(Bind primary) {
        primary.nsupdate("update add a._domainkey." + ZONE + ". 60 TXT \"v=DKIM1; p=old\"");
        await().until(() -> !primary.dig("a._domainkey." + ZONE, "TXT").isEmpty());
    }

    private static BindBed signed(String policy) {
        BindBed bind = BindBed.start(0, zone("dnssec-policy " + policy + ";", "inline-signing yes;"));
        awaitSigned(bind, ZONE, policy.equals("nsec3") ? "NSEC3PARAM" : "DNSKEY");
        return bind;
    }

    private static void awaitSigned(BindBed bind, String zone, String denial) {
        await("the zone signed: " + bind.primary().log())
                .atMost(Duration.ofSeconds(20))
                .until(() -> !bind.primary().dig(zone, denial).isEmpty()
                        && !bind.primary().dig(zone, "RRSIG").isEmpty());
    }

    private static String[] unbound(BindBed bind, String zone, String... lines) {
        List<String> all = new java.util.ArrayList<>(List.of(lines));
        all.add("module-config: \"validator iterator\"");
        all.add("trust-anchor: \"" + zone + ". DNSKEY "
                + bind.primary().dig(zone, "DNSKEY").get(0) + "\"");
        return all.toArray(String[]::new);
    }

    /** The digest of its key, as {@code dnssec-dsfromkey} of BIND computes it. */
    private static String ds(BindBed bind) {
        return bind.primary().ds(ZONE);
    }
}
