package org.selectord.daemon;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.config.Configuration;
import org.selectord.config.Problem.Severity;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.AuthoritativeLookup.Location;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsProbe;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.dnsjava.DnsjavaAuthoritativeLookup;
import org.selectord.dnsupdate.dnsjava.DnsjavaRightsProbe;
import org.selectord.dnsupdate.dnsjava.Timeouts;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.Ring;

/**
 * Whether the TSIG keys of a configuration have the rights that its domains need, and no more. Writes nothing. Blocks for as long as the
 * servers take, within {@link #AT_MOST} for each entry of {@code dns}.
 */
final class RightsCheck {
    static final Duration AT_MOST = Duration.ofMinutes(1);
    /** So many domains of one entry of {@code dns} are looked at, chosen at random: those of a fleet are alike. */
    static final int DOMAINS = 1000;

    private final AuthoritativeLookup lookup;
    private final RightsProbe probe;
    private final Random random;
    private final LongSupplier nanoTime;

    RightsCheck(AuthoritativeLookup lookup, RightsProbe probe, Random random, LongSupplier nanoTime) {
        this.lookup = lookup;
        this.probe = probe;
        this.random = random;
        this.nanoTime = nanoTime;
    }

    /** Asks real servers. */
    static RightsCheck overDns(Clock clock, ServerClock serverClock, SecureRandom random) {
        return new RightsCheck(
                new DnsjavaAuthoritativeLookup(clock, Timeouts.DEFAULT, serverClock, random),
                new DnsjavaRightsProbe(clock, Timeouts.DEFAULT, serverClock, random),
                random,
                System::nanoTime);
    }

    /**
     * Something to be said of the rights.
     *
     * @param dns the entry of {@code dns} it is about
     * @param domains of that entry, those that it concerns
     * @param policy the lines of an {@code update-policy} that put it right
     */
    record Finding(Severity severity, String dns, Set<SigningDomain> domains, String text, List<String> policy) {
        Finding {
            domains = Collections.unmodifiableSet(domains);
            policy = List.copyOf(policy);
        }

        /** What the configuration calls that entry. */
        String dnsKey() {
            return "dns." + dns;
        }

        /** In one line. */
        @Override
        public String toString() {
            return Stream.concat(Stream.of(dnsKey() + ": " + text), policy.stream())
                    .collect(Collectors.joining(" "));
        }
    }

    List<Finding> look(Configuration configuration) {
        Map<String, List<DomainSettings>> byDns = configuration.domains().values().stream()
                .collect(Collectors.groupingBy(
                        domain -> domain.dns().name(), LinkedHashMap::new, Collectors.toCollection(ArrayList::new)));
        return byDns.values().stream()
                .flatMap(domains -> look(domains).stream())
                .distinct()
                .toList();
    }

    private List<Finding> look(List<DomainSettings> domains) {
        Collections.shuffle(domains, random);
        return new Look(domains.get(0).dns()).at(domains.stream().limit(DOMAINS).toList());
    }

    /** One entry of {@code dns}. */
    private final class Look {
        private final DnsSettings dns;
        private final long endsAt = nanoTime.getAsLong() + AT_MOST.toNanos();
        private final List<Finding> findings = new ArrayList<>();
        /** The signing domains of each zone, by the parent of their key records; those of a ring have one for all. */
        private final Map<Zone, Map<OwnerName, Set<SigningDomain>>> zones = new LinkedHashMap<>();

        Look(DnsSettings dns) {
            this.dns = dns;
        }

        List<Finding> at(List<DomainSettings> domains) {
            for (DomainSettings settings : domains) {
                if (isOver() || !locate(settings)) {
                    break;
                }
            }
            zones.forEach(this::probe);
            return findings;
        }

        private boolean isOver() {
            return nanoTime.getAsLong() - endsAt >= 0;
        }

        /** Whether the primary answered at all: one that does not is asked no more. */
        private boolean locate(DomainSettings settings) {
            SigningDomain domain = settings.domain();
            Optional<OwnerName> ring = settings.ring().map(Ring::zone);
            Location location = lookup.locate(dns, settings.ownerOf(new Selector("selectord")));
            if (location instanceof Location.At at) {
                zones.computeIfAbsent(new Zone(at.apex(), dns, Set.of(), ring), zone -> new LinkedHashMap<>())
                        .computeIfAbsent(settings.recordsBelow(), parent -> new TreeSet<>())
                        .add(domain);
            } else if (location instanceof Location.Nowhere nowhere) {
                findings.add(new Finding(
                        Severity.ERROR,
                        dns.name(),
                        Set.of(domain),
                        "no key record of " + domain + " can be published: " + nowhere.why(),
                        List.of()));
            } else if (location instanceof Location.NoAnswer none) {
                findings.add(new Finding(
                        Severity.WARNING,
                        dns.name(),
                        Set.of(),
                        "what TSIG key " + dns.tsig().name().withoutDot() + " may write cannot be told: "
                                + none.cameBack(),
                        List.of()));
                return false;
            }
            return true;
        }

        private void probe(Zone zone, Map<OwnerName, Set<SigningDomain>> domains) {
            if (isOver()) {
                return;
            }
            List<OwnerName> parents = domains.keySet().stream().sorted().toList();
            NeededRights needed =
                    new NeededRights(parents, dns.fence() ? Optional.of(zone.fenceOwner()) : Optional.empty());
            probe.probe(zone, needed).forEach(finding -> findings.add(finding(finding, domains)));
        }

        private Finding finding(RightsFinding finding, Map<OwnerName, Set<SigningDomain>> domains) {
            Severity severity = finding.kind() == RightsFinding.Kind.TOO_NARROW ? Severity.ERROR : Severity.WARNING;
            boolean all = finding.names().isEmpty() || !domains.keySet().containsAll(finding.names());
            Set<SigningDomain> concerned = domains.entrySet().stream()
                    .filter(domain -> all || finding.names().contains(domain.getKey()))
                    .flatMap(domain -> domain.getValue().stream())
                    .collect(Collectors.toSet());
            return new Finding(severity, dns.name(), concerned, finding.said(), finding.policy());
        }
    }
}
