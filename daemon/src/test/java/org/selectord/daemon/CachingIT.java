package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.selectord.bed.CachingResolver;
import org.selectord.bed.SelectordBed;
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
 * N has passed. Whoever signed at once would be denied so. The last test lets selectord publish and sign in front of such a cache.
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
                        bind.primary(), ZONE, unbound(bind, "harden-below-nxdomain: yes", "aggressive-nsec: no"))) {
            assertDeniedUntilNHasPassed(bind.primary(), cache, PARENT);
        }
    }

    @Test
    void nothingIsBelowAProvenDenialInAZoneSignedWithNsec3() {
        try (BindBed bind = signed("nsec3");
                CachingResolver cache = CachingResolver.unbound(
                        bind.primary(), ZONE, unbound(bind, "harden-below-nxdomain: yes", "aggressive-nsec: no"))) {
            assertDeniedUntilNHasPassed(bind.primary(), cache, PARENT);
        }
    }

    /** RFC 8198: the NSEC that denied a sibling denies the selector too. */
    @Test
    void theDenialOfASiblingDeniesASelectorInAZoneSignedWithNsec() {
        try (BindBed bind = signed("default");
                CachingResolver cache = CachingResolver.unbound(
                        bind.primary(), ZONE, unbound(bind, "harden-below-nxdomain: no", "aggressive-nsec: yes"))) {
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

    /** The cache is asked for the parent all the time, so that it denies as long as any cache may. */
    @Test
    void whenTheFirstKeySignsEvenACacheThatDeniedItUntilTheEndHasItsRecord() {
        try (SelectordBed bed = SelectordBed.create(
                        1, BedZone.of(ZONE + ".").signing(ZONE).negativeTtl((int) N.toSeconds()));
                CachingResolver cache = CachingResolver.pdnsRecursor(
                        bed.bind().primary(), "dnssec=off", "nothing-below-nxdomain=yes")) {
            bed.start().startOpenDkim();
            Optional<String> selector = Optional.empty();
            while (selector.isEmpty()) {
                cache.status(PARENT);
                selector = signsWith(bed);
            }
            assertThat(cache.status(selector.orElseThrow() + "." + PARENT)).isEqualTo("NOERROR");
        }
    }

    private static Optional<String> signsWith(SelectordBed bed) {
        SigningDomain domain = new SigningDomain(ZONE);
        ProbeAnswer answer = new MilterProbe(bed.openDkim().address())
                .show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(5)));
        return Optional.of(answer)
                .filter(ProbeAnswer.Passed.class::isInstance)
                .map(ProbeAnswer.Passed.class::cast)
                .flatMap(passed -> OutsideWatch.selectorOf(passed.message(), domain));
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
        String denial = policy.equals("nsec3") ? "NSEC3PARAM" : "DNSKEY";
        await("the zone signed: " + bind.primary().log())
                .atMost(Duration.ofSeconds(20))
                .until(() -> !bind.primary().dig(ZONE, denial).isEmpty()
                        && !bind.primary().dig(ZONE, "RRSIG").isEmpty());
        return bind;
    }

    private static String[] unbound(BindBed bind, String... lines) {
        List<String> all = new java.util.ArrayList<>(List.of(lines));
        all.add("module-config: \"validator iterator\"");
        all.add("trust-anchor: \"" + ZONE + ". DNSKEY "
                + bind.primary().dig(ZONE, "DNSKEY").get(0) + "\"");
        return all.toArray(String[]::new);
    }

    /** The digest of its key, as {@code dnssec-dsfromkey} of BIND computes it. */
    private static String ds(BindBed bind) {
        return bind.primary().ds(ZONE);
    }
}
