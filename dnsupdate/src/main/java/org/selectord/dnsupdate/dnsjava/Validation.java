package org.selectord.dnsupdate.dnsjava;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TrustAnchor;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DNSSEC.DNSSECException;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Whether what one server shows of a signed zone would be believed by a resolver that trusts the configured anchors (RFC 4035 section 5): an anchor, the
 * zone's keys, the record. That a record is not there is believed without.
 */
final class Validation {
    private final Zone zone;
    private final Clock clock;
    private final List<Record> anchors;

    private Validation(Zone zone, Clock clock, List<Record> anchors) {
        this.zone = zone;
        this.clock = clock;
        this.anchors = anchors;
    }

    /** Empty where no anchor is that zone's. */
    static Optional<Validation> of(Zone zone, Clock clock) {
        List<Record> anchors = zone.dns().trustAnchors().stream()
                .filter(anchor -> anchor.zone().equals(zone.apex()))
                .map(Validation::record)
                .toList();
        return anchors.isEmpty() ? Optional.empty() : Optional.of(new Validation(zone, clock, anchors));
    }

    private static Record record(TrustAnchor anchor) {
        try (Master text = new Master(new ByteArrayInputStream(anchor.record().getBytes(StandardCharsets.UTF_8)))) {
            return Optional.ofNullable(text.nextRecord()).orElseThrow();
        } catch (IOException e) {
            throw new IllegalArgumentException("no record: " + anchor.record(), e);
        }
    }

    /** What holds the zone's keys, from the server that is judged. */
    Message question() {
        return Questions.withDnssec(Questions.query(zone.apex(), Type.DNSKEY));
    }

    /** Why the TXT RRset in {@code answer} would not be believed; empty when it would. */
    Optional<String> doubt(OwnerName owner, Message answer, Reply keys) {
        Instant now = clock.instant();
        if (!(keys instanceof Reply.Answered answered)) {
            return Optional.of("the DNSKEY records of " + zone.apex() + " were not read: " + Texts.notRead(keys));
        }
        Optional<RRset> zoneKeys = rrset(answered.message(), Wire.name(zone.apex()), Type.DNSKEY);
        List<DNSKEYRecord> trusted = zoneKeys.stream()
                .flatMap(set -> keysIn(set).stream())
                .filter(this::isAnchored)
                .toList();
        if (trusted.isEmpty()) {
            return Optional.of("no DNSKEY of " + zone.apex() + " is one of trust_anchors");
        }
        return badlySigned("the DNSKEY records of " + zone.apex(), zoneKeys.get(), trusted, now)
                .or(() -> rrset(answer, Wire.name(owner), Type.TXT)
                        .flatMap(set -> badlySigned("the TXT record", set, keysIn(zoneKeys.get()), now)));
    }

    private static Optional<RRset> rrset(Message message, Name owner, int type) {
        return message.getSectionRRsets(Section.ANSWER).stream()
                .filter(set -> set.getType() == type && set.getName().equals(owner))
                .findFirst();
    }

    private static List<DNSKEYRecord> keysIn(RRset set) {
        List<DNSKEYRecord> keys = new ArrayList<>();
        set.rrs(false).forEach(record -> keys.add((DNSKEYRecord) record));
        keys.removeIf(key -> (key.getFlags() & DNSKEYRecord.Flags.REVOKE) != 0); // RFC 5011 section 2.1
        return keys;
    }

    private boolean isAnchored(DNSKEYRecord key) {
        return anchors.stream()
                .anyMatch(anchor -> anchor instanceof DSRecord ds
                        ? ds.getFootprint() == key.getFootprint()
                                && ds.getAlgorithm() == key.getAlgorithm()
                                && Arrays.equals(
                                        new DSRecord(key.getName(), key.getDClass(), 0, ds.getDigestID(), key)
                                                .getDigest(),
                                        ds.getDigest())
                        : Arrays.equals(anchor.rdataToWireCanonical(), key.rdataToWireCanonical()));
    }

    /** One good signature is enough (RFC 4035 section 5.3.3); one made for a wildcard is none of the record itself. */
    private Optional<String> badlySigned(String what, RRset set, List<DNSKEYRecord> keys, Instant now) {
        List<RRSIGRecord> signatures = set.sigs();
        if (signatures.isEmpty()) {
            return Optional.of(what + " without an RRSIG");
        }
        String wrong = "none of its signers is a DNSKEY of " + zone.apex();
        for (RRSIGRecord signature : signatures) {
            boolean ofOurs = signature.getSigner().equals(Wire.name(zone.apex()))
                    && signature.getLabels() == set.getName().labels() - 1;
            for (DNSKEYRecord key : keys) {
                if (ofOurs && key.getFootprint() == signature.getFootprint()) {
                    try {
                        DNSSEC.verify(set, signature, key, now);
                        return Optional.empty();
                    } catch (DNSSECException e) {
                        wrong = Texts.of(e);
                    }
                }
            }
        }
        return Optional.of("the RRSIG of " + what + " does not verify: " + wrong);
    }
}
