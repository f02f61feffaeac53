package org.selectord.daemon;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
        return new Look(domains.get(0).dns(), domains.stream().map(Place::of).toList()).findings();
    }

    /** Where the key records of a signing domain stand. */
    private record Place(SigningDomain domain, OwnerName owner, OwnerName recordsBelow, Optional<OwnerName> ring) {
        static Place of(DomainSettings settings) {
            return new Place(
                    settings.domain(),
                    settings.ownerOf(new Selector("selectord")),
                    settings.recordsBelow(),
                    settings.ring().map(Ring::zone));
        }
    }

    /** One entry of {@code dns}, zone by zone, so that some are surely asked. */
    private final class Look {
        private final DnsSettings dns;
        private final List<Place> all;
        private final Set<Place> left;
        private final long endsAt = nanoTime.getAsLong() + AT_MOST.toNanos();
        private final List<Finding> findings = new ArrayList<>();
        /** The zone of each that was looked up, if it has one. */
        private final Map<SigningDomain, Optional<Zone>> located = new HashMap<>();
        /** Those not asked yet: the signing domains of each, by the parent of their key records; those of a ring have one for all. */
        private final Map<Zone, Map<OwnerName, Set<SigningDomain>>> zones = new LinkedHashMap<>();

        private int zonesAsked;
        private boolean answers = true;

        Look(DnsSettings dns, List<Place> all) {
            this.dns = dns;
            this.all = all;
            this.left = all.stream().limit(DOMAINS).collect(Collectors.toCollection(LinkedHashSet::new));
        }

        List<Finding> findings() {
            while (answers && !left.isEmpty() && !isOver()) {
                locateAZone();
                askZones();
            }
            if (answers) {
                notAsked().ifPresent(findings::add);
            }
            return findings;
        }

        private boolean isOver() {
            return nanoTime.getAsLong() - endsAt >= 0;
        }

        /** With as many domains as seem to be in it and can be looked up in half of the time that is left. */
        private void locateAZone() {
            long now = nanoTime.getAsLong();
            long until = now + (endsAt - now) / 2;
            Place first = left.iterator().next();
            locate(first);
            Optional<OwnerName> apex =
                    located.getOrDefault(first.domain(), Optional.empty()).map(Zone::apex);
            for (Place place : apex.map(zone -> in(zone, left)).orElse(List.of())) {
                if (!answers || nanoTime.getAsLong() - until >= 0) {
                    return;
                }
                locate(place);
            }
        }

        private static List<Place> in(OwnerName apex, Collection<Place> places) {
            return places.stream().filter(place -> place.owner().isIn(apex)).toList();
        }

        private void locate(Place place) {
            left.remove(place);
            SigningDomain domain = place.domain();
            Location location = lookup.locate(dns, place.owner());
            if (location instanceof Location.At at) {
                Zone zone = new Zone(at.apex(), dns, Set.of(), place.ring());
                located.put(domain, Optional.of(zone));
                zones.computeIfAbsent(zone, apex -> new LinkedHashMap<>())
                        .computeIfAbsent(place.recordsBelow(), parent -> new TreeSet<>())
                        .add(domain);
            } else if (location instanceof Location.Nowhere nowhere) {
                located.put(domain, Optional.empty());
                findings.add(new Finding(
                        Severity.ERROR,
                        dns.name(),
                        Set.of(domain),
                        "no key record of " + domain + " can be published: " + nowhere.why(),
                        List.of()));
            } else if (location instanceof Location.NoAnswer none) {
                findings.add(cannotTell(Set.of(), "may write cannot be told: " + none.cameBack()));
                answers = false; // it is asked no more
            }
        }

        private Finding cannotTell(Set<SigningDomain> domains, String text) {
            String key = "what TSIG key " + dns.tsig().name().withoutDot() + " ";
            return new Finding(Severity.WARNING, dns.name(), domains, key + text, List.of());
        }

        private void askZones() {
            for (Zone zone : List.copyOf(zones.keySet())) {
                if (!isOver()) {
                    probe(zone, Objects.requireNonNull(zones.remove(zone)));
                    zonesAsked++;
                }
            }
        }

        private Optional<Finding> notAsked() {
            Set<SigningDomain> domains = Stream.concat(
                            left.stream().map(Place::domain),
                            zones.values().stream().flatMap(Look::domains))
                    .collect(Collectors.toCollection(TreeSet::new));
            return domains.isEmpty()
                    ? Optional.empty()
                    : Optional.of(cannotTell(
                            domains,
                            "may write for " + domains.size() + " of " + Math.min(DOMAINS, all.size())
                                    + " domains cannot be told: after " + AT_MOST.toSeconds() + " s, with "
                                    + zonesAsked + (zonesAsked == 1 ? " zone" : " zones")
                                    + " asked, theirs were not asked any more. The next look begins with others,"
                                    + " chosen at random."));
        }

        private static Stream<SigningDomain> domains(Map<OwnerName, Set<SigningDomain>> byParent) {
            return byParent.values().stream().flatMap(Set::stream);
        }

        private void probe(Zone zone, Map<OwnerName, Set<SigningDomain>> domains) {
            List<OwnerName> parents = domains.keySet().stream().sorted().toList();
            NeededRights needed =
                    new NeededRights(parents, dns.fence() ? Optional.of(zone.fenceOwner()) : Optional.empty());
            probe.probe(zone, needed)
                    .forEach(found -> findings.add(finding(
                            found.kind() == RightsFinding.Kind.TOO_WIDE ? ofAPart(found, zone, domains) : found,
                            domains)));
        }

        /** Lines that take the place of others must not be taken for all that the zone needs. */
        private RightsFinding ofAPart(RightsFinding found, Zone zone, Map<OwnerName, Set<SigningDomain>> domains) {
            Set<SigningDomain> asked = domains(domains).collect(Collectors.toSet());
            long others = in(zone.apex(), all).stream()
                    .map(Place::domain)
                    .filter(domain -> !asked.contains(domain))
                    .filter(domain ->
                            located.getOrDefault(domain, Optional.of(zone)).equals(Optional.of(zone)))
                    .count();
            return others == 0
                    ? found
                    : new RightsFinding(
                            found.kind(),
                            found.names(),
                            found.said().replaceFirst(":$", ".") + " These lines are only a part, for " + asked.size()
                                    + " domains: " + others + " more may be in this zone, and need the like beside them"
                                    + " before anything is taken away, else nothing can be published for them:",
                            found.policy());
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
