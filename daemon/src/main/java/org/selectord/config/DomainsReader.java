package org.selectord.config;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyType;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.Ring;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.SignerId;
import org.selectord.signer.opendkim.OpenDkimSettings;

/** The {@code domains} of all files. */
final class DomainsReader {
    private static final String USUAL_POLICY = "default";

    private final Named<RotationPolicy> policies;
    private final Named<DnsSettings> dns;
    private final Named<OpenDkimSettings> signers;
    private final Duration auditInterval;
    private final Map<SigningDomain, Place> places = new LinkedHashMap<>();
    private final Map<SigningDomain, DomainSettings> domains = new LinkedHashMap<>();
    /** Below which name each delegated domain has its records. */
    private final Map<String, SigningDomain> homes = new HashMap<>();

    DomainsReader(
            Named<RotationPolicy> policies,
            Named<DnsSettings> dns,
            Named<OpenDkimSettings> signers,
            Duration auditInterval) {
        this.policies = policies;
        this.dns = dns;
        this.signers = signers;
        this.auditInterval = auditInterval;
    }

    /** What has been read so far. */
    Map<SigningDomain, DomainSettings> domains() {
        return domains;
    }

    void read(Section section) {
        section.children().forEach(this::read);
    }

    private void read(String name, Section section) {
        Optional<SigningDomain> domain = domain(name, section);
        Optional<RotationPolicy> policy = policy(section);
        Optional<DnsSettings> zone = zone(section);
        List<SignerId> names = signers(section);
        boolean delegated = section.has("delegated");
        Section written = section.section("delegated");
        Optional<Ring> ring = delegated ? RingReader.read(written, domain, policy) : Optional.empty();
        section.refuseUnknownKeys();
        ring.ifPresent(read -> domain.ifPresent(signing -> refuseRecordsOfAnother(signing, read, written)));
        if (!delegated) {
            domain.ifPresent(signing -> policy.ifPresent(rotated -> refuseLongSelectors(signing, rotated, section)));
        }
        policy.ifPresent(rotated -> refuseWhatOpenDkimCannotSign(rotated, names, section));
        if (domain.isPresent()
                && policy.isPresent()
                && zone.isPresent()
                && !names.isEmpty()
                && delegated == ring.isPresent()) {
            domains.put(
                    domain.get(),
                    new DomainSettings(domain.get(), policy.get(), zone.get(), names, auditInterval, ring));
        }
    }

    private Optional<SigningDomain> domain(String written, Section section) {
        try {
            SigningDomain domain = SigningDomain.of(written);
            section.reading().places().putIfAbsent("domains." + domain.name(), section.place());
            Place first = places.putIfAbsent(domain, section.place());
            if (first != null) {
                section.error(section.place(), domain + " is listed already, at " + first);
                return Optional.empty();
            }
            return Optional.of(domain);
        } catch (IllegalArgumentException e) {
            section.error(section.place(), String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<RotationPolicy> policy(Section section) {
        Optional<String> named = section.get("policy", policies.reference());
        if (named.isEmpty() && !section.has("policy") && !policies.names().contains(USUAL_POLICY)) {
            section.error(
                    section.place(),
                    section.pathOf("policy") + " is missing, and there is no policies." + USUAL_POLICY
                            + ": known here: " + String.join(", ", policies.names()));
        }
        return named.or(() -> Optional.of(USUAL_POLICY)).flatMap(policies::get);
    }

    /** Below zones of which one lies in the other, two domains can have the same names. */
    private void refuseRecordsOfAnother(SigningDomain domain, Ring ring, Section section) {
        String below = domain + "." + ring.zone();
        SigningDomain first = homes.putIfAbsent(below, domain);
        if (first != null) {
            section.error(
                    section.placeOf("zone"),
                    section.pathOf("zone") + ": <selector>." + below + " are the records of " + first
                            + " already: take another zone");
        }
    }

    private static void refuseLongSelectors(SigningDomain domain, RotationPolicy policy, Section section) {
        if (!policy.selector().fits(domain)) {
            section.error(
                    section.placeOf("policy"),
                    section.pathOf("policy") + ": <selector>._domainkey." + domain + " would have up to "
                            + policy.selector().longestOwnerName(domain)
                            + " characters, and DNS names have at most 253:"
                            + " give it a policy with a selector shorter than " + policy.selector());
        }
    }

    /** Measured with OpenDKIM 2.11: one key a domain, and one algorithm a process; a key of another type gets mail refused. */
    private void refuseWhatOpenDkimCannotSign(RotationPolicy policy, List<SignerId> names, Section section) {
        if (!policy.has(KeyType.ED25519)) {
            return;
        }
        String asked = policy.algorithms().stream().map(KeyAlgorithm::word).collect(Collectors.joining(" and "));
        String rsa = policy.algorithm(KeyType.RSA).orElse(KeyAlgorithm.RSA_2048).word();
        names.stream()
                .filter(name -> signers.get(name.name()).isPresent())
                .forEach(name -> section.error(
                        section.placeOfAny("signers", "policy"),
                        section.pathOf("signers") + ": " + name + " is an OpenDKIM, which signs with one key a domain"
                                + " and here with RSA only, and the policy asks for " + asked
                                + ": take a policy with algorithms: [" + rsa + "], or a signer that is no OpenDKIM"));
    }

    private Optional<DnsSettings> zone(Section section) {
        Optional<String> named = section.get("dns", dns.reference());
        if (section.has("dns")) {
            return named.flatMap(dns::get);
        }
        return only(section, "dns", dns).flatMap(dns::get);
    }

    private List<SignerId> signers(Section section) {
        Optional<List<String>> named = section.get("signers", Shape.someOf(signers.reference()));
        List<String> names = section.has("signers")
                ? named.orElse(List.of())
                : only(section, "signers", signers).stream().toList();
        if (new HashSet<>(names).size() < names.size()) {
            section.error(section.placeOf("signers"), section.pathOf("signers") + ": a signer is named twice");
        }
        return names.stream().map(SignerId::new).toList();
    }

    private static Optional<String> only(Section section, String key, Named<?> named) {
        if (named.names().size() == 1) {
            return named.names().stream().findFirst();
        }
        section.error(section.place(), section.pathOf(key) + " is missing, " + named.noneChosen());
        return Optional.empty();
    }
}
