package org.selectord.config;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.Feasibility;
import org.selectord.rotation.Ring;
import org.selectord.rotation.RotationPolicy;

/** The {@code delegated} of one domain. */
final class RingReader {
    private static final int MOST_CHARACTERS = 253; // of a name, RFC 1035 section 3.1

    private final Section section;

    private RingReader(Section section) {
        this.section = section;
    }

    /** Empty: something in it was wrong and has been told. */
    static Optional<Ring> read(Section section, Optional<SigningDomain> domain, Optional<RotationPolicy> policy) {
        return new RingReader(section).ring(domain, policy);
    }

    private Optional<Ring> ring(Optional<SigningDomain> domain, Optional<RotationPolicy> policy) {
        Optional<OwnerName> zone = section.require("zone", Shape.text(OwnerName::of));
        Optional<List<Selector>> selectors = section.require("selectors", Shape.someOf(Shape.text(Ring::selector)));
        List<InetSocketAddress> authoritative = section.get("authoritative", DnsReader::authoritative, List.of());
        section.refuseUnknownKeys();
        Optional<Ring> ring = zone.flatMap(name -> selectors.map(
                listed -> new Ring(name, listed, Optional.of(authoritative).filter(list -> !list.isEmpty()))));
        ring.ifPresent(read -> {
            refuseTwice(read.selectors());
            policy.ifPresent(rotated -> check(read, rotated));
            domain.ifPresent(name -> check(read, name));
        });
        return ring.filter(read -> section.sound("authoritative"));
    }

    private void refuseTwice(List<Selector> selectors) {
        if (new HashSet<>(selectors).size() < selectors.size()) {
            section.error(section.placeOf("selectors"), section.pathOf("selectors") + ": a selector is named twice");
        }
    }

    /** Signing, retired, standby; where more keys are kept at once than there are selectors the next one is late. */
    private void check(Ring ring, RotationPolicy policy) {
        int chains = policy.chains().size();
        int needed = Ring.SELECTORS_OF_A_CHAIN * chains;
        int given = ring.selectors().size();
        long atOnce = new Feasibility(policy).publishedAtOnce();
        if (given < needed) {
            String each = String.join(
                    " and ",
                    policy.algorithms().stream().map(KeyAlgorithm::word).toList());
            section.error(
                    section.placeOf("selectors"),
                    section.pathOf("selectors") + ": " + given + " of at least " + needed
                            + ": each algorithm (" + each
                            + ") has three of its own, one that signs, one that is retired, one that stands by");
        } else if (given / chains < atOnce) {
            section.warning(
                    section.placeOf("selectors"),
                    section.pathOf("selectors") + ": " + atOnce + " keys of a chain are published at once by the policy"
                            + " (signing_period, grace_period), and a chain has " + given / chains
                            + " selectors here: keys are changed late");
        }
    }

    private void check(Ring ring, SigningDomain domain) {
        if (OwnerName.of(domain.name()).isIn(ring.zone())) {
            section.error(
                    section.placeOf("zone"),
                    section.pathOf("zone") + ": " + domain + " lies in " + ring.zone()
                            + " itself: its records need no aliases, leave delegated out");
            return;
        }
        int longest = ring.selectors().stream()
                .mapToInt(selector -> selector.name().length()
                        + 1
                        + domain.name().length()
                        + ring.zone().name().length())
                .max()
                .orElse(0);
        if (longest > MOST_CHARACTERS) {
            section.error(
                    section.placeOf("zone"),
                    section.pathOf("zone") + ": <selector>." + domain + "." + ring.zone() + " would have up to "
                            + longest + " characters, and DNS names have at most " + MOST_CHARACTERS);
        }
    }
}
